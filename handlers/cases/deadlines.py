"""Which statutory time limits run in a case now, and which one its queue is sorted by."""

from collections.abc import Iterator
from datetime import date

from handlers.cases.model import Case, clock_events
from knowledge.calendar import Calendar
from knowledge.deadline import Deadline, due

# The rules that run in a stage; the first is the case's main one.
_RUNNING: dict[tuple[str, str], tuple[str, ...]] = {
    ("disclosure", "received"): ("disclosure.reply", "disclosure.correction_notice"),
    ("disclosure", "third_party"): ("disclosure.reply", "disclosure.third_party"),
    ("disclosure", "correction"): ("disclosure.reply",),
    ("complaint", "received"): ("complaint.acceptance",),
    ("complaint", "mediation"): ("complaint.mediation",),
    ("complaint", "testing"): ("complaint.mediation",),
    ("report", "received"): ("report.verification",),
    ("report", "testing"): ("report.verification",),
}


def running(case: Case, calendar: Calendar, today: date) -> tuple[Deadline, ...]:
    """The time limits of the case as it stands, the main one first; none before receipt and after the end.

    Raises:
        RuleError: the case's events break a rule (they cannot if `lifecycle.record` let them in).
    """
    return tuple(_compute(case, calendar, today))


def _compute(case: Case, calendar: Calendar, today: date) -> Iterator[Deadline]:
    events = clock_events(case)
    for rule in _RUNNING.get((case.kind, case.stage), ()):
        if rule == "disclosure.correction_notice" and case.first("correction_requested"):
            continue  # art. 30: once only, so the limit is of no more interest
        yield due(rule, events, calendar, today)
    if case.kind == "complaint" and case.first("terminated") and not case.first("termination_notified"):
        yield due("complaint.termination_notice", events, calendar, today)


def with_due(case: Case, calendar: Calendar, today: date) -> Case:
    """The case with `due` and `provisional` of its main time limit."""
    limits = running(case, calendar, today)
    main = limits[0] if limits else None
    return case.model_copy(
        update={"due": main.date if main else None, "provisional": bool(main and main.provisional)}
    )
