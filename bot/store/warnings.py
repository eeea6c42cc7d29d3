"""Warnings in SQL: what they say, what has been done with them, who may be shown test sends."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.warning_tables import warning_events, warnings
from handlers.ports import VersionConflictError
from handlers.warnings.model import Approval, Content, State, Warning_

# Both make a new round of approval necessary.
RESETS = frozenset({"edited", "submitted", "rejected"})


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done with a warning."""

    type: str  # handlers/warnings/steps.py DIDS
    by: str
    at: datetime
    step: str = ""
    hash: str = ""
    note: str = ""


def new_id() -> str:
    """An id that cannot be guessed (12 hex digits)."""
    return secrets.token_hex(6)


class WarningStore:
    """The record of warnings."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def create(self, warning: Warning_, deed: Deed) -> None:
        """Store a new draft."""
        async with self.database.write() as connection:
            base = {"id": warning.id, "author": warning.author, "made": warning.made, "lease": ""}
            await connection.execute(insert(warnings).values(_row(warning) | base))
            await self._note(connection, warning.id, deed)

    async def save(self, before: Warning_, after: Warning_, deed: Deed) -> None:
        """Store what `handlers.warnings.steps` made of it.

        Raises:
            VersionConflictError: somebody else was quicker; nothing is stored.
        """
        async with self.database.write() as connection:
            await self.save_in(connection, before, after, deed)

    async def save_in(
        self, connection: AsyncConnection, before: Warning_, after: Warning_, deed: Deed
    ) -> None:
        """As `save`, in a transaction of the caller's."""
        mine = (warnings.c.id == before.id) & (warnings.c.version == before.version)
        changed = await connection.execute(update(warnings).where(mine).values(_row(after)))
        if changed.rowcount != 1:
            raise VersionConflictError(before.id)
        await self._note(connection, after.id, deed)

    async def note(self, warning: Warning_, deed: Deed) -> None:
        """Remember something that does not change the warning (a test send)."""
        async with self.database.write() as connection:
            await self._note(connection, warning.id, deed)

    async def find(self, id: str) -> Warning_ | None:
        """The warning of that id."""
        async with self.database.read() as connection:
            row = (await connection.execute(select(warnings).where(warnings.c.id == id))).first()
            return await self._load(connection, row) if row else None

    async def all(self, states: Collection[State] = (), limit: int = 200) -> tuple[Warning_, ...]:
        """Warnings in those states (or all), the newest first."""
        wanted = select(warnings).order_by(warnings.c.made.desc(), warnings.c.id).limit(limit)
        if states:
            wanted = wanted.where(warnings.c.state.in_(states))
        async with self.database.read() as connection:
            rows = (await connection.execute(wanted)).all()
            return tuple([await self._load(connection, row) for row in rows])

    async def history(self, id: str) -> tuple[Deed, ...]:
        """Everything that was done with it, in order."""
        async with self.database.read() as connection:
            return tuple(await self._deeds(connection, id))

    async def _load(self, connection: AsyncConnection, row: Row[Any]) -> Warning_:
        deeds = await self._deeds(connection, row.id)
        fields = ("title", "body", "category", "county", "source", "valid_until", "cover")
        # Stored content was checked when it was written; rules that change later must not hide it.
        content = Content.model_construct(**{field: getattr(row, field) for field in fields})
        return Warning_.model_construct(
            id=row.id,
            content=content,
            author=row.author,
            writers=frozenset(deed.by for deed in deeds if deed.type in ("written", "edited")),
            state=row.state,
            approvals=_approvals(deeds),
            scheduled=row.scheduled,
            version=row.version,
            made=row.made,
        )

    async def _deeds(self, connection: AsyncConnection, id: str) -> Sequence[Deed]:
        wanted = select(warning_events).where(warning_events.c.warning == id).order_by(warning_events.c.seq)
        rows = await connection.execute(wanted)
        return [Deed(row.type, row.by, row.at, row.step, row.hash, row.note) for row in rows]

    async def _note(self, connection: AsyncConnection, id: str, deed: Deed) -> None:
        """The next line of its history. Versions and lines are apart: not every line changes the warning."""
        wanted = select(warning_events.c.seq).where(warning_events.c.warning == id)
        last = (await connection.execute(wanted.order_by(warning_events.c.seq.desc()).limit(1))).scalar()
        values = {"warning": id, "seq": 0 if last is None else last + 1, "type": deed.type, "by": deed.by}
        values |= {"at": deed.at, "step": deed.step, "hash": deed.hash, "note": deed.note[:300]}
        await connection.execute(insert(warning_events).values(values))


def _approvals(deeds: Sequence[Deed]) -> tuple[Approval, ...]:
    """Those given since it was last submitted."""
    found: list[Approval] = []
    for deed in deeds:
        if deed.type in RESETS:
            found.clear()
        elif deed.type == "approved":
            found.append(Approval(step=deed.step, by=deed.by, at=deed.at, hash=deed.hash))
    return tuple(found)


def _row(warning: Warning_) -> dict[str, Any]:
    state = {"state": warning.state, "scheduled": warning.scheduled, "version": warning.version}
    return {**warning.content.model_dump(), **state}
