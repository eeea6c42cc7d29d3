"""Changes of entries by clerks: an overlay over knowledge/faq, with its history. Nothing is ever deleted."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from pydantic import ValidationError
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.knowledge_tables import entry_versions
from knowledge.entries import Entry

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class EntryVersion:
    """One change. `entry` None: back to how the file has it (or away, if it is in no file)."""

    seq: int
    id: str
    entry: Entry | None
    by: str
    at: datetime
    note: str


class ConflictError(Exception):
    """Somebody else changed the entry since it was read."""


class EntryVersions:
    """The overlay."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def last(self) -> int:
        """The number of the newest change; every replica asks for it every two seconds."""
        async with self.database.read() as connection:
            return int(await connection.scalar(select(func.max(entry_versions.c.seq))) or 0)

    async def overlay(self) -> dict[str, Entry | None]:
        """For each entry that was changed: how it is now. What does not parse any more is left out."""
        newest = select(func.max(entry_versions.c.seq)).group_by(entry_versions.c.entry)
        wanted = select(entry_versions).where(entry_versions.c.seq.in_(newest))
        async with self.database.read() as connection:
            rows = (await connection.execute(wanted.order_by(entry_versions.c.seq))).all()
        return {row.entry: _parsed(row.entry, row.content) for row in rows}

    async def history(self, id: str = "", limit: int = 100) -> tuple[EntryVersion, ...]:
        """The changes of an entry (or of all), the newest first."""
        wanted = select(entry_versions).order_by(entry_versions.c.seq.desc()).limit(limit)
        if id:
            wanted = wanted.where(entry_versions.c.entry == id)
        async with self.database.read() as connection:
            rows = (await connection.execute(wanted)).all()
        return tuple(
            EntryVersion(row.seq, row.entry, _parsed(row.entry, row.content), row.by, row.at, row.note)
            for row in rows
        )

    async def last_of(self, id: str) -> int:
        """The number of the newest change of that entry, 0 if there is none."""
        async with self.database.read() as connection:
            return await _last_of(connection, id)

    async def save(self, id: str, entry: Entry | None, seen: int, deed: tuple[str, datetime, str]) -> int:
        """Store a change; `seen` is `last_of` when it was read, `deed` who, when, why. Gives its number.

        Raises:
            ConflictError: the entry was changed meanwhile.
        """
        by, at, note = deed
        content = entry.model_dump_json() if entry else None
        async with self.database.write() as connection:
            if not self.database.sqlite:  # one writer at a time, as SQLite has it anyway
                await connection.execute(select(func.pg_advisory_xact_lock(20260416)))
            if await _last_of(connection, id) != seen:
                raise ConflictError(id)
            values = {"entry": id, "content": content, "by": by, "at": at, "note": note[:200]}
            stored = await connection.execute(
                insert(entry_versions).values(values).returning(entry_versions.c.seq)
            )
            return int(stored.scalar_one())


async def _last_of(connection: AsyncConnection, id: str) -> int:
    mine = select(func.max(entry_versions.c.seq)).where(entry_versions.c.entry == id)
    return int(await connection.scalar(mine) or 0)


def _parsed(id: str, content: str | None) -> Entry | None:
    if content is None:
        return None
    try:
        return Entry.model_validate_json(content)
    except ValidationError:
        # A deploy made the rules for entries stricter: the file's own version counts until a clerk looks.
        log.warning("changed_entry_does_not_fit", entry=id)
        return None
