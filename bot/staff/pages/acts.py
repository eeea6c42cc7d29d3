"""Doing something in a case, in two steps: say it, see what it will do, confirm it."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.staff.acting import Effect, cited, foreseen, is_unverified, label_of, pending, possible
from bot.staff.asking import MissingError, chosen, dated, entered, fields_of, options_of
from bot.staff.frame import Pages, Refused, Visit
from bot.staff.pages.case import find
from config.actions import Action, ActionField
from handlers.cases.lifecycle import ForbiddenError, row
from handlers.cases.model import Case, Happened, clock_events
from handlers.ports import VersionConflictError

pages = Pages()

CONFLICT = "这个案件刚刚有人办过，情况已经变了。您填的内容没有执行，请看过最新情况再决定。"


@dataclass
class Doing:
    """An action under way: the case as it was read, what is asked, what was said."""

    case: Case
    action: Action
    fields: tuple[ActionField, ...]
    people: dict[str, str]
    said: dict[str, str]

    @property
    def address(self) -> str:
        """Where its form goes."""
        return f"/staff/cases/{self.case.number}/do/{self.action.id}"


async def _doing(visit: Visit, said: dict[str, str]) -> Doing:
    case = await find(visit)
    action = next((one for one in possible(case, visit.me.roles) if one.id == visit.part("action")), None)
    if action is None:
        await visit.note("refused", case.number, f"do {visit.part('action')[:40]}")
        raise Refused(403, "这一步现在不能办：案件的阶段变了，或者您的岗位没有这项权限。")
    fields = fields_of(action, case, said.get("outcome", ""))
    people = await visit.console.people("can_handle")
    return Doing(case, action, fields, people, said)


@pages.get("/cases/{number}/do/{action}", needs="can_see_cases")
async def ask(visit: Visit) -> web.StreamResponse:
    """The form; what was proposed stands in it already."""
    doing = await _doing(visit, {"outcome": visit.param("outcome")})
    proposed = _proposed(doing)
    if proposed and not visit.param("outcome"):
        doing = await _doing(visit, proposed)
        await visit.note("case.read", doing.case.number, "proposal")  # it may name people, and is not masked
    return _form(visit, doing)


def _proposed(doing: Doing) -> dict[str, str]:
    """What a clerk proposed for the very thing that is to be done now."""
    proposal = pending(doing.case)
    if proposal is None or proposal.data["proposes"] != doing.action.id:
        return {}
    return {key: str(value) for key, value in proposal.data.items() if key != "proposes"}


def _form(visit: Visit, doing: Doing, status: int = 200, problem: str = "") -> web.Response:
    transition = row(doing.case.kind, doing.action.records)
    return visit.render(
        "act.html",
        status,
        doing=doing,
        label=label_of(doing.action, doing.case),
        law=cited(transition),
        unverified=is_unverified(transition),
        # A kind of answer is chosen first: what has to be said for it depends on it.
        first=_choice_first(doing),
        options={field.key: options_of(field, doing.case, doing.people) for field in doing.fields},
        version=doing.case.version,
        problem=problem,
    )


def _choice_first(doing: Doing) -> ActionField | None:
    wanted = next((field for field in doing.fields if field.options == "outcomes"), None)
    return wanted if wanted and not doing.said.get(wanted.key) else None


@pages.post("/cases/{number}/do/{action}/preview", needs="can_see_cases")
async def preview(visit: Visit) -> web.StreamResponse:
    """What it will do to the clock, and what the person will be told; nothing happens yet."""
    doing = await _doing(visit, _said(visit))
    if _moved_on(visit, doing.case):
        return _form(visit, doing, 409, CONFLICT)
    try:
        event = _event(visit, doing)
    except MissingError as error:
        return _form(visit, doing, 422, str(error))
    effect = await foreseen(visit.console.parts, doing.case, event)
    if effect.objection:
        return _form(visit, doing, 422, effect.objection)
    return _preview(visit, doing, effect)


def _preview(visit: Visit, doing: Doing, effect: Effect) -> web.Response:
    names = {field.key: options_of(field, doing.case, doing.people) for field in doing.fields}
    shown = [
        (field.label, names[field.key].get(doing.said.get(field.key, ""), doing.said.get(field.key, "")))
        for field in doing.fields
    ]
    return visit.render(
        "act_preview.html",
        doing=doing,
        label=label_of(doing.action, doing.case),
        shown=[(label, text) for label, text in shown if text],
        effect=effect,
        version=doing.case.version,
    )


@pages.post("/cases/{number}/do/{action}", needs="can_see_cases")
async def carry_out(visit: Visit) -> web.StreamResponse:
    """Do it, if nobody was faster."""
    doing = await _doing(visit, _said(visit))
    if visit.text("back"):
        return _form(visit, doing)
    if _moved_on(visit, doing.case):
        return _form(visit, doing, 409, CONFLICT)
    try:
        event, number = _event(visit, doing), doing.case.number
        with visit.doing(f"case.{event.type}", number):
            await visit.console.parts.service.happen(number, event, version=doing.case.version)
    except (MissingError, ForbiddenError) as error:
        return _form(visit, doing, 422, str(error))
    except VersionConflictError:
        return _form(visit, doing, 409, CONFLICT)
    return visit.go(f"/staff/cases/{number}", "recorded")


def _said(visit: Visit) -> dict[str, str]:
    return {
        name: visit.text(name)
        for name in visit.form
        if name not in ("csrf", "version", "back") and isinstance(visit.form.get(name), str)
    }


def _moved_on(visit: Visit, case: Case) -> bool:
    """Whether the case is not as it was when the clerk read it."""
    return visit.text("version") != str(case.version)


def _event(visit: Visit, doing: Doing) -> Happened:
    """The event that is to be recorded.

    Raises:
        MissingError: what was entered does not do.
    """
    data: dict[str, Any] = entered(doing.fields, doing.said, visit.now)
    chosen(doing.fields, data, doing.case, doing.people)
    if doing.action.records == "extended":
        # TL 33(2), CX 18(1): the one who records it is the one who approves it.
        data["approved_by"] = visit.me.name
    if doing.action.dated:
        steps = clock_events(doing.case)
        data |= dated(doing.said.get("date", ""), visit.today, steps[-1].date if steps else None)
    return Happened(
        type=doing.action.records,
        at=visit.console.clock.now(),
        by=f"staff:{visit.me.id}",
        data={**data, **doing.action.data},
    )
