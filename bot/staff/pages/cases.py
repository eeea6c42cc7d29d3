"""The queue: what is due, filters, search, counts."""

from dataclasses import replace
from urllib.parse import urlencode

from aiohttp import web

from bot.staff.frame import MenuItem, Pages, Visit
from bot.store.queue import TABS, Tab, Wanted
from handlers.cases.number import PREFIXES, find_number, tidy, valid
from handlers.forms.checks import people as checks
from handlers.forms.checks.misfit import Misfit
from knowledge.law import Law

pages = Pages()
MENU = MenuItem("案件", "/staff/cases", "can_see_cases", order=10)

LABELS: dict[Tab, str] = {
    "overdue": "已超期",
    "today": "今天到期",
    "week": "本周到期",
    "new": "待登记",
    "running": "在办",
    "waiting": "停表、等待",
    "closed": "已办结",
}
COUNTIES = {item["code"]: item["name"] for item in Law().data["divisions"]}


@pages.get("/cases", needs="can_see_cases")
async def queue(visit: Visit) -> web.StreamResponse:
    """The queue, most urgent first."""
    wanted = _wanted(visit)
    try:
        shown = await visit.console.queue.page(wanted, visit.today)
    except ValueError:  # a cursor that is none of ours
        return visit.go("/staff/cases")
    return visit.render(
        "cases.html",
        wanted=wanted,
        lines=shown.lines,
        next=_address(replace(wanted, after=shown.cursor)) if shown.cursor else "",
        counts=await visit.console.queue.counts(visit.today, wanted.assignee),
        tabs={tab: (LABELS[tab], _address(replace(wanted, tab=tab, after=""))) for tab in LABELS},
        people=await visit.console.people(),
        COUNTIES=COUNTIES,
    )


def _wanted(visit: Visit) -> Wanted:
    tabs: dict[str, Tab] = {tab: tab for tab in TABS}
    mine = visit.me.id if visit.param("mine") else ""
    return Wanted(
        tab=tabs.get(visit.param("tab"), "running"),
        kind=_one_of(visit.param("kind"), PREFIXES),
        stage=visit.param("stage")[:16],
        county=_one_of(visit.param("county"), COUNTIES),
        assignee=mine,
        turn=visit.param("turn")[:12],
        after=_cursor(visit.param("after")),
    )


def _one_of(text: str, known: object) -> str:
    return text if isinstance(known, dict) and text in known else ""


def _cursor(text: str) -> str:
    """Only what looks like one of ours; anything else begins at the first page."""
    when, mark, number = text.rpartition("~")
    return text if mark and valid(number) and when[:4].isdigit() and when.isascii() else ""


def _address(wanted: Wanted) -> str:
    names = {"tab": wanted.tab, "kind": wanted.kind, "stage": wanted.stage, "county": wanted.county}
    more = {"turn": wanted.turn, "mine": "1" if wanted.assignee else "", "after": wanted.after}
    return "/staff/cases?" + urlencode({key: value for key, value in {**names, **more}.items() if value})


@pages.post("/cases/search", needs="can_see_cases")
async def search(visit: Visit) -> web.StreamResponse:
    """Find cases by number, 12315 number, phone, name or identity number.

    A form that is posted, so that a phone number stands in no address and no browser history.
    """
    text = visit.text("q", 60)
    number = find_number(text)
    if number and valid(number) and await visit.console.parts.cases.find(number):
        return visit.go(f"/staff/cases/{number}")
    numbers, fields = await _numbers(visit, text)
    await visit.note("case.search", about=f"{'、'.join(fields) or 'number'} → {len(numbers)}")
    return visit.render(
        "search.html",
        lines=await visit.console.queue.find(numbers),
        text=text,
        wrong_number=bool(number) and not valid(number),
        people=await visit.console.people(),
        COUNTIES=COUNTIES,
    )


async def _numbers(visit: Visit, text: str) -> tuple[tuple[str, ...], list[str]]:
    """The cases that anything of it fits, and by what they were found."""
    found: dict[str, None] = dict.fromkeys(await visit.console.queue.by_12315(tidy(text)) if text else ())
    fields = ["12315"] if found else []
    for field, value in _lookups(text):
        numbers = await visit.console.parts.cases.look_up(field, value)
        found |= dict.fromkeys(numbers)
        fields += [field] if numbers else []
    return tuple(found), fields


def _lookups(text: str) -> list[tuple[str, str]]:
    """What the text may be, in the form in which it was indexed."""
    found = [("name", text)]
    for field, read in (("phone", checks.phone), ("name", checks.name), ("name", checks.organisation)):
        try:
            found.append((field, read(text)))
        except Misfit:
            continue
    plain = tidy(text)
    return [*dict.fromkeys([*found, ("id_no", plain)])] if text else []
