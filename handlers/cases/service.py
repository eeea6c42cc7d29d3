"""The one way by which something happens in a case: read, judge by the law, say what has to be said, store.

Event, notices and agenda are written in one transaction, so nothing is announced that did not happen and
nothing happens unannounced.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from handlers.cases.deadlines import with_due
from handlers.cases.lifecycle import record
from handlers.cases.model import SHANGHAI, Case, Happened
from handlers.notices.messages import Scene, messages_for
from handlers.notices.planned import agenda_of
from handlers.ports import Calendars, Cases, Clock, Links, OutMessage, Preferences, VersionConflictError
from knowledge.calendar import Calendar

TRIES = 8


class UnknownCaseError(LookupError):
    """There is no case of that number."""


@dataclass(frozen=True)
class CaseService:
    """Used by every part that records something: the status flow, the console, the calendar."""

    cases: Cases
    calendars: Calendars
    preferences: Preferences
    links: Links
    clock: Clock

    async def happen(
        self, number: str, *events: Happened, version: int | None = None, more: Sequence[OutMessage] = ()
    ) -> Case:
        """Record `events`, in this order, with their notices and `more`; returns the case after them.

        `version` is the one that the person who decided has seen: if the case has moved on, they have to
        look again. Without it the events are judged anew against whatever came in between.

        Raises:
            UnknownCaseError: no such case.
            ForbiddenError: the law does not allow one of them now; nothing is stored.
            VersionConflictError: the case is not at `version` any more.
        """
        for attempt in range(TRIES):
            case = await self._find(number)
            if version is not None and case.version != version:
                raise VersionConflictError(number)
            try:
                return await self._append(case, events, more)
            except VersionConflictError:
                if version is not None or attempt == TRIES - 1:
                    raise
        raise VersionConflictError(number)

    async def recompute(self, number: str, why: str) -> bool:
        """Compute the case's dates anew, because the calendar has changed. Returns whether its date moved or
        became final; then the event says from what to what and why, and those affected are told.
        """
        calendar = await self.calendars.current()
        case = await self._find(number)
        now = self.clock.now()
        fresh = with_due(case, calendar, now.astimezone(SHANGHAI).date())
        if (fresh.due, fresh.provisional) == (case.due, case.provisional) or not case.open:
            await self.cases.append(case, (), (), agenda_of(case, calendar, now))
            return False
        data = {"old": _iso(case.due), "new": _iso(fresh.due), "provisional": fresh.provisional, "why": why}
        event = Happened(type="deadline_changed", at=now, by="system", data=data)
        await self._append(case, (event,), ())
        return True

    async def _find(self, number: str) -> Case:
        case = await self.cases.find(number)
        if case is None:
            raise UnknownCaseError(number)
        return case

    async def _append(self, case: Case, events: Sequence[Happened], more: Sequence[OutMessage]) -> Case:
        calendar = await self.calendars.current()
        level = await self.preferences.level(case.filer) if case.filer else "must"
        today = self.clock.now().astimezone(SHANGHAI).date()
        messages = list(more)
        for event in events:
            after = record(case, event, calendar, today)
            messages += messages_for(case, after, event, self.scene(after, calendar, level))
            case = after
        await self.cases.append(case, events, messages, agenda_of(case, calendar, self.clock.now()))
        return case

    def scene(self, case: Case, calendar: Calendar, level: str) -> Scene:
        """What messages about `case` are made with now."""
        return Scene(calendar, self.clock.now(), level, self.links.calendar(case))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
