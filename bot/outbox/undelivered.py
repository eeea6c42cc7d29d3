"""What did not reach people by its day: a clerk calls them, or says that nothing need be told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, update

from bot.outbox.states import CONTACT, DEAD, FAILED, NEW, SETTLED, UNCERTAIN, WAITING
from bot.outbox.store import OutboxStore
from bot.store.cases import CaseStore
from bot.store.schema import outbox
from handlers.notices.messages import TOO_LATE


@dataclass(frozen=True, slots=True)
class Unheard:
    """One notice that somebody has not heard, with the number to call."""

    id: int
    key: str
    number: str
    state: str
    reason: str
    made: datetime
    text: str
    name: str
    phone: str


class Undelivered:
    """For the console. Reads and writes SQL; the caller keeps the audit log."""

    def __init__(self, store: OutboxStore, cases: CaseStore) -> None:
        self._store, self._cases = store, cases

    @staticmethod
    def _which(now: datetime) -> ColumnElement[bool]:
        """Failed, or still waiting when its day was over. What a later notice has replaced is no loss."""
        failed = outbox.c.state.in_(FAILED) & (outbox.c.reason != TOO_LATE)
        waiting = outbox.c.state.in_(WAITING) & (outbox.c.day < now)
        return (outbox.c.kind == "notice") & (failed | waiting)

    async def count(self, now: datetime) -> int:
        """How many there are."""
        async with self._store.database.read() as connection:
            return await connection.scalar(select(func.count()).where(self._which(now))) or 0

    async def page(self, now: datetime, limit: int = 50, before: int | None = None) -> tuple[Unheard, ...]:
        """The newest first; `before` is the id of the last one of the page before."""
        wanted = select(outbox).where(self._which(now)).order_by(outbox.c.id.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(outbox.c.id < before)
        async with self._store.database.read() as connection:
            rows = (await connection.execute(wanted)).all()
            return tuple([await self._unheard(connection, row) for row in rows])

    async def _unheard(self, connection: Any, row: Row[Any]) -> Unheard:
        case = await self._cases.load(connection, row.number)
        answers = case.answers if case else {}
        return Unheard(
            id=row.id,
            key=row.key,
            number=row.number,
            state=row.state,
            reason=row.reason,
            made=row.made,
            text=self._store.opened(row).text,
            name=str(answers.get("name", "")),
            phone=str(answers.get("phone", "")),
        )

    async def settle(self, id: int) -> bool:
        """The person was told otherwise; it is not sent any more. False if it went out meanwhile."""
        states = (NEW, CONTACT, DEAD, UNCERTAIN)
        return await self._set(id, states, {"state": SETTLED, "lease": ""})

    async def resend(self, id: int, now: datetime, until: datetime) -> bool:
        """Try again, for a clerk is sure that it did not arrive."""
        again = {"state": NEW, "lease": "", "tried": "", "due": now, "until": until, "day": until}
        return await self._set(id, (DEAD, UNCERTAIN, CONTACT), again)

    async def _set(self, id: int, states: tuple[str, ...], values: dict[str, Any]) -> bool:
        async with self._store.database.write() as connection:
            which = (outbox.c.id == id) & outbox.c.state.in_(states)
            return (await connection.execute(update(outbox).where(which).values(values))).rowcount == 1
