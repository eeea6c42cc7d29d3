"""What the numbers are made of, read from the record without opening more of it than they need."""

import json
from collections.abc import Iterable
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
from handlers.ports import VersionConflictError

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case as the charts and exports see it: nothing personal."""

    number: str
    kind: str
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

    async def _answers(self, numbers: list[str]) -> dict[str, dict[str, Any]]:
        """Number → what its answer said."""
        found: dict[str, dict[str, Any]] = {}
        for some in _pieces(numbers):
            wanted = select(case_events).where(
                case_events.c.number.in_(some), case_events.c.type == "answered"
            )
            async with self.database.read() as connection:
                for row in await connection.execute(wanted):
                    place = f"event:{row.number}:{row.seq}".encode()
                    found[row.number] = json.loads(self._vault.decrypt(row.blob, place))
        return found


def _pieces(numbers: list[str]) -> Iterable[list[str]]:
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
