"""The status text links the calendar page, where the service has an address."""

from datetime import date, datetime

from handlers.cases.lifecycle import record, replay
from handlers.cases.model import SHANGHAI, Case, Happened
from handlers.status.view import view
from knowledge.calendar import load_calendar

CALENDAR = load_calendar()


def a_case() -> Case:
    at = datetime(2026, 11, 2, 10, tzinfo=SHANGHAI)
    events = [Happened(type=kind, at=at, by="applicant") for kind in ("submitted", "applicant_confirmed")]
    case = replay("XK20260000017", "disclosure", "oAli", events)
    return record(case, Happened(type="bureau_confirmed", at=at, by="staff:1"), CALENDAR, date(2026, 11, 2))


def test_open_case_with_a_date_links_its_calendar() -> None:
    case, today = a_case(), date(2026, 11, 10)
    assert "https://x.example/c/t" in view(case, CALENDAR, today, own=True, link="https://x.example/c/t")
    assert "在日历上看" not in view(case, CALENDAR, today, own=True)
