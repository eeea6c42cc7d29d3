"""The audit log: who did what, when, to which case. Append-only; a changed or missing line shows.

Each line's hash is keyed (nobody without `PII_KEY` can make one) and covers the line and the hash before it.
A sealed head says how long the log is, so that lines cut off at the end show too; besides, every line's
number and hash go to the program's log, where a copy of an older head can be told.
"""

import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database, adding
from bot.store.staff_tables import audit, audit_head
from bot.vault import Vault
from handlers.ports import Clock

HEAD = 1
ABOUT_LENGTH = 200

FindNumber = Callable[[AsyncConnection], Awaitable[str]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `who` is an account's id, "cli" or "system"; `about` never holds personal data."""

    seq: int
    at: str
    who: str
    what: str
    number: str
    about: str
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking the log came to: its length and last hash, and what is wrong with it ("" if nothing)."""

    length: int
    hash: str
    trouble: str = ""


class AuditStore:
    """Writes and checks the log. `announced`: each line's number and hash go to the program's log as well."""

    def __init__(self, database: Database, vault: Vault, clock: Clock, *, announced: bool = True) -> None:
        self._database, self._vault, self._clock = database, vault, clock
        self._announced = announced

    async def note(self, who: str, what: str, number: str = "", about: str = "") -> None:
        """Append a line in a transaction of its own."""
        async with self._database.write() as connection:
            await self.add(connection, who, what, number, about)

    @contextmanager
    def along(self, who: str, what: str, number: str | FindNumber = "", about: str = "") -> Iterator[None]:
        """Append a line in the transaction of what the block does, so that no crash parts the two. `number`
        may be found inside it: a case that is filed there has none before.
        """

        async def addition(connection: AsyncConnection) -> None:
            found = number if isinstance(number, str) else await number(connection)
            await self.add(connection, who, what, found, about)

        with adding(addition):
            yield

    async def add(
        self, connection: AsyncConnection, who: str, what: str, number: str = "", about: str = ""
    ) -> None:
        """Append a line in the transaction of what it tells."""
        before = await self._head(connection)
        at = self._clock.now().isoformat(timespec="seconds")
        seq, about = before.length + 1, about[:ABOUT_LENGTH]
        entry = Entry(seq, at, who, what, number, about, "")
        mark = self._hash(entry, before.hash)
        await connection.execute(
            insert(audit).values(seq=seq, at=at, who=who, what=what, number=number, about=about, hash=mark)
        )
        await connection.execute(
            update(audit_head)
            .where(audit_head.c.id == HEAD)
            .values(seq=seq, hash=mark, seal=self._seal(seq, mark))
        )
        if self._announced:
            log.info("audit", seq=seq, hash=mark, who=who, what=what)

    async def page(self, before: int | None = None, limit: int = 50, number: str = "") -> tuple[Entry, ...]:
        """The latest lines before line `before`, newest first; of one case if `number` is given."""
        wanted = select(audit).order_by(audit.c.seq.desc()).limit(limit)
        if before:
            wanted = wanted.where(audit.c.seq < before)
        if number:
            wanted = wanted.where(audit.c.number == number)
        async with self._database.read() as connection:
            return tuple(Entry(*row) for row in await connection.execute(wanted))

    async def verify(self) -> Verdict:
        """Go through the whole log, as it is at one moment: others write on meanwhile."""
        seq, mark = 0, ""
        async with self._database.snapshot() as connection:
            head = (await connection.execute(select(audit_head))).first()
            async for row in await connection.stream(select(audit).order_by(audit.c.seq)):
                entry = Entry(*row)
                if entry.seq != seq + 1:
                    return Verdict(seq, mark, f"第{seq + 1}条缺失")
                if entry.hash != self._hash(entry, mark):
                    return Verdict(seq, mark, f"第{entry.seq}条被改动过，或它前面的记录被换过")
                seq, mark = entry.seq, entry.hash
            total = await connection.scalar(select(func.count()).select_from(audit))
        if head is None:
            return Verdict(seq, mark, "日志的末尾标记不见了" if total else "")
        if head.seal != self._seal(head.seq, head.hash) or (head.seq, head.hash) != (seq, mark):
            return Verdict(seq, mark, f"末尾缺了记录：应有{head.seq}条，只有{seq}条")
        return Verdict(seq, mark)

    async def _head(self, connection: AsyncConnection) -> Verdict:
        """The end of the log, locked until the transaction ends (SQLite has one writer anyway)."""
        wanted = select(audit_head).where(audit_head.c.id == HEAD).with_for_update()
        row = (await connection.execute(wanted)).first()
        if row is None:
            async with connection.begin_nested() as savepoint:
                try:
                    values = {"id": HEAD, "seq": 0, "hash": "", "seal": self._seal(0, "")}
                    await connection.execute(insert(audit_head).values(values))
                except IntegrityError:
                    await savepoint.rollback()  # another process wrote the first line at this very moment
            row = (await connection.execute(wanted)).one()
        return Verdict(row.seq, row.hash)

    def _hash(self, entry: Entry, before: str) -> str:
        line = [before, entry.seq, entry.at, entry.who, entry.what, entry.number, entry.about]
        return self._vault.index(json.dumps(line, ensure_ascii=False), "audit")

    def _seal(self, seq: int, mark: str) -> str:
        return self._vault.index(f"{seq}:{mark}", "audit head")
