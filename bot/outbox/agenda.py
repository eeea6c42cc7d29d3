"""Turns what is due on the agenda into messages."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import agenda as rows
from bot.store.cases import CaseStore
from bot.store.notice_tables import agenda
from bot.store.outbox_rows import insert_messages
from bot.store.preferences import PreferenceStore
from bot.store.schema import cases
from handlers.cases.model import Case
from handlers.cases.service import CaseService
from handlers.notices.messages import messages_due
from handlers.notices.planned import plan
from handlers.ports import Planned
from knowledge.calendar import Calendar

BATCH = 50
LATER = timedelta(hours=1)  # a case that cannot be read now is looked at again then

log = structlog.get_logger()


class AgendaJob:
    """Run it as often as you like, in as many replicas: a row becomes messages in the transaction that
    removes it, under the lock of its case, so none is skipped and none is told twice.
    """

    def __init__(self, store: CaseStore, service: CaseService, preferences: PreferenceStore) -> None:
        self._store, self._service, self._preferences = store, service, preferences
        self._database = store.database

    async def run_once(self) -> int:
        """Deal with everything that is due now. Returns how many rows became messages."""
        done = 0
        while True:
            now = self._service.clock.now()
            async with self._database.read() as connection:
                numbers = await rows.numbers_due(connection, now, BATCH)
            if not numbers:
                return done
            told = await self._batch(numbers, now)
            if not told:
                return done  # another replica holds the rest
            done += told

    async def _batch(self, numbers: Sequence[str], now: datetime) -> int:
        calendar = await self._service.calendars.current()
        try:
            return await self._turn(numbers, calendar, now)
        except ValueError:
            # One case that cannot be read (a key that is gone, a broken event) must not hold up the others.
            return sum([await self._alone(number, calendar, now) for number in numbers])

    async def _alone(self, number: str, calendar: Calendar, now: datetime) -> int:
        try:
            return await self._turn([number], calendar, now)
        except ValueError as error:
            log.error("agenda_row_unreadable", number=number, exc_info=error)
            async with self._database.write() as connection:
                which = (agenda.c.number == number) & (agenda.c.moment <= now)
                await connection.execute(agenda.update().where(which).values(moment=now + LATER))
            return 1

    async def _turn(self, numbers: Sequence[str], calendar: Calendar, now: datetime) -> int:
        async with self._database.write() as connection:
            locked = await self._lock(connection, numbers)
            due = await rows.rows_due(connection, locked, now)
            found = {number: await self._store.load(connection, number) for number, _ in due}
            for number, planned in due:
                case = found[number]
                if case and _still(case, planned, calendar, now.date()):
                    await self._tell(connection, case, planned, calendar)
            await rows.remove_due(connection, locked, now)
            return len(due)

    @staticmethod
    async def _lock(connection: AsyncConnection, numbers: Sequence[str]) -> list[str]:
        """The cases that nobody else is changing now; an event that is being stored goes first."""
        wanted = select(cases.c.number).where(cases.c.number.in_(numbers)).order_by(cases.c.number)
        found = await connection.execute(wanted.with_for_update(skip_locked=True))
        return list(found.scalars().all())

    async def _tell(
        self, connection: AsyncConnection, case: Case, planned: Planned, calendar: Calendar
    ) -> None:
        level = await self._preferences.level_in(connection, case.filer) if case.filer else "must"
        messages = messages_due(case, planned, self._service.scene(case, calendar, level))
        await insert_messages(connection, self._store.vault, messages)


def _still(case: Case, planned: Planned, calendar: Calendar, today: date) -> bool:
    """Whether the case as it stands leads to this notice."""
    wanted: Any = (planned.notice, planned.version)
    return any((each.notice, each.version) == wanted for each in plan(case, calendar, today))
