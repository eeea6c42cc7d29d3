"""Sessions of the console: a random id in a cookie, its hash in Redis, an idle and an absolute end."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict
from redis.asyncio import Redis

from bot.vault import Vault
from handlers.ports import Clock

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=10)
UNFINISHED = timedelta(minutes=10)  # between password and the end of the login
REVEALED = timedelta(minutes=15)

# What is still to be done before the console opens; "in" when nothing is.
Step = Literal["totp", "password", "enroll", "in"]


class SessionState(BaseModel):
    """What stands behind a cookie. `epoch` has to be the account's: it moves when sessions are to end."""

    model_config = ConfigDict(frozen=True)

    staff: str
    epoch: int
    step: Step
    ends: datetime
    second_factor: bool = False  # was shown in this session
    secret: str = ""  # of a second factor that is being set up, encrypted


class Sessions:
    """Keeps sessions. `clock` is the machine's: people are logged out by real time, in the sandbox too."""

    def __init__(self, redis: Redis, vault: Vault, clock: Clock) -> None:
        self._redis, self._vault, self._clock = redis, vault, clock

    async def start(
        self, staff: str, epoch: int, step: Step, *, second_factor: bool = False, secret: str = ""
    ) -> str:
        """A new session; gives the token for its cookie. Each step of a login begins a new one."""
        token = new_token()
        ends = self._clock.now() + (LONGEST if step == "in" else UNFINISHED)
        sealed = self._vault.encrypt(secret.encode(), b"totp set-up").hex() if secret else ""
        state = SessionState(
            staff=staff, epoch=epoch, step=step, ends=ends, second_factor=second_factor, secret=sealed
        )
        await self._redis.set(_key(token), state.model_dump_json(), ex=self._seconds(state))
        return token

    async def read(self, token: str) -> SessionState | None:
        """The session behind a cookie, if it has not ended; looking at it keeps it from idling out."""
        found = await self._redis.get(_key(token)) if token else None
        if found is None:
            return None
        state = SessionState.model_validate_json(found)
        left = self._seconds(state)
        if left <= 0:
            await self.end(token)
            return None
        await self._redis.expire(_key(token), left)
        return state

    async def end(self, token: str) -> None:
        """Log out."""
        await self._redis.delete(_key(token))

    def secret(self, state: SessionState) -> str:
        """The second factor's secret that is being set up."""
        if not state.secret:
            return ""
        return self._vault.decrypt(bytes.fromhex(state.secret), b"totp set-up").decode()

    def csrf(self, token: str) -> str:
        """What every form has to carry: made from the cookie, so it fits this session and no other."""
        return self._vault.index(token, "staff form")

    async def reveal(self, token: str, number: str) -> None:
        """Let this session see the personal data of a case for a while (the asking is logged elsewhere)."""
        await self._redis.set(_revealed(token, number), 1, ex=int(REVEALED.total_seconds()))

    async def revealed(self, token: str, number: str) -> bool:
        """Whether it may see them now."""
        return bool(await self._redis.exists(_revealed(token, number)))

    async def conceal(self, token: str, number: str) -> None:
        """Mask them again."""
        await self._redis.delete(_revealed(token, number))

    def _seconds(self, state: SessionState) -> int:
        left = state.ends - self._clock.now()
        return int(min(left, IDLE).total_seconds())


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _key(token: str) -> str:
    return f"lx:staff:session:{_hash(token)}"


def _revealed(token: str, number: str) -> str:
    return f"lx:staff:revealed:{_hash(token)}:{number}"
