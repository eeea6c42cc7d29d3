"""The access token: cached in Redis for every process, refreshed by one of them at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import LockError, RedisError

from bot.vault import Vault, VaultError
from bot.wechat_api.errors import WeChatError
from bot.wechat_api.results import CachedToken, IssuedToken
from handlers.ports import Clock

PATH = "/cgi-bin/stable_token"
# The platform hands out the next token five minutes before the end; the old one is good until then.
RENEW_BEFORE = timedelta(minutes=4)
LOCK_SECONDS = 15.0  # longer than a call may take, so that a killed holder does not block for long
WAIT_SECONDS = 12.0

Fetch = Callable[[bool], Awaitable[IssuedToken]]


class TokenCache:
    """Hands out the token. `fetch(force)` asks the platform for one."""

    def __init__(self, redis: Redis, vault: Vault, clock: Clock, app_id: str, fetch: Fetch) -> None:
        self._redis, self._vault, self._clock, self._fetch = redis, vault, clock, fetch
        self._key = f"wechat:token:{app_id}"
        self._aad = self._key.encode()
        self._one_here = asyncio.Lock()  # of this process's coroutines only one waits for the lock in Redis

    async def get(self) -> str:
        """A token that is good for some minutes yet. WeChatError when there is none to be had."""
        return await self._cached() or await self._refresh("")

    async def replace(self, failed: str) -> str:
        """The token to use after the platform refused `failed`.

        Nothing is fetched when another process has replaced it meanwhile: only the failed token is ever
        renewed, so a hundred calls that fail at once cost one refresh.
        """
        return await self._refresh(failed)

    async def _refresh(self, failed: str) -> str:
        try:
            async with (
                self._one_here,
                self._redis.lock(f"{self._key}:lock", timeout=LOCK_SECONDS, blocking_timeout=WAIT_SECONDS),
            ):
                found = await self._cached()
                if found and found != failed:
                    return found
                return await self._fetch_and_keep(failed)
        except LockError:
            # The holder took too long: what it left is as good as what we would get.
            found = await self._cached()
            if found and found != failed:
                return found
            raise WeChatError(0, "network", PATH, "another refresh is under way") from None
        except RedisError as error:
            raise WeChatError(0, "network", PATH, f"token store: {type(error).__name__}") from None

    async def _fetch_and_keep(self, failed: str) -> str:
        issued = await self._fetch(False)
        if issued.access_token == failed:
            # The platform holds it for good although it just refused it; forced refreshes are rationed
            # (20 a day, 30 s apart), so this is the last resort and not the first.
            issued = await self._fetch(True)
        life = timedelta(seconds=issued.expires_in)
        kept = CachedToken(token=issued.access_token, expires=self._clock.now() + life)
        sealed = self._vault.encrypt(kept.model_dump_json().encode(), self._aad)
        await self._redis.set(self._key, sealed, ex=life)
        return issued.access_token

    async def _cached(self) -> str:
        try:
            sealed = await self._redis.get(self._key)
        except RedisError as error:
            raise WeChatError(0, "network", PATH, f"token store: {type(error).__name__}") from None
        if not isinstance(sealed, bytes):
            return ""
        try:
            kept = CachedToken.model_validate_json(self._vault.decrypt(sealed, self._aad))
        except (VaultError, ValidationError):
            return ""  # written under a key that is gone, or by another version: fetch anew
        return kept.token if kept.expires - self._clock.now() > RENEW_BEFORE else ""
