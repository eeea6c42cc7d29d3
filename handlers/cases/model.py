"""A case is what happened in it: an append-only list of events, and the state that is their fold.

*Stage* (where it is) and *outcome* (how it ended) are kept apart. Dates that the law counts from are local
days (Asia/Shanghai) of the events.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from config.lifecycle import Stage
from handlers.cases.number import Kind
from knowledge.deadline import EVENT_TYPES, CaseEvent

SHANGHAI = ZoneInfo("Asia/Shanghai")

Actor = Literal["bureau", "applicant", "third_party", "nobody"]


class Happened(BaseModel):
    """One event of a case. `data` is what the event says (dates, codes, texts); it is encrypted at rest."""

    model_config = ConfigDict(frozen=True)

    type: str
    at: datetime
    by: str  # "applicant", "system", or "staff:<id>"
    data: dict[str, Any] = {}

    @property
    def day(self) -> date:
        """The local day on which it counts: `data["date"]` if a clerk entered one, else that of `at`."""
        given = self.data.get("date")
        return date.fromisoformat(given) if given else self.at.astimezone(SHANGHAI).date()


class Case(BaseModel):
    """The state of a case. `version` is the number of its events (for compare-and-set)."""

    model_config = ConfigDict(frozen=True)

    number: str
    kind: Kind
    filer: str  # the applicant's openid; "" for a case that a clerk entered from paper
    answers: dict[str, Any] = {}  # the form as it was filed
    stage: Stage = "submitted"
    outcome: str = ""  # code of the outcome (GRANT, R3, agreed …), "" while open
    events: tuple[Happened, ...] = ()
    submitted: datetime | None = None
    received: date | None = None
    due: date | None = None  # of the time limit that runs now (`handlers/cases/deadlines.py`)
    provisional: bool = False
    closed: datetime | None = None
    number_12315: str = ""
    assignee: str = ""
    unit: str = ""
    erased: bool = False  # personal data deleted, its time was up
    version: int = Field(default=0, ge=0)

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.stage != "closed"

    def first(self, *types: str) -> Happened | None:
        """The first event of one of these types."""
        return next((event for event in self.events if event.type in types), None)

    def last(self, *types: str) -> Happened | None:
        """The latest event of one of these types."""
        return next((event for event in reversed(self.events) if event.type in types), None)


def clock_events(case: Case) -> Sequence[CaseEvent]:
    """The events that the statutory clock reads, in order of their days."""
    found: list[CaseEvent] = []
    if case.received:
        found.append(CaseEvent("received", case.received))
    for event in case.events:
        if event.type in EVENT_TYPES and event.type != "received":
            found.append(CaseEvent(event.type, event.day, event.data.get("days")))
    return sorted(found, key=lambda event: event.date)


def whose_turn(case: Case) -> Actor:
    """Who has to act next (MuckRock issue 1974: a status that hides this is no status)."""
    if not case.open:
        return "nobody"
    if case.stage == "correction":
        return "applicant"
    if case.stage == "third_party":
        return "third_party"
    if case.stage == "submitted" and _waits_for_applicant(case.events):
        return "applicant"
    return "bureau"


def _waits_for_applicant(events: Iterable[Happened]) -> bool:
    types = {event.type for event in events}
    return "bureau_confirmed" in types and "applicant_confirmed" not in types
