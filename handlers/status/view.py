"""A case in words: stage, dates, whose turn, what next, until when and why."""

from collections.abc import Iterator
from datetime import date, datetime

from config.texts import say
from handlers.cases.model import SHANGHAI, Case, whose_turn
from handlers.notices.words import words
from knowledge.calendar import Calendar


def what(case: Case) -> str:
    """信息公开申请, 投诉, 举报."""
    return say(f"status_what.{case.kind}")


def stage(case: Case) -> str:
    """Where it is, in plain words."""
    return say(f"status_stage.{_place(case)}") if case.open else say("status_stage.closed", outcome="")


def view(case: Case, calendar: Calendar, today: date, *, own: bool, link: str = "") -> str:
    """Everything about where the case stands; nothing personal unless it is one's `own`. `link` is the
    address of the page that shows the days ("" if there is none).
    """
    facts = words(case, calendar, today)
    about = str(case.answers.get("resp_name") or "") if own else ""
    lines = [
        say("status.head", number=case.number, what=what(case), about=f"（{about}）" if about else ""),
        say("status.now", stage=_stage(case, facts["outcome"])),
        say("status.dates", dates="，".join(_dates(case, today))),
        *_ahead(case, facts),
        say("status.calendar", link=link) if link and case.open and case.due else "",
    ]
    return "\n".join(line for line in lines if line)


def _ahead(case: Case, facts: dict[str, str]) -> Iterator[str]:
    """What is still to come: whose turn, what next, until when."""
    if case.number_12315:
        yield say("status.platform", number=case.number_12315)
    if case.unit:
        yield say("status.unit", unit=case.unit)
    if not case.open:
        return
    place = _place(case)
    yield say("status.turn", who=say(f"status_who.{_whose(case, place)}"))
    yield say("status.next", next=say(f"status_next.{place}"))
    if case.due:
        yield say("status.due", due=facts["due"], deed=facts["deed"], explanation=facts["explanation"])


def _stage(case: Case, outcome: str) -> str:
    if case.open:
        return stage(case)
    return say("status_stage.closed", outcome=f"：{outcome}" if outcome else "")


def _place(case: Case) -> str:
    """The stage, told apart where it depends on who acts."""
    if case.kind == "disclosure" and case.stage == "submitted" and whose_turn(case) == "applicant":
        return "disclosure_confirming"
    if case.stage == "handed_over" and _by_citizen(case) and not case.number_12315:
        return f"{case.kind}_citizen"
    return f"{case.kind}_{case.stage}"


def _by_citizen(case: Case) -> bool:
    handed = case.last("handed_over")
    return handed is not None and handed.data.get("by") == "citizen"


def _whose(case: Case, place: str) -> str:
    if place.endswith("_citizen"):
        return "applicant"
    return "platform" if case.stage == "handed_over" else whose_turn(case)


def _dates(case: Case, today: date) -> Iterator[str]:
    if case.submitted:
        yield say("status.date_submitted", day=_day(case.submitted, today))
    if case.received:
        yield say("status.date_received", day=_day(case.received, today))
    if accepted := case.last("accepted"):
        yield say("status.date_accepted", day=_day(accepted.day, today))
    if case.closed:
        yield say("status.date_closed", day=_day(case.closed, today))


def _day(when: date | datetime, today: date) -> str:
    day = when.astimezone(SHANGHAI).date() if isinstance(when, datetime) else when
    return f"{'' if day.year == today.year else f'{day.year}年'}{day.month}月{day.day}日"
