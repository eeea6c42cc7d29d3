"""The sandbox's memory in Redis, and the pages that listen to it.

Chats and inspector are streams; everything in them is encrypted, for people type real-looking names, phones
and ID numbers into a sandbox, and a data folder must not show them.
"""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from typing import Any, TypeVar, cast

import structlog
from pydantic import BaseModel, ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.sandbox.entries import Entry, Wire
from bot.vault import Vault, VaultError

KEPT_ENTRIES = 500  # of one chat
KEPT_WIRES = 120
WIRES = "sandbox:wire"
QUEUE = 1_000

M = TypeVar("M", bound=BaseModel)
Item = tuple[str, str, str]  # event, id, JSON

log = structlog.get_logger()


class Journal:
    """Keeps entries and tells every open page of them."""

    def __init__(self, redis: Redis, vault: Vault) -> None:
        self._redis, self._vault = redis, vault
        self._one_by_one = asyncio.Lock()
        self._pages: dict[asyncio.Queue[Item | None], str] = {}

    async def add(self, openid: str, entry: Entry) -> Entry:
        """Keep an entry of a chat; it comes back with its id."""
        async with self._one_by_one:
            kept = entry.model_copy(update={"id": await self._append(_chat(openid), entry, KEPT_ENTRIES)})
            self.tell("entry", kept.model_dump_json(), to=openid, id_=kept.id)
            if entry.who == "bot":
                self.tell("news", json.dumps(openid))  # a red dot for pages that show someone else
        return kept

    async def add_wire(self, wire: Wire) -> None:
        """Keep an exchange for the inspector."""
        async with self._one_by_one:
            kept = wire.model_copy(update={"id": await self._append(WIRES, wire, KEPT_WIRES)})
            self.tell("wire", kept.model_dump_json())

    async def entries(self, openid: str, after: str = "") -> list[Entry]:
        """A chat, or what came after an id."""
        return await self._read(_chat(openid), Entry, f"({after}" if after else "-")

    async def wires(self) -> list[Wire]:
        """What went over the wire lately."""
        return await self._read(WIRES, Wire, "-")

    async def forget(self, openid: str) -> None:
        """Empty a chat, and the inspector with it."""
        await self._redis.delete(_chat(openid), WIRES)

    def tell(self, event: str, data: str, *, to: str = "", id_: str = "") -> None:
        """Tell the pages of one person, or (empty) all pages."""
        for queue, openid in list(self._pages.items()):
            if to in ("", openid):
                _put(queue, (event, id_, data))

    @contextlib.contextmanager
    def page(self, openid: str) -> Iterator[asyncio.Queue[Item | None]]:
        """A queue of what happens from now on; None ends it."""
        queue: asyncio.Queue[Item | None] = asyncio.Queue(QUEUE)
        self._pages[queue] = openid
        try:
            yield queue
        finally:
            del self._pages[queue]

    def close(self) -> None:
        """Send every page home."""
        for queue in self._pages:
            _put(queue, None)

    async def _append(self, key: str, item: BaseModel, most: int) -> str:
        sealed = self._vault.encrypt(item.model_dump_json().encode(), key.encode())
        try:
            found = await self._redis.xadd(key, {b"e": sealed}, maxlen=most)
        except RedisError as error:
            log.warning("sandbox_entry_not_kept", reason=type(error).__name__)
            return ""
        return cast(bytes, found).decode()

    async def _read(self, key: str, model: type[M], start: str) -> list[M]:
        rows = cast(list[tuple[bytes, dict[bytes, bytes]]], await self._redis.xrange(key, min=start))
        found = (self._parsed(key, model, id_, fields) for id_, fields in rows)
        return [item for item in found if item is not None]

    def _parsed(self, key: str, model: type[M], id_: bytes, fields: dict[bytes, Any]) -> M | None:
        try:
            item = model.model_validate_json(self._vault.decrypt(fields[b"e"], key.encode()))
        except (VaultError, ValidationError, KeyError):
            return None  # of another key or another version: an old chat is no reason not to start
        return item.model_copy(update={"id": id_.decode()})


def _put(queue: asyncio.Queue[Item | None], item: Item | None) -> None:
    """A page that does not read any more is sent home; its browser connects again and catches up."""
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        item = None
    queue.put_nowait(item)


def _chat(openid: str) -> str:
    return f"sandbox:chat:{openid}"
