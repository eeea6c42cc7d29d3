"""Reviews and lawsuits about disclosure, for table 4 of the annual report."""

from datetime import date

from aiohttp import web

from bot.staff.format import DONE, WHAT
from bot.staff.frame import Pages, Visit
from bot.staff.pages.numbers import figures_of
from handlers.annual.table4 import KINDS, RESULTS, Remedy
from handlers.cases.number import tidy, valid
from handlers.ports import VersionConflictError

pages = Pages()

DONE |= {"remedy_saved": "已登记。"}
WHAT |= {"numbers.remedy": "登记复议诉讼"}


@pages.get("/numbers/remedies", needs="can_see_numbers")
async def remedies(visit: Visit) -> web.StreamResponse:
    """All of them, and a form for one more."""
    return await _page(visit)


@pages.post("/numbers/remedies", needs="can_handle")
async def save(visit: Visit) -> web.StreamResponse:
    """A new one, or how one ended."""
    try:
        remedy = _entered(visit)
    except ValueError as problem:
        return await _page(visit, str(problem), 422)
    figures, now = figures_of(visit), visit.console.clock.now()
    keep = figures.change_remedy if remedy.id else figures.add_remedy
    try:
        with visit.doing("numbers.remedy", remedy.number, f"{remedy.kind} {remedy.result or 'pending'}"):
            await keep(remedy, visit.me.id, now)
    except VersionConflictError:
        return await _page(visit, "别人刚改过这一条，请看过再改。", 409)
    return visit.go("/staff/numbers/remedies", "remedy_saved")


def _entered(visit: Visit) -> Remedy:
    number = tidy(visit.text("number", 20))
    if number and not valid(number):
        raise ValueError("案件编号不对，请核对；不是本系统的案件就不填。")
    kind, result = visit.text("kind"), visit.text("result")
    if kind not in KINDS:
        raise ValueError("请选是复议还是诉讼。")
    opened, closed = _day(visit, "opened"), _day(visit, "closed")
    if opened is None:
        raise ValueError("请填收到的日期。")
    removed = result == "removed"
    if not removed and bool(closed) != (result in RESULTS):
        raise ValueError("审结的要填结果和审结日期；没审结的两样都不填。")
    if closed and closed < opened:
        raise ValueError("审结日期不能早于收到日期。")
    id, version = (int(v) if (v := visit.text(name, 12)).isdecimal() else 0 for name in ("id", "version"))
    return Remedy(id, number, kind, result, opened, closed, visit.text("note", 200), version)


def _day(visit: Visit, name: str) -> date | None:
    text = visit.text(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError("日期看不懂，请重新选。") from None


async def _page(visit: Visit, problem: str = "", status: int = 200) -> web.Response:
    return visit.render(
        "remedies.html", status, remedies=await figures_of(visit).remedies(), problem=problem,
        KINDS4=KINDS, RESULTS=RESULTS, may_edit=visit.me.can("can_handle"),
    )  # fmt: skip
