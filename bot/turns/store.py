"""The Redis side of turns: who may handle a message now, and what came of it.

Keys hold keyed hashes only, never an openid. The scripts read keys that they find in others (leases), so
this needs one server (with replicas if wanted), not a Redis Cluster.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

State = Literal["refused", "done", "running", "wait", "turn", "lost"]
Outcome = Literal["ok", "lost", "conflict"]
Argument = str | bytes | int

LEASE_MS = 4000  # how long a dead process can hold a user's line up; renewed every second
SEEN_SECONDS = 660  # a signature is good for ±5 minutes: remember it for longer than both
MESSAGE_SECONDS = 3600  # WeChat's last retry comes within half a minute
SESSION_SECONDS = 8 * 86400  # a draft may rest for seven days
LATE_SECONDS = 7 * 86400

SCRIPTS = Path(__file__).parent
LEASES = "lx:lease:"


@dataclass(frozen=True, slots=True)
class Place:
    """The names under which one delivery of a message stands in Redis."""

    ticket: str
    user: str  # keyed hash of the openid
    message: str  # keyed hash of openid and message id
    signature: str  # keyed hash of timestamp, nonce
    digest: str  # hash of what was signed for

    @property
    def keys(self) -> dict[str, str]:
        """Redis key by its role in the scripts."""
        return {
            "seen": f"lx:seen:{self.signature}",
            "message": f"lx:message:{self.message}",
            "line": f"lx:line:{self.user}",
            "lease": f"{LEASES}{self.ticket}",
            "rate": f"lx:rate:{self.user}",
            "session": f"lx:session:{self.user}",
            "late": f"lx:late:{self.user}",
        }

    def of(self, *roles: str) -> list[str]:
        """The keys of these roles, in this order."""
        keys = self.keys
        return [keys[role] for role in roles]


@dataclass(frozen=True, slots=True)
class Opened:
    """The session as it is read when the turn begins, and answers that came too late and are still untold."""

    version: int
    blob: bytes
    late: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Admission:
    """Where a delivery stands. `result` only when `done`; `opened` only when it is its `turn`."""

    state: State
    deliveries: int = 0
    recent: int = 0  # messages of this user in the running minute
    result: bytes = b""
    opened: Opened | None = field(default=None)


class TurnStore:
    """Runs the scripts of this folder. Every method raises `redis.RedisError` when the server is away."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        line = (SCRIPTS / "line.lua").read_text(encoding="utf-8")
        self._admit = self._script("admit", line)
        self._enter = self._script("enter", line)
        self._commit = self._script("commit")
        self._abandon = self._script("abandon")
        self._give_up = self._script("give_up")

    def _script(self, name: str, shared: str = "") -> AsyncScript:
        text = (SCRIPTS / f"{name}.lua").read_text(encoding="utf-8")
        return self._redis.register_script(f"{shared}\n{text}")

    async def admit(self, place: Place, *, first_look: bool, counted: bool) -> Admission:
        """Register a delivery; `first_look` is false while waiting for another process's result."""
        keys = place.of("seen", "message", "line", "lease", "rate", "session", "late")
        args: list[Argument] = [place.digest, SEEN_SECONDS, place.ticket, LEASE_MS, MESSAGE_SECONDS]
        return _admission(await self._admit(keys, [*args, int(first_look), int(counted), LEASES]))

    async def enter(self, place: Place) -> Admission:
        """Ask whether the turn has come."""
        return _admission(await self._enter(place.of("line", "session", "late"), [place.ticket, LEASES]))

    async def commit(self, place: Place, opened: Opened, session: bytes, result: bytes) -> Outcome:
        """End the turn. `session` empty leaves it as it is; `result` empty is a silent success."""
        keys = place.of("message", "line", "lease", "session", "late")
        told = len(opened.late) if result else 0
        args: list[Argument] = [
            place.ticket,
            opened.version,
            session,
            SESSION_SECONDS,
            result,
            MESSAGE_SECONDS,
        ]
        outcome: bytes = await self._commit(keys, [*args, told, LATE_SECONDS])
        return outcome.decode()  # type: ignore[return-value]  # the script knows three words

    async def abandon(self, place: Place) -> None:
        """Give the claim up, so that WeChat's next delivery tries again."""
        await self._abandon(place.of("message", "line", "lease"), [place.ticket])

    async def give_up(self, place: Place) -> bytes | None:
        """The result if it is there by now; otherwise None, and it will be told at the next contact."""
        result: bytes | None = await self._give_up(place.of("message"))
        return result

    async def renew(self, tickets: Iterable[str]) -> None:
        """Keep the leases of these tickets alive."""
        pipeline = self._redis.pipeline(transaction=False)
        for ticket in tickets:
            pipeline.pexpire(f"{LEASES}{ticket}", LEASE_MS)
        await pipeline.execute()


def _admission(reply: list[Any]) -> Admission:
    state: State = reply[0].decode()
    if state == "done":
        return Admission(state, reply[1], result=reply[3])
    if state == "turn":
        version, blob, late = reply[3]
        return Admission(state, reply[1], reply[2], opened=Opened(int(version), blob, tuple(late)))
    return Admission(state, reply[1], reply[2])
