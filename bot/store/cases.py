"""Cases in SQL: filed once, appended to under a version, read back as the fold of their events."""

import json
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.agenda import write_agenda
from bot.store.database import Database
from bot.store.outbox_rows import insert_messages
from bot.store.schema import case_events, case_lookups, cases, evidence, numbers
from bot.vault import Vault
from handlers.cases.lifecycle import replay
from handlers.cases.model import SHANGHAI, Case, Happened, whose_turn
from handlers.cases.number import Kind, format_number
from handlers.ports import Agenda, Filed, Filing, OutMessage, VersionConflictError

CODE_DIGITS = 6


class CaseStore:
    """Implements `handlers.ports.Cases`."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database, self.vault = database, vault

    async def submit(self, filing: Filing) -> Filed:
        """File a case; a second time with the same draft gives the first one back, with the same code."""
        if found := await self._by_draft(filing.draft):
            return Filed(found, self._code(filing.draft), fresh=False)
        try:
            return Filed(await self._file(filing), self._code(filing.draft), fresh=True)
        except IntegrityError:
            # Two deliveries of the same 确认 at the same moment: the unique draft let one of them through.
            found = await self._by_draft(filing.draft)
            if found is None:
                raise
            return Filed(found, self._code(filing.draft), fresh=False)

    async def find(self, number: str) -> Case | None:
        """The case of that (tidy) number."""
        async with self.database.read() as connection:
            return await self._load(connection, cases.c.number == number)

    async def load(self, connection: AsyncConnection, number: str) -> Case | None:
        """The case of that number, read inside a transaction of the caller's."""
        return await self._load(connection, cases.c.number == number)

    def filed_as(self, draft: str) -> Callable[[AsyncConnection], Awaitable[str]]:
        """Finds the number of the case that `draft` became, inside a transaction of the caller's."""

        async def number(connection: AsyncConnection) -> str:
            return str(await connection.scalar(select(cases.c.number).where(cases.c.draft == draft)) or "")

        return number

    async def own(self, filer: str, *, only_open: bool = False) -> tuple[Case, ...]:
        """The cases that this openid filed, newest first."""
        wanted = select(cases.c.number).where(cases.c.filer == self.vault.index(filer, "filer"))
        if only_open:
            wanted = wanted.where(cases.c.closed.is_(None))
        async with self.database.read() as connection:
            found = (await connection.execute(wanted.order_by(cases.c.submitted.desc()))).scalars().all()
            loaded = [await self._load(connection, cases.c.number == number) for number in found]
        return tuple(case for case in loaded if case)

    async def look_up(self, field: str, value: str) -> tuple[str, ...]:
        """Numbers of the cases whose `field` (phone, id_no, name) is exactly `value`, by the blind index."""
        wanted = select(case_lookups.c.number).where(
            case_lookups.c.field == field, case_lookups.c.value == self.vault.index(value, field)
        )
        async with self.database.read() as connection:
            return tuple((await connection.execute(wanted)).scalars().all())

    async def code_fits(self, number: str, code: str) -> bool:
        """Whether `code` is the query code of that case; unknown numbers take as long as wrong codes."""
        async with self.database.read() as connection:
            kept = await connection.scalar(select(cases.c.code).where(cases.c.number == number))
        return secrets.compare_digest(kept or "", self._code_index(number, code)) and bool(kept)

    async def append(
        self,
        case: Case,
        events: Sequence[Happened],
        messages: Sequence[OutMessage] = (),
        agenda: Agenda | None = None,
    ) -> None:
        """Store what `handlers.cases.lifecycle.record` allowed: `case` is the state after `events`.

        Raises:
            VersionConflictError: somebody else appended in the meantime; nothing is stored.
        """
        before = case.version - len(events)
        async with self.database.write() as connection:
            changed = await connection.execute(
                update(cases)
                .where(cases.c.number == case.number, cases.c.version == before)
                .values(self._derived(case))
            )
            if changed.rowcount != 1:
                raise VersionConflictError(case.number)
            await self._insert_events(connection, case.number, before, events)
            await insert_messages(connection, self.vault, messages)
            if agenda is not None:
                await write_agenda(connection, case.number, agenda)

    async def _file(self, filing: Filing) -> Case:
        async with self.database.write() as connection:
            year = filing.at.astimezone(SHANGHAI).year
            number = format_number(filing.kind, year, await _next(connection, filing.kind, year))
            events = self._first_events(filing)
            case = replay(number, filing.kind, filing.filer, events)
            await connection.execute(insert(cases).values(self._row(case, filing)))
            await self._insert_events(connection, number, 0, events)
            await self._insert_lookups(connection, number, filing.lookups)
            belongs = update(evidence).where(evidence.c.draft == filing.draft).values(number=number)
            await connection.execute(belongs)
            await insert_messages(connection, self.vault, filing.messages, number)
            return case

    def _first_events(self, filing: Filing) -> list[Happened]:
        first = Happened(type="submitted", at=filing.at, by=filing.by, data={"answers": filing.answers})
        return [first, *filing.events]

    def _row(self, case: Case, filing: Filing) -> dict[str, Any]:
        return {
            "number": case.number,
            "kind": case.kind,
            "draft": filing.draft,
            "filer": self.vault.index(filing.filer, "filer") if filing.filer else "",
            "filer_blob": self.vault.encrypt(filing.filer.encode(), f"filer:{case.number}".encode()),
            "code": self._code_index(case.number, self._code(filing.draft)),
            "county": filing.county,
            "applicant": filing.applicant,
            "submitted": filing.at,
            **self._derived(case),
        }

    @staticmethod
    def _derived(case: Case) -> dict[str, Any]:
        return {
            "stage": case.stage,
            "outcome": case.outcome,
            "assignee": case.assignee,
            "number_12315": case.number_12315,
            "turn": whose_turn(case),
            "received": case.received,
            "due": case.due,
            "provisional": case.provisional,
            "closed": case.closed,
            "version": case.version,
        }

    async def _insert_events(
        self, connection: AsyncConnection, number: str, before: int, events: Iterable[Happened]
    ) -> None:
        rows = [
            {
                "number": number,
                "seq": seq,
                "type": event.type,
                "at": event.at,
                "by": event.by,
                "blob": self.vault.encrypt(_json(event.data), _place(number, seq)),
            }
            for seq, event in enumerate(events, before + 1)
        ]
        if rows:
            await connection.execute(insert(case_events), rows)

    async def _insert_lookups(
        self, connection: AsyncConnection, number: str, lookups: dict[str, str]
    ) -> None:
        rows = [
            {"number": number, "field": field, "value": self.vault.index(value, field)}
            for field, value in lookups.items()
            if value
        ]
        if rows:
            await connection.execute(insert(case_lookups), rows)

    async def _by_draft(self, draft: str) -> Case | None:
        async with self.database.read() as connection:
            return await self._load(connection, cases.c.draft == draft)

    async def _load(self, connection: AsyncConnection, which: Any) -> Case | None:
        # One statement: with two, the case could be read as it was and its events as they are by then, and
        # what is decided from both together would be wrong for either.
        of_events = [case_events.c[name] for name in ("seq", "type", "at", "by", "blob")]
        both = select(cases, *of_events).join(case_events, case_events.c.number == cases.c.number)
        rows = (await connection.execute(both.where(which).order_by(case_events.c.seq))).all()
        if not rows:
            return None
        row, events = rows[0], [self._event(each) for each in rows]
        filer = self.vault.decrypt(row.filer_blob, f"filer:{row.number}".encode()).decode()
        case = replay(row.number, row.kind, filer, events)
        return case.model_copy(
            update={"due": row.due, "provisional": row.provisional, "erased": bool(row.erased)}
        )

    def _event(self, row: Row[Any]) -> Happened:
        data = json.loads(self.vault.decrypt(row.blob, _place(row.number, row.seq)))
        return Happened(type=row.type, at=row.at, by=row.by, data=data)

    def _code(self, draft: str) -> str:
        # Made from the draft's id, so that a crash between filing and answering shows the same code again.
        return f"{int(self.vault.index(draft, 'query code'), 16) % 10**CODE_DIGITS:0{CODE_DIGITS}}"

    def _code_index(self, number: str, code: str) -> str:
        return self.vault.index(f"{number}\0{code}", "query code of")


async def _next(connection: AsyncConnection, kind: Kind, year: int) -> int:
    """The next sequence number; the row stays locked until the transaction ends, so none is given twice."""
    step = (
        update(numbers)
        .where(numbers.c.kind == kind, numbers.c.year == year)
        .values(last=numbers.c.last + 1)
        .returning(numbers.c.last)
    )
    if (found := await connection.scalar(step)) is not None:
        return int(found)
    async with connection.begin_nested() as savepoint:
        try:
            await connection.execute(insert(numbers).values(kind=kind, year=year, last=0))
        except IntegrityError:
            await savepoint.rollback()  # another process began the year at this very moment
    return int(await connection.scalar(step) or 0)


def _json(data: dict[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False, default=_jsonable).encode()


def _jsonable(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"not JSON: {type(value).__name__}")


def _place(number: str, seq: int) -> bytes:
    return f"event:{number}:{seq}".encode()
