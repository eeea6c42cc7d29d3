"""Where evidence lies: a row in SQL, and an encrypted file under `DATA_DIR/evidence`."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.evidence.fetch import Unavailable
from bot.evidence.pictures import RefusedPicture, cleaned
from bot.sealed import SealedFolder, new_id
from bot.store.database import Database
from bot.store.schema import cases, evidence
from bot.vault import Vault
from handlers.message import Message
from handlers.ports import EVIDENCE_LIMIT, Clock, Kept, Refused

# A draft is kept for seven days after its last touch; what belongs to none after that is nobody's.
ORPHANED_AFTER = timedelta(days=30)
DECODERS = 2  # at once: each may take some hundred MB

Fetched = Callable[[Message], Awaitable[bytes]]


class Item(NamedTuple):
    """One picture, as the console lists it. `slot` counts from 1; `sha256` is of the bytes as sent."""

    id: str
    slot: int
    number: str
    mime: str
    size: int
    sha256: str
    at: datetime


class EvidenceStore:
    """Implements `handlers.ports.Evidence`; `fetch` gets the bytes of a message, or raises `Unavailable`."""

    def __init__(
        self, database: Database, vault: Vault, fetch: Fetched, data_dir: Path, clock: Clock
    ) -> None:
        self._database, self._vault, self._clock = database, vault, clock
        self._fetch = fetch
        self._files = SealedFolder(data_dir / "evidence", vault)
        self._decoding = asyncio.Semaphore(DECODERS)

    async def keep(self, draft: str, message: Message) -> Kept | Refused:
        """Fetch the picture of `message`, check it, store it; a second time gives the first result again."""
        if message.kind != "image":
            return Refused("type")
        mark = self._vault.index(f"{message.user}\0{message.id}", "evidence")
        if kept := await self._kept(draft, mark):
            return kept
        if await self.count(draft) >= EVIDENCE_LIMIT:
            return Refused("full")
        try:
            sent = await self._fetch(message)
            async with self._decoding:
                picture = await asyncio.to_thread(cleaned, sent)
        except Unavailable:
            return Refused("gone")
        except RefusedPicture as refused:
            return Refused(refused.why)
        id = new_id()
        # The file first: a row without a file would be a promise that is not kept.
        await self._files.write(id, picture.content)
        row = {
            "id": id,
            "draft": draft,
            "message": mark,
            "mime": picture.mime,
            "size": len(picture.content),
            "sha256": hashlib.sha256(sent).hexdigest(),
            "at": self._clock.now(),
        }
        return await self._record(row)

    async def count(self, draft: str) -> int:
        """How many pictures the draft has."""
        async with self._database.read() as connection:
            return await _count(connection, draft)

    async def of_draft(self, draft: str) -> tuple[Item, ...]:
        """The pictures of a draft, in the order in which they came."""
        return await self._items(evidence.c.draft == draft)

    async def of_case(self, number: str) -> tuple[Item, ...]:
        """The pictures of a case, in the order in which they came."""
        return await self._items(evidence.c.number == number)

    async def open(self, id: str) -> tuple[Item, bytes] | None:
        """A picture and its bytes (JPEG or PNG, written by us), or None if there is no such one.

        Raises:
            VaultError: the file was changed.
        """
        found = await self._items(evidence.c.id == id)
        return (found[0], await self._files.read(id)) if found else None

    async def attach(self, draft: str, number: str) -> int:
        """Give the pictures of a draft to a case that was there before it (material added); how many."""
        free = (evidence.c.draft == draft) & (evidence.c.number == "")
        async with self._database.write() as connection:
            return (await connection.execute(update(evidence).where(free).values(number=number))).rowcount

    async def drop(self, draft: str) -> None:
        """Delete the pictures of a draft that was cancelled; those of a filed case stay."""
        await self._delete((evidence.c.draft == draft) & (evidence.c.number == ""))

    async def purge(self, number: str) -> int:
        """Delete the pictures of a case whose time of keeping is over; how many they were."""
        return await self._delete(evidence.c.number == number)

    async def sweep(self) -> int:
        """Delete what belongs to no case and no living draft; how many files went."""
        now = self._clock.now()
        newest = func.max(evidence.c.at) < now - ORPHANED_AFTER
        lone = select(evidence.c.draft).where(evidence.c.number == "").group_by(evidence.c.draft)
        gone = await self._delete((evidence.c.number == "") & evidence.c.draft.in_(lone.having(newest)))
        async with self._database.read() as connection:
            known = (await connection.execute(select(evidence.c.id))).scalars().all()
        return gone + await self._files.sweep(known)

    async def _record(self, row: dict[str, object]) -> Kept | Refused:
        """Write the row into the first free place; two at once cannot take the same one."""
        draft, id = str(row["draft"]), str(row["id"])
        while True:
            try:
                async with self._database.write() as connection:
                    taken = await self._taken(connection, draft)
                    free = next((slot for slot in range(1, EVIDENCE_LIMIT + 1) if slot not in taken), None)
                    if free is None:
                        break
                    filed = await connection.scalar(select(cases.c.number).where(cases.c.draft == draft))
                    await connection.execute(insert(evidence).values(**row, slot=free, number=filed or ""))
                    return Kept(id, len(taken) + 1)
            except IntegrityError:
                # Someone took the place, or another delivery of the same message was first.
                if kept := await self._kept(draft, str(row["message"])):
                    await self._files.delete(id)
                    return kept
        await self._files.delete(id)
        return Refused("full")

    async def _kept(self, draft: str, mark: str) -> Kept | None:
        wanted = select(evidence.c.id).where(evidence.c.draft == draft, evidence.c.message == mark)
        async with self._database.read() as connection:
            id = await connection.scalar(wanted)
            return Kept(id, await _count(connection, draft)) if id else None

    async def _taken(self, connection: AsyncConnection, draft: str) -> set[int]:
        wanted = select(evidence.c.slot).where(evidence.c.draft == draft)
        return set((await connection.execute(wanted)).scalars())

    async def _items(self, which: ColumnElement[bool]) -> tuple[Item, ...]:
        columns = [evidence.c[name] for name in Item._fields]
        wanted = select(*columns).where(which).order_by(evidence.c.at, evidence.c.draft, evidence.c.slot)
        async with self._database.read() as connection:
            return tuple(Item(*row) for row in await connection.execute(wanted))

    async def _delete(self, which: ColumnElement[bool]) -> int:
        async with self._database.write() as connection:
            gone = (
                await connection.execute(delete(evidence).where(which).returning(evidence.c.id))
            ).scalars()
            ids = list(gone)
        for id in ids:
            await self._files.delete(id)
        return len(ids)


async def _count(connection: AsyncConnection, draft: str) -> int:
    wanted = select(func.count()).select_from(evidence).where(evidence.c.draft == draft)
    return await connection.scalar(wanted) or 0
