"""What we know of each person's window for customer-service messages, kept in Redis.

48 hours and 5 messages after what they write; a minute and 3 messages after following, scanning or tapping
the menu (`PUSH` has the platform's figures). The platform has the last word: what it refuses closes ours.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from redis.asyncio import Redis

from bot.vault import Vault
from handlers.message import Message

MESSAGE_WINDOW, MESSAGE_COUNT = timedelta(hours=48), 5
EVENT_WINDOW, EVENT_COUNT = timedelta(minutes=1), 3
TAPS = frozenset({"subscribe", "scan", "click"})
KEPT = timedelta(days=60)  # nobody's window is remembered for ever

Spent = Literal["message", "event", "closed", "unknown"]
SCRIPT = (Path(__file__).parent / "spend.lua").read_text(encoding="utf-8")


class Windows:
    """Every method raises `redis.RedisError` when the server is away."""

    def __init__(self, redis: Redis, vault: Vault) -> None:
        self._redis, self._vault = redis, vault
        self._spend = redis.register_script(SCRIPT)

    def _key(self, user: str) -> str:
        return f"lx:window:{self._vault.index(user, 'user')}"

    async def heard(self, message: Message) -> None:
        """The person did something that opens a window."""
        if message.kind != "event":
            await self._open(message, "message", MESSAGE_WINDOW, MESSAGE_COUNT)
        elif message.event in TAPS:
            await self._open(message, "event", EVENT_WINDOW, EVENT_COUNT)
        elif message.event == "unsubscribe":
            await self.close(message.user)

    async def _open(self, message: Message, window: str, lasts: timedelta, count: int) -> None:
        until = (message.at + lasts).timestamp()
        key = self._key(message.user)
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hset(key, mapping={f"{window}_until": until, f"{window}_left": count})
            pipeline.expire(key, KEPT)
            await pipeline.execute()

    async def spend(self, user: str, now: datetime) -> Spent:
        """Take one message from an open window. `unknown`: never heard of this person, ask the platform."""
        window: bytes = await self._spend([self._key(user)], [now.timestamp()])
        return window.decode()  # type: ignore[return-value]  # the script knows four words

    async def left(self, user: str, now: datetime) -> tuple[int, datetime | None]:
        """How many messages may still be sent, and until when; (0, None) if no window is known to be open."""
        names = ["event_until", "event_left", "message_until", "message_left"]
        values = [float(value or 0) for value in await self._redis.hmget(self._key(user), names)]
        windows = ((values[0], int(values[1])), (values[2], int(values[3])))
        open_ones = [(until, left) for until, left in windows if until > now.timestamp() and left > 0]
        if not open_ones:
            return 0, None
        last = datetime.fromtimestamp(max(until for until, _ in open_ones), now.tzinfo)
        return sum(left for _, left in open_ones), last

    async def give_back(self, user: str, window: Spent) -> None:
        """The message did not go out after all."""
        if window in ("message", "event"):
            await self._redis.hincrby(self._key(user), f"{window}_left", 1)

    async def close(self, user: str) -> None:
        """The platform says that nothing more may be sent."""
        await self._redis.hset(self._key(user), mapping={"message_left": 0, "event_left": 0})
