"""Holiday notices: a year's arrangement is entered, and every open case is computed anew."""

import json
import re
from datetime import date, timedelta

from aiohttp import web

from bot.staff.frame import MenuItem, Pages, Visit
from knowledge.calendar import CalendarError, YearPlan, parse_year

pages = Pages()
MENU = MenuItem("放假安排", "/staff/calendar", "can_edit_calendar", order=85)

YEARS = 3
_DAY = re.compile(r"(?:(\d{4})[-年/.])?(\d{1,2})[-月/.](\d{1,2})日?")
_SPAN = re.compile(r"\s*(?:至|到|~|—|–)\s*")


class UnclearError(ValueError):
    """A line that is not understood."""


@pages.get("/calendar", needs="can_edit_calendar")
async def calendar(visit: Visit) -> web.StreamResponse:
    """Which years are known, and the form."""
    return await _page(visit)


@pages.post("/calendar/preview", needs="can_edit_calendar")
async def preview(visit: Visit) -> web.StreamResponse:
    """What was understood, before it counts."""
    try:
        content, plan = _read(visit)
    except (UnclearError, CalendarError) as error:
        return await _page(visit, 422, str(error))
    return visit.render("calendar_preview.html", plan=plan, content=content)


@pages.post("/calendar", needs="can_edit_calendar")
async def enter(visit: Visit) -> web.StreamResponse:
    """Take it: the jobs compute every open case anew, and tell those whose dates move."""
    try:
        content = visit.text("content", 20000)
        with visit.doing("calendar.enter", about=str(parse_year(content, "放假安排").year)):
            await visit.console.parts.calendars.enter(content, f"staff:{visit.me.id}")
    except CalendarError as error:
        return await _page(visit, 422, str(error))
    return visit.go("/staff/calendar", "calendar")


async def _page(visit: Visit, status: int = 200, problem: str = "") -> web.Response:
    found = await visit.console.parts.calendars.current()
    people = {f"staff:{id}": name for id, name in (await visit.console.people()).items()}
    years = range(visit.today.year, visit.today.year + YEARS)
    return visit.render(
        "calendar.html",
        status,
        years=[(year, found.known(year)) for year in years],
        reach=found.reach,
        history=await visit.console.parts.calendars.history(),
        people=people,
        said={name: visit.text(name) for name in ("year", "off", "work")},
        problem=problem,
    )


def _read(visit: Visit) -> tuple[str, YearPlan]:
    """The notice as data, from lines such as “春节：2月15日至2月23日”."""
    year = visit.count("year") or 0
    if not 2020 <= year <= 2100:
        raise UnclearError("请填年份，比如 2027。")
    off = []
    for line in visit.text("off").splitlines():
        name, _, rest = line.replace(":", "：").partition("：")
        if not line.strip():
            continue
        if not rest.strip():
            raise UnclearError(f"“{line.strip()}”没看懂，请写成“春节：2月15日至2月23日”。")
        off.append({"name": name.strip(), "days": [day.isoformat() for day in _days(rest, year)]})
    if not off:
        raise UnclearError("请填放假的日子。")
    work = [day.isoformat() for day in _days(visit.text("work"), year)]
    content = json.dumps(
        {"year": year, "published": True, "off": off, "make_up_workdays": work}, ensure_ascii=False
    )
    return content, parse_year(content, f"{year}年放假安排")


def _days(text: str, year: int) -> list[date]:
    found: list[date] = []
    for part in re.split(r"[、，,；;\s]+", _SPAN.sub("至", text).strip("。 \n")):
        if not part:
            continue
        first, _, last = part.partition("至")
        begin = _day(first, year)
        end = _day(last if "月" in last or "-" in last else f"{begin.month}月{last}", year) if last else begin
        if end < begin or (end - begin).days > 31:
            raise UnclearError(f"“{part}”的起止不对。")
        found += [begin + timedelta(days=i) for i in range((end - begin).days + 1)]
    return found


def _day(text: str, year: int) -> date:
    match = _DAY.search(text)
    try:
        if match:
            return date(int(match[1] or year), int(match[2]), int(match[3]))
    except ValueError:
        pass
    raise UnclearError(f"“{text}”不是日子，请写成“2月15日”。")
