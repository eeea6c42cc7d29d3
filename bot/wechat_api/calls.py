"""Calls to the API with the token put in, and one retry when the platform says that it is stale."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import aiohttp
from pydantic import ValidationError
from redis.asyncio import Redis

from bot.vault import Vault
from bot.wechat_api import tokens
from bot.wechat_api.errors import STALE_TOKEN, WeChatError
from bot.wechat_api.results import IssuedToken, Result
from bot.wechat_api.transport import Json, Transport
from config.settings import Settings
from handlers.ports import Clock

T = TypeVar("T")
R = TypeVar("R", bound=Result)


class Calls:
    """Calls with the token put in; what the endpoint classes share."""

    def __init__(self, settings: Settings, redis: Redis, vault: Vault, clock: Clock) -> None:
        self.app_id = settings.wechat_app_id
        self._secret = settings.wechat_app_secret
        self._transport = Transport(settings.wechat_api_base)
        self._tokens = tokens.TokenCache(redis, vault, clock, self.app_id, self._fetch_token)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def post(self, path: str, body: Json) -> Json:
        """POST JSON. WeChatError for anything but success."""
        return await self._with_token(
            lambda token: self._transport.call("POST", path, {"access_token": token}, body)
        )

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Json:
        """GET JSON. WeChatError for anything but success."""
        return await self._with_token(
            lambda token: self._transport.call("GET", path, {"access_token": token, **(params or {})})
        )

    async def upload(
        self, path: str, params: Mapping[str, str], form: Callable[[], aiohttp.FormData]
    ) -> Json:
        """POST a file. WeChatError for anything but success."""
        return await self._with_token(
            lambda token: self._transport.upload(path, {"access_token": token, **params}, form)
        )

    async def download(self, path: str, params: Mapping[str, str]) -> tuple[bytes, Mapping[str, str]]:
        """GET a file and its headers. WeChatError for anything but success."""
        return await self._with_token(
            lambda token: self._transport.download(path, {"access_token": token, **params})
        )

    def parse(self, model: type[R], path: str, answer: Json) -> R:
        """The answer as a result. WeChatError when members are missing."""
        try:
            return model.model_validate(answer)
        except ValidationError as error:
            missing = ", ".join(".".join(map(str, e["loc"])) for e in error.errors())
            raise WeChatError(0, "other", path, f"the answer lacks {missing}", maybe_done=True) from None

    async def _with_token(self, call: Callable[[str], Awaitable[T]]) -> T:
        """Call, and once more with another token if the platform says that ours is stale.

        Once and never again: a token that stays refused is a matter for the operator (wechatpy 629 retried
        for ever). The token is renewed only while the failed one is still the cached one.
        """
        token = await self._tokens.get()
        try:
            return await call(token)
        except WeChatError as error:
            if error.code not in STALE_TOKEN:
                raise
            fresh = await self._tokens.replace(token)
            if fresh == token:
                raise
        return await call(fresh)

    async def _fetch_token(self, force: bool) -> IssuedToken:
        body = {
            "grant_type": "client_credential",
            "appid": self.app_id,
            "secret": self._secret.get_secret_value(),
            "force_refresh": force,
        }
        try:
            answer = await self._transport.call("POST", tokens.PATH, {}, body)
            return self.parse(IssuedToken, tokens.PATH, answer)
        except WeChatError as error:
            # A token may be asked for twice; the call that needed it was certainly not made.
            error.maybe_done = False
            raise
