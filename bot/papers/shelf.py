"""Papers that were made for a case: a row in SQL, and an encrypted file under `DATA_DIR/papers`."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, insert, select

from bot.sealed import SealedFolder, new_id
from bot.store.database import Database
from bot.store.schema import cases, papers
from bot.vault import Vault
from handlers.ports import Clock


class Stored(NamedTuple):
    """One paper of a case, as the console lists it. `paper` is its id in config/papers."""

    id: str
    number: str
    paper: str
    by: str
    size: int
    sha256: str
    at: datetime


class Shelf:
    """The papers of all cases. A paper is never changed; a new version is a new paper."""

    def __init__(self, database: Database, vault: Vault, data_dir: Path, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._files = SealedFolder(data_dir / "papers", vault)

    async def keep(self, number: str, paper: str, content: bytes, by: str) -> Stored:
        """Store a paper of the case `number`. IntegrityError if there is no such case."""
        stored = await self._written(number, paper, content, by)
        async with self._database.write() as connection:
            await connection.execute(insert(papers).values(stored._asdict()))
        return stored

    async def keep_once(self, number: str, paper: str, content: bytes, by: str) -> Stored | None:
        """The same, unless `by` has stored that paper of the case before: then None."""
        stored = await self._written(number, paper, content, by)
        before = select(papers.c.id).where(
            papers.c.number == number, papers.c.paper == paper, papers.c.by == by
        )
        async with self._database.write() as connection:
            # The case's row is held, so that two processes look one after the other.
            await connection.execute(select(cases.c.number).where(cases.c.number == number).with_for_update())
            known = await connection.scalar(before)
            if known is None:
                await connection.execute(insert(papers).values(stored._asdict()))
                return stored
        await self._files.delete(stored.id)
        return None

    async def _written(self, number: str, paper: str, content: bytes, by: str) -> Stored:
        digest = hashlib.sha256(content).hexdigest()
        stored = Stored(new_id(), number, paper, by, len(content), digest, self._clock.now())
        # The file first: a row without a file would be a promise that is not kept.
        await self._files.write(stored.id, content)
        return stored

    async def of_case(self, number: str) -> tuple[Stored, ...]:
        """The papers of a case, newest first."""
        return await self._rows(papers.c.number == number)

    async def open(self, id: str) -> tuple[Stored, bytes] | None:
        """A paper and its bytes, or None if there is no such one. VaultError if the file was changed."""
        found = await self._rows(papers.c.id == id)
        return (found[0], await self._files.read(id)) if found else None

    async def purge(self, number: str) -> int:
        """Delete the papers of a case whose time of keeping is over; how many they were."""
        async with self._database.write() as connection:
            gone = delete(papers).where(papers.c.number == number).returning(papers.c.id)
            ids = list((await connection.execute(gone)).scalars())
        for id in ids:
            await self._files.delete(id)
        return len(ids)

    async def sweep(self) -> int:
        """Delete files that no paper has; how many."""
        async with self._database.read() as connection:
            known = (await connection.execute(select(papers.c.id))).scalars().all()
        return await self._files.sweep(known)

    async def _rows(self, which: ColumnElement[bool]) -> tuple[Stored, ...]:
        columns = [papers.c[name] for name in Stored._fields]
        async with self._database.read() as connection:
            wanted = select(*columns).where(which).order_by(papers.c.at.desc(), papers.c.id)
            return tuple(Stored(*row) for row in await connection.execute(wanted))
