"""Records what happens in a case, if the law allows it now (`config/lifecycle.toml`, `config/rules.toml`)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from config.lifecycle import Transition, load_lifecycle
from handlers.cases.deadlines import with_due
from handlers.cases.model import Case, Happened, clock_events
from handlers.cases.number import Kind
from knowledge.calendar import Calendar
from knowledge.deadline import RuleError, due


class ForbiddenError(ValueError):
    """The law does not allow this event now; the message is for a clerk and names the article."""


def row(kind: Kind, event: str) -> Transition:
    """The table's row for `event`.

    Raises:
        ForbiddenError: this kind of case knows no such event.
    """
    for transition in load_lifecycle()[kind]:
        if transition.event == event:
            return transition
    raise ForbiddenError(f"{kind} 没有“{event}”这一步")


def allowed(case: Case) -> tuple[Transition, ...]:
    """What may be recorded in the case as it stands (the console shows these and nothing else)."""
    return tuple(transition for transition in load_lifecycle()[case.kind] if not _objection(case, transition))


def _objection(case: Case, transition: Transition) -> str:
    if case.stage not in transition.stages:
        return f"现在处于“{case.stage}”，不能“{transition.label}”"
    if transition.once and case.first(transition.event):
        return f"“{transition.label}”只能有一次"
    if transition.after and not case.first(transition.after):
        return f"还没有“{row(case.kind, transition.after).label}”，不能“{transition.label}”"
    return ""


# The rule that an event itself has to keep: an extension before the date due, a correction notice within
# seven working days … (`knowledge.deadline` refuses what it forbids).
_STARTS = {"disclosure": "received", "complaint": "accepted", "report": "received"}
_TIMED = {
    "disclosure": "disclosure.reply",
    "complaint": "complaint.mediation",
    "report": "report.verification",
}


def record(case: Case, event: Happened, calendar: Calendar, today: date) -> Case:
    """The case after `event`.

    Raises:
        ForbiddenError: the table, or the law's condition on the event, forbids it; names the article.
    """
    transition = row(case.kind, event.type)
    problem = _objection(case, transition) or _missing(transition, event)
    if problem:
        raise ForbiddenError(f"{problem}（{transition.law} 第{transition.article}条）")
    after = _apply(case, event, transition)
    _check_clock(after, calendar, today)
    return with_due(after, calendar, today)


def _check_clock(case: Case, calendar: Calendar, today: date) -> None:
    events = clock_events(case)
    if not any(event.type == _STARTS[case.kind] for event in events):
        return
    try:
        due(_TIMED[case.kind], events, calendar, today)
    except RuleError as error:
        raise ForbiddenError(str(error)) from error


def _missing(transition: Transition, event: Happened) -> str:
    lacking = [key for key in transition.needs if event.data.get(key) in (None, "", [])]
    return f"“{transition.label}”缺少：{'、'.join(lacking)}" if lacking else ""


def replay(number: str, kind: Kind, filer: str, events: Iterable[Happened]) -> Case:
    """Fold events into the case's state; the first is `submitted` with the form's answers.

    Stored events are facts: they are applied, not judged again.
    """
    history = iter(events)
    first = next(history)
    answers = first.data.get("answers", {})
    case = Case(
        number=number, kind=kind, filer=filer, answers=answers, events=(first,), submitted=first.at, version=1
    )
    for event in history:
        case = _apply(case, event, row(kind, event.type))
    return case


def _apply(case: Case, event: Happened, transition: Transition) -> Case:
    changes: dict[str, Any] = {
        "events": (*case.events, event),
        "version": case.version + 1,
        "stage": transition.to or case.stage,
    }
    if transition.closes:
        changes |= {"closed": event.at, "outcome": event.data.get("outcome") or event.type}
    if event.type == "received":
        changes["received"] = event.day
    if event.type == "number_12315_added":
        changes["number_12315"] = event.data["number"]
    if event.type == "assigned":
        changes["assignee"] = event.data["assignee"]
    if event.type in {"transferred", "dispatched", "delegated"}:
        changes["unit"] = event.data["unit"]
    return _both_confirmed(case.model_copy(update=changes), event)


def _both_confirmed(case: Case, event: Happened) -> Case:
    """Art. 31(3): the day on which the second of the two confirmed is the day of receipt."""
    if event.type not in {"applicant_confirmed", "bureau_confirmed"} or case.kind != "disclosure":
        return case
    ours, theirs = case.first("bureau_confirmed"), case.first("applicant_confirmed")
    if not ours or not theirs:
        return case
    return case.model_copy(update={"received": max(ours.day, theirs.day), "stage": "received"})
