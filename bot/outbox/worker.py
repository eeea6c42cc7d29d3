"""Sends what is due: claims a handful with a lease, sends them in a few lanes, records what came of each."""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Mapping
from datetime import datetime

import structlog

from bot.outbox.backoff import next_try
from bot.outbox.doubt import Doubt
from bot.outbox.results import Claimed, Later, Result, Sender, Uncertain
from bot.outbox.store import NIGHT_KINDS, OutboxStore
from handlers.notices.hours import is_quiet, not_at_night
from handlers.ports import Clock

LANES = 4
STOP_SECONDS = 10.0
CLAIM = 16

log = structlog.get_logger()


class Worker:
    """One replica's worker. In each of its `lanes` at most one message is in flight at a time, so a crash
    leaves at most that many uncertain. Any number of replicas may run.
    """

    def __init__(
        self,
        store: OutboxStore,
        senders: Mapping[str, Sender],
        clock: Clock,
        *,
        rng: random.Random | None = None,
        lanes: int = LANES,
    ) -> None:
        self.store, self.senders, self._clock = store, dict(senders), clock
        self._rng = rng or random.Random()  # noqa: S311 jitter, no secret
        self._lanes, self._doubt = lanes, Doubt(self._rng)
        self._stopping = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def stop(self) -> None:
        """Begin no other message, and let those in flight come to their end."""
        self._stopping = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._idle.wait()

    async def run_once(self) -> int:
        """Send everything that is due now. Returns how many messages were dealt with."""
        now = self._clock.now()
        todo = await self.store.todo(self._kinds(now), now, quiet=is_quiet(now))
        if todo.lost:
            log.warning("messages_uncertain", count=await self.store.reap(now))
        if todo.expired:
            await self.store.expire(now)
        if not todo.due:
            return 0
        self._idle.clear()
        try:
            return await self._drain()
        finally:
            self._idle.set()

    async def _drain(self) -> int:
        done = 0
        while claimed := await self._claim():
            queue = deque(claimed)
            lanes = [self._lane(queue) for _ in range(1 if self._doubt.any else min(self._lanes, len(queue)))]
            # A lane that loses the database must not cut the others off in the middle of a message.
            for outcome in await asyncio.gather(*lanes, return_exceptions=True):
                if isinstance(outcome, BaseException):
                    raise outcome
            done += len(claimed)
        return done

    async def _claim(self) -> list[Claimed]:
        if self._stopping:
            return []
        now = self._clock.now()
        return await self.store.claim(self._kinds(now), now, CLAIM, quiet=is_quiet(now))

    def _kinds(self, now: datetime) -> tuple[str, ...]:
        return tuple(kind for kind in self.senders if not self._doubt.rests(kind, now))

    async def _lane(self, queue: deque[Claimed]) -> None:
        while queue and not self._stopping:
            await self._deal_with(queue.popleft())

    async def _deal_with(self, message: Claimed) -> None:
        now = self._clock.now()
        if is_quiet(now) and not (message.must or message.kind in NIGHT_KINDS):
            await self.store.release(message, not_at_night(now))
        elif self._doubt.rests(message.kind, now):
            await self.store.release(message, message.due)
        elif await self.store.begin(message, now):
            result = await self._send(message)
            now = self._clock.now()
            self._doubt.note(message.kind, result, now)
            await self.store.finish(message, result, now, self._again(message, result, now))
            log.info("outbox", kind=message.kind, result=type(result).__name__, attempt=message.attempts)

    async def _send(self, message: Claimed) -> Result:
        """The error boundary of a message: a fault of ours must neither stop the others nor send it twice."""
        try:
            return await self.senders[message.kind].send(message)
        except Exception as error:
            log.error("sender_failed", kind=message.kind, exc_info=error)
            return Uncertain(f"程序出错 {type(error).__name__}")

    def _again(self, message: Claimed, result: Result, now: datetime) -> datetime:
        if not isinstance(result, Later):
            return now
        when = next_try(now, message.attempts, self._rng, result.not_before)
        return when if message.must or message.kind in NIGHT_KINDS else not_at_night(when)
