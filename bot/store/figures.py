"""What the numbers are made of, read from the record without opening more of it than they need."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from bot.clock import SHANGHAI
from bot.store.database import Database
from bot.store.schema import case_events, cases
from bot.store.warning_tables import remedies
from bot.vault import Vault
from handlers.annual.table3 import Fact
from handlers.annual.table4 import Remedy
from handlers.cases.lifecycle import replay
from handlers.cases.model import Case, Happened
from handlers.cases.number import Kind
from handlers.ports import VersionConflictError

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case as the charts and exports see it: nothing personal."""

    number: str
    kind: Kind
    stage: str
    outcome: str
    county: str
    applicant: str
    assignee: str
    submitted: datetime
    received: date | None
    due: date | None
    closed: date | None


class Figures:
    """Reads cases in bulk, and keeps the reviews and lawsuits that clerks enter."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database, self._vault = database, vault

    async def facts(self, year: int) -> tuple[Fact, ...]:
        """Every disclosure request that table 3 of that year may count."""
        wanted = select(cases).where(
            cases.c.kind == "disclosure",
            cases.c.received <= date(year, 12, 31),
            cases.c.closed.is_(None) | (cases.c.closed >= _begin(date(year, 1, 1))),
        )
        async with self.database.read() as connection:
            rows = (await connection.execute(wanted.order_by(cases.c.number))).all()
        data = await self._answers([row.number for row in rows if row.outcome == "DENY"])
        return tuple(
            Fact(row.number, row.applicant, row.received, _day(row.closed), row.outcome, data.get(row.number))
            for row in rows
        )

    async def answers(self, numbers: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Number → the form as it was filed."""
        found = await self._events(numbers, first_only=True)
        return {number: events[0].data.get("answers", {}) for number, events in found.items()}

    async def closed(self, lines: Sequence[CaseLine]) -> tuple[tuple[Case, date], ...]:
        """Those of the cases that are closed, each with the day of it."""
        over = {line.number: line for line in lines if line.closed}
        events = await self._events(list(over))
        return tuple(
            (replay(number, line.kind, "", events[number]), line.closed)
            for number, line in over.items()
            if number in events and line.closed
        )

    async def _events(self, numbers: Sequence[str], *, first_only: bool = False) -> dict[str, list[Happened]]:
        found: dict[str, list[Happened]] = {}
        for some in _pieces(numbers):
            wanted = select(case_events).where(case_events.c.number.in_(some))
            if first_only:
                wanted = wanted.where(case_events.c.seq == 1)
            async with self.database.read() as connection:
                for row in await connection.execute(wanted.order_by(case_events.c.number, case_events.c.seq)):
                    data = json.loads(self._vault.decrypt(row.blob, _place(row.number, row.seq)))
                    found.setdefault(row.number, []).append(
                        Happened(type=row.type, at=row.at, by=row.by, data=data)
                    )
        return found

    async def years(self) -> tuple[int, ...]:
        """The years in which requests were received, the newest first."""
        async with self.database.read() as connection:
            first, last = (
                await connection.execute(select(func.min(cases.c.received), func.max(cases.c.received)))
            ).one()
        return tuple(range(last.year, first.year - 1, -1)) if first else ()

    async def lines(self, first: date, last: date) -> tuple[CaseLine, ...]:
        """The cases that were submitted in those days."""
        c = cases.c
        wanted = select(
            c.number, c.kind, c.stage, c.outcome, c.county, c.applicant, c.assignee, c.submitted, c.received,
            c.due, c.closed,
        ).where(c.submitted >= _begin(first), c.submitted < _begin(last + timedelta(days=1)))  # fmt: skip
        async with self.database.read() as connection:
            rows = (await connection.execute(wanted.order_by(c.submitted, c.number))).mappings().all()
        return tuple(CaseLine(**(dict(row) | {"closed": _day(row["closed"])})) for row in rows)

    async def remedies(self) -> tuple[Remedy, ...]:
        """All reviews and lawsuits, the newest first."""
        wanted = select(remedies).where(remedies.c.result != "removed").order_by(remedies.c.opened.desc())
        async with self.database.read() as connection:
            return tuple(_remedy(row) for row in await connection.execute(wanted))

    async def add_remedy(self, remedy: Remedy, by: str, at: datetime) -> None:
        """A new one."""
        values = _values(remedy) | {"by": by, "at": at, "version": 0}
        async with self.database.write() as connection:
            await connection.execute(insert(remedies).values(values))

    async def change_remedy(self, remedy: Remedy, by: str, at: datetime) -> None:
        """How it ended, or a correction; `result` "removed" takes it out of the tables.

        Raises:
            VersionConflictError: somebody else changed it meanwhile.
        """
        mine = (remedies.c.id == remedy.id) & (remedies.c.version == remedy.version)
        values = _values(remedy) | {"by": by, "at": at, "version": remedy.version + 1}
        async with self.database.write() as connection:
            changed = await connection.execute(update(remedies).where(mine).values(values))
            if changed.rowcount != 1:
                raise VersionConflictError(str(remedy.id))

    async def _answers(self, numbers: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Number → what its answer said."""
        found: dict[str, dict[str, Any]] = {}
        for some in _pieces(numbers):
            wanted = select(case_events).where(
                case_events.c.number.in_(some), case_events.c.type == "answered"
            )
            async with self.database.read() as connection:
                for row in await connection.execute(wanted):
                    blob = self._vault.decrypt(row.blob, _place(row.number, row.seq))
                    found[row.number] = json.loads(blob)
        return found


def _place(number: str, seq: int) -> bytes:
    return f"event:{number}:{seq}".encode()  # as bot/store/cases.py binds it


def _pieces(numbers: Sequence[str]) -> Iterable[Sequence[str]]:
    return (numbers[start : start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE))


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(0), SHANGHAI)


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(SHANGHAI).date() if moment else None


def _remedy(row: Row[Any]) -> Remedy:
    return Remedy(row.id, row.number, row.kind, row.result, row.opened, row.closed, row.note, row.version)


def _values(remedy: Remedy) -> dict[str, Any]:
    fields = ("number", "kind", "result", "opened", "closed", "note")
    return {field: getattr(remedy, field) for field in fields}
