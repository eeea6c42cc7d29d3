"""Numbers: the annual report with the cases behind each figure, charts, exports."""

import re
from collections.abc import AsyncIterator
from datetime import date

from aiohttp import web

from bot.report.charts import Series, bars, columns
from bot.report.exports import Export
from bot.report.overview import KINDS, Overview, overview
from bot.staff.filed import outcomes
from bot.staff.format import STAGES, WHAT
from bot.staff.frame import MenuItem, Pages, Refused, Visit
from bot.staff.pages.cases import COUNTIES
from bot.staff.pages.questions import parts_of
from bot.store.figures import Figures
from handlers.annual import table3, table4
from handlers.annual.layout import NOTE, lines

pages = Pages()
MENU = MenuItem("数字", "/staff/numbers", "can_see_numbers", order=60)

WHAT |= {"numbers.export": "导出案件", "numbers.report": "导出年度报告"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
MONTHS = [f"{month}月" for month in range(1, 13)]
_YEAR = re.compile(r"20\d\d")


def figures_of(visit: Visit) -> Figures:
    """Reads the record for numbers."""
    return Figures(visit.console.database, visit.console.vault)


def _year(visit: Visit) -> int:
    text = visit.param("year")
    return int(text) if _YEAR.fullmatch(text) else visit.today.year


@pages.get("/numbers", needs="can_see_numbers")
async def charts(visit: Visit) -> web.StreamResponse:
    """The year in charts, each with its table."""
    year = _year(visit)
    found = await _overview(visit, year)
    months = columns(
        "c-month", "每月收到的案件", MONTHS, [Series(KINDS[kind], found.by_month[kind]) for kind in KINDS]
    )
    drawn = {
        "kind": bars("c-kind", "各类案件", found.by_kind),
        "county": bars("c-county", "各县市的案件", found.by_county),
        "margins": bars("c-margins", "办结时离法定期限还有多久", found.margins),
        "rated": bars("c-rated", "办结后当事人的评价", found.rated),
        "answered": bars("c-answered", "市民提问答上了多少", found.answered),
        "top": bars("c-top", "问得最多的", [(title, count) for _, title, count in found.top]),
    }
    years = await figures_of(visit).years() or (visit.today.year,)
    return visit.render(
        "numbers.html", year=year, years=years, found=found, months=months, drawn=drawn,
        MONTHS=MONTHS, KIND_NAMES=KINDS, may_export=visit.me.can("can_export"),
        first=date(year, 1, 1), last=date(year, 12, 31),
    )  # fmt: skip


async def _overview(visit: Visit, year: int) -> Overview:
    figures, first, last = figures_of(visit), date(year, 1, 1), date(year, 12, 31)
    found = await figures.lines(first, last)
    titles = {id: entry.title for id, entry in parts_of(visit).living.everything.items()}
    return overview(
        found,
        await figures.closed(found),
        await parts_of(visit).questions.counts(first, last),
        {"county": COUNTIES, "entry": titles},
        await visit.console.parts.calendars.current(),
    )


@pages.get("/numbers/report", needs="can_see_numbers")
async def report(visit: Visit) -> web.StreamResponse:
    """Tables 3 and 4."""
    year = _year(visit)
    third, fourth = await _tables(visit, year)
    return visit.render(
        "report.html", year=year, third=third, fourth=fourth, lines=lines(), NOTE=NOTE,
        COLUMNS=table3.COLUMNS, KINDS4=table4.KINDS, COLUMNS4=table4.COLUMNS, wrong=third.unbalanced(),
        years=await figures_of(visit).years() or (year,),
    )  # fmt: skip


async def _tables(visit: Visit, year: int) -> tuple[table3.Table3, table4.Table4]:
    figures = figures_of(visit)
    third = table3.table3(year, await figures.facts(year))
    return third, table4.table4(year, await figures.remedies())


@pages.get("/numbers/report/cell", needs="can_see_numbers")
async def cell(visit: Visit) -> web.StreamResponse:
    """The cases behind a figure."""
    row, column = visit.param("row"), visit.param("column")
    if row not in table3.labels() or column not in table3.COLUMNS:
        raise Refused(404, "报告里没有这一格。")
    third, _ = await _tables(visit, _year(visit))
    return visit.render(
        "report_cell.html",
        year=third.year,
        label=next(line.label for line in lines() if line.key == row),
        column=table3.COLUMNS[column],
        numbers=third.cases[row][column],
        may_open=visit.me.can("can_see_cases"),
    )


@pages.get("/numbers/report.xlsx", needs="can_export")
async def download(visit: Visit) -> web.StreamResponse:
    """The workbook in the official layout."""
    from bot.report.workbook import workbook  # openpyxl would make each start a quarter of a second longer

    year = _year(visit)
    await visit.note("numbers.report", about=f"{year}")
    return web.Response(
        body=workbook(*await _tables(visit, year)), headers=_attached(f"annual-report-{year}.xlsx", XLSX)
    )


@pages.post("/numbers/cases", needs="can_export")
async def export(visit: Visit) -> web.StreamResponse:
    """The list of cases, masked unless somebody who may see personal data asks for more."""
    try:
        first, last = (date.fromisoformat(visit.text(name)) for name in ("first", "last"))
    except ValueError:
        raise Refused(422, "日期看不懂，请重新选。") from None
    full = bool(visit.text("full"))
    if full and not visit.me.can("can_see_personal"):
        raise Refused(403, "您的岗位不能导出不打码的名单。")
    excel = visit.text("as") == "xlsx"
    await visit.note("numbers.export", about=f"{first}~{last} {'full' if full else 'masked'}")
    people = await visit.console.people()
    names = {"stage": STAGES, "outcome": outcomes(), "county": COUNTIES, "person": people}
    made = Export(figures_of(visit), names, masked=not full)
    name = f"cases-{first}-{last}{'-full' if full else ''}.{'xlsx' if excel else 'csv'}"
    content = made.xlsx(first, last) if excel else made.csv(first, last)
    return await _stream(visit, content, _attached(name, XLSX if excel else CSV))


async def _stream(visit: Visit, content: AsyncIterator[bytes], headers: dict[str, str]) -> web.StreamResponse:
    from bot.staff.security import protect

    response = web.StreamResponse(headers=headers)
    protect(visit.request, response)
    await response.prepare(visit.request)
    async for piece in content:
        await response.write(piece)
    await response.write_eof()
    return response


def _attached(name: str, type: str) -> dict[str, str]:
    return {"Content-Type": type, "Content-Disposition": f'attachment; filename="{name}"'}
