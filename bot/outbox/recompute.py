"""After a holiday notice was entered: open cases are computed anew, what moved is logged and told."""

from collections.abc import AsyncIterator
from datetime import timedelta

import structlog
from sqlalchemy import select

from bot.store.calendars import CalendarStore
from bot.store.cases import CaseStore
from bot.store.outbox_rows import insert_messages
from bot.store.schema import cases
from handlers.cases.service import CaseService
from handlers.notices.hours import not_at_night
from handlers.ports import OutMessage, VersionConflictError

PAGE = 200
# What was being stored with the old calendar while the first pass ran is caught by a pass after this.
SETTLED_AFTER = timedelta(minutes=1)
TRIES = 5

log = structlog.get_logger()


class Recompute:
    """Run it as often as you like, in as many replicas: a case whose date fits the calendar is left alone."""

    def __init__(self, store: CaseStore, service: CaseService, calendars: CalendarStore) -> None:
        self._store, self._service, self._calendars = store, service, calendars

    async def run_once(self) -> int:
        """Deal with the notices that are not settled yet. Returns how many cases moved."""
        total = 0
        for revision, year, entered in await self._calendars.unsettled():
            began = self._service.clock.now()
            moved = await self._all_cases(revision, year)
            total += moved
            if not moved and began - entered >= SETTLED_AFTER:
                await self._calendars.settle(revision)
        return total

    async def _all_cases(self, revision: int, year: int) -> int:
        why = f"{year}年放假安排已公布，重新计算"
        moved = [number async for number in self._open_cases() if await self._one(number, why)]
        if moved:
            log.info("deadlines_recomputed", year=year, moved=len(moved))
            await self._tell_clerks(revision, year, moved)
        return len(moved)

    async def _open_cases(self) -> AsyncIterator[str]:
        last = ""
        while True:
            wanted = select(cases.c.number).where(
                cases.c.number > last, cases.c.closed.is_(None), cases.c.received.is_not(None)
            )
            async with self._store.database.read() as connection:
                page = await connection.execute(wanted.order_by(cases.c.number).limit(PAGE))
                numbers = page.scalars().all()
            if not numbers:
                return
            for number in numbers:
                yield number
            last = numbers[-1]

    async def _one(self, number: str, why: str) -> bool:
        for _ in range(TRIES):
            try:
                return await self._service.recompute(number, why)
            except VersionConflictError:
                continue
            except ValueError as error:  # an unreadable case must not stop the others; the next pass returns
                log.error("case_not_recomputed", number=number, exc_info=error)
                return False
        return True  # changing all the time: not settled, look again

    async def _tell_clerks(self, revision: int, year: int, moved: list[str]) -> None:
        now = self._service.clock.now()
        shown = "\n".join(moved[:50]) + ("\n……" if len(moved) > 50 else "")
        payload = {
            "role": "clerk",
            "assignee": "",
            "subject": f"{year}年放假安排已录入，{len(moved)}件的日期有变化",
            "text": f"按{year}年放假安排重新计算，下列案件的日期有变化或已确定，已通知申请人：\n{shown}",
        }
        due = not_at_night(now)
        mail = OutMessage(f"calendar:{revision}:{moved[0]}", "staff_mail", due, payload)
        async with self._store.database.write() as connection:
            await insert_messages(connection, self._store.vault, [mail])
