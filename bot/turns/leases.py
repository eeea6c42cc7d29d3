"""Keeps the tickets of this process alive in Redis for as long as it is."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from redis.exceptions import RedisError

from bot.turns.store import TurnStore

BEAT_SECONDS = 1.0

log = structlog.get_logger()


class Leases:
    """The tickets held by this process; `beat` renews them all once a second."""

    def __init__(self, store: TurnStore) -> None:
        self._store = store
        self._tickets: set[str] = set()

    @contextmanager
    def held(self, ticket: str) -> Iterator[None]:
        """Renew this ticket's lease while the block runs."""
        self._tickets.add(ticket)
        try:
            yield
        finally:
            self._tickets.discard(ticket)

    async def beat(self) -> None:
        """Run for ever."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            if not self._tickets:
                continue
            try:
                await self._store.renew(tuple(self._tickets))
            except RedisError as error:
                log.warning("leases_not_renewed", exc_info=error)
