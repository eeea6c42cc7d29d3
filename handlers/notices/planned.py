"""The agenda of a case: what it will lead to, and when, if nothing else happens in it."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from config.notices import load_notices
from handlers.cases.deadlines import running
from handlers.cases.model import SHANGHAI, Case
from handlers.notices.hours import morning, working_days_before
from handlers.ports import Agenda, Planned
from knowledge.calendar import ONE_DAY, Calendar
from knowledge.deadline import Deadline

# The limits that applicants wait for; the others (a third party's, notifying a termination) are the bureau's.
MAIN = frozenset({"disclosure.reply", "complaint.acceptance", "complaint.mediation", "report.verification"})
# Notices that make no sense any more once their day has come or passed: another one has taken their place.
BEFORE_THE_DAY = frozenset({"soon", "limit_soon", "correction_soon", "mediation_tomorrow"})
ON_THE_DAY = frozenset({"due_today", "correction_last"})
# Reminders of a day that another notice named: set so late that they are past at once, they add nothing.
REMINDERS = frozenset({"correction_soon", "mediation_tomorrow"})


def plan(case: Case, calendar: Calendar, today: date) -> tuple[Planned, ...]:
    """All notices that the case as it stands leads to, past ones included; a pure function of case and
    calendar (`today` only decides whether a third party may still answer, which moves no date).
    """
    if case.erased:
        return ()
    found = [*_limits(case, calendar, today), *_correction(case, calendar), *_mediation(case), *_end(case)]
    return tuple(sorted(found, key=lambda planned: planned.moment))


def agenda_of(case: Case, calendar: Calendar, now: datetime) -> Agenda:
    """What the agenda is to hold of the case from now on."""
    planned = plan(case, calendar, now.astimezone(SHANGHAI).date())
    return Agenda(planned, upcoming(planned, now))


def upcoming(planned: tuple[Planned, ...], now: datetime) -> tuple[Planned, ...]:
    """What of a plan still has to be put on the agenda: what is past but true is due now, what has lost
    its sense is left out.
    """
    return tuple(
        Planned(each.notice, each.version, max(each.moment, now), each.day)
        for each in planned
        if not outlived(each, now) and not (each.notice in REMINDERS and each.moment < now)
    )


def outlived(planned: Planned, now: datetime) -> bool:
    """Whether the notice would be wrong by now (“还有3个工作日” after the day)."""
    end = good_until(planned)
    return end is not None and now >= end


def good_until(planned: Planned) -> datetime | None:
    """When the notice loses its sense; None for never."""
    if planned.day is None:
        return None
    if planned.notice in BEFORE_THE_DAY:
        return datetime.combine(planned.day, time(0), SHANGHAI)
    return (
        datetime.combine(planned.day + ONE_DAY, time(0), SHANGHAI) if planned.notice in ON_THE_DAY else None
    )


def version_of(limit: Deadline) -> str:
    """Names the deadline in keys. That a date became final is a notice of its own: it does not make
    a reminder of the same date a new one.
    """
    return limit.version.removesuffix("?")


def _limits(case: Case, calendar: Calendar, today: date) -> Iterator[Planned]:
    for limit in running(case, calendar, today):
        if limit.date:
            yield from _limit(limit, limit.date, _names(limit.rule), calendar)


def _names(rule: str) -> tuple[str, str, str]:
    """What is said before, on and after the day of a limit."""
    if rule in MAIN:
        return "soon", "due_today", "overdue"
    # Nothing is late when the time for asking for a correction is over: the request is answered as it is.
    return "limit_soon", "", "" if rule == "disclosure.correction_notice" else "limit_over"


def _limit(limit: Deadline, day: date, names: tuple[str, str, str], calendar: Calendar) -> Iterator[Planned]:
    before = working_days_before(day, load_notices().hours.soon_days, calendar)
    for name, on in zip(names, (before, day, day + ONE_DAY), strict=True):
        if name:
            yield Planned(name, version_of(limit), morning(on), day)


def _correction(case: Case, calendar: Calendar) -> Iterator[Planned]:
    until = correction_until(case)
    if case.stage != "correction" or until is None:
        return
    before = working_days_before(until, load_notices().hours.soon_days, calendar)
    for name, on in (
        ("correction_soon", before),
        ("correction_last", until),
        ("correction_lapsed", until + ONE_DAY),
    ):
        yield Planned(name, f"until@{until}", morning(on), until)


def correction_until(case: Case) -> date | None:
    """The day by which the correction is wanted, as the clerk set it."""
    asked = case.last("correction_requested")
    try:
        return date.fromisoformat(str(asked.data.get("until", ""))) if asked else None
    except ValueError:
        return None  # a clerk's own words: said as they are, but nothing can be planned by them


def mediation_when(case: Case) -> datetime | None:
    """The moment of the mediation that was set last."""
    fixed = case.last("mediation_scheduled")
    try:
        when = datetime.fromisoformat(str(fixed.data.get("when", ""))) if fixed else None
    except ValueError:
        return None
    return when.replace(tzinfo=SHANGHAI) if when and when.tzinfo is None else when


def _mediation(case: Case) -> Iterator[Planned]:
    when = mediation_when(case)
    if case.stage in ("mediation", "testing") and when:
        day = when.astimezone(SHANGHAI).date()
        version = f"when@{when.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"
        yield Planned("mediation_tomorrow", version, morning(day - ONE_DAY), day)


def _end(case: Case) -> Iterator[Planned]:
    if case.closed and not case.first("rated"):
        day = case.closed.astimezone(SHANGHAI).date()
        asked = day + timedelta(days=load_notices().hours.satisfaction_days)
        yield Planned("satisfaction", f"closed@{day}", morning(asked))
