"""The local WeChat and a bot's end of it, for tests: real HTTP, real Valkey, a clock that tests move."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from redis.asyncio import Redis
from wechatpy.crypto import WeChatCrypto

from bot.clock import SHANGHAI, ShiftedClock
from bot.vault import Vault
from bot.wechat_api import WeChatApi
from bot.wechat_server import Account, Limits, Phone, Platform, create_app
from config.settings import Settings

ACCOUNT = Account(
    app_id="wxlab0000000000001",
    secret="s3cret-of-the-lab-0123456789abcdef",
    token="labtoken",
    aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
)
NINE = datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)
ALI, BAI = "oAli0000000000000000000000001", "oBai0000000000000000000000002"


class Noon:
    """A clock that stands still until it is moved."""

    def now(self) -> datetime:
        return NINE


@dataclass
class Lab:
    """One platform over HTTP. `base` is what WECHAT_API_BASE would be."""

    platform: Platform
    clock: ShiftedClock
    base: str
    http: aiohttp.ClientSession

    async def token(self, *, force: bool = False) -> dict[str, Any]:
        body = {
            "grant_type": "client_credential",
            "appid": self.platform.account.app_id,
            "secret": self.platform.account.secret,
            "force_refresh": force,
        }
        async with self.http.post(f"{self.base}/cgi-bin/stable_token", json=body) as response:
            found: dict[str, Any] = await response.json()
            return found

    async def post(self, path: str, body: Any, **params: str) -> dict[str, Any]:
        token = (await self.token())["access_token"]
        async with self.http.post(
            f"{self.base}/cgi-bin/{path}", json=body, params={"access_token": token, **params}
        ) as response:
            found: dict[str, Any] = await response.json()
            return found

    async def get(self, path: str, **params: str) -> dict[str, Any]:
        token = (await self.token())["access_token"]
        async with self.http.get(
            f"{self.base}/cgi-bin/{path}", params={"access_token": token, **params}
        ) as response:
            found: dict[str, Any] = await response.json()
            return found

    def settings(self, data_dir: Path) -> Settings:
        account = self.platform.account
        return Settings.model_validate(
            {
                "data_dir": data_dir,
                "wechat_app_id": account.app_id,
                "wechat_app_secret": account.secret,
                "wechat_token": account.token,
                "wechat_encoding_aes_key": account.aes_key,
                "wechat_api_base": self.base,
            }
        )


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    """Serve an app on a free port; gives its address."""
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def lab(limits: Limits | None = None, **changes: Any) -> AsyncIterator[Lab]:
    """A platform for `ACCOUNT` with `changes`, served."""
    clock = ShiftedClock(Noon())
    platform = Platform(ACCOUNT.model_copy(update=changes), clock, limits)
    async with served(create_app(platform)) as base, aiohttp.ClientSession() as http:
        yield Lab(platform, clock, base, http)


class Bot:
    """A webhook that answers as told; it reads with wechatpy's crypto, so that ours does not check itself."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._crypto = WeChatCrypto(account.token, account.aes_key, account.app_id)
        self.heard: list[str] = []
        self.queries: list[dict[str, str]] = []
        self.answers: list[str] = []
        self.delays: list[float] = []
        self.app = web.Application()
        self.app.router.add_post("/wechat", self._post)

    async def _post(self, request: web.Request) -> web.Response:
        self.queries.append(dict(request.query))
        query, body = request.query, await request.text()
        if self.delays:
            await asyncio.sleep(self.delays.pop(0))
        if query.get("encrypt_type") == "aes":
            xml = self._crypto.decrypt_message(
                body, query["msg_signature"], query["timestamp"], query["nonce"]
            )
        else:
            xml = body
        self.heard.append(xml if isinstance(xml, str) else xml.decode())
        answer = self.answers.pop(0) if self.answers else "success"
        if answer.startswith("<xml>") and self._account.mode == "safe":
            answer = self._crypto.encrypt_message(answer, query["nonce"], query["timestamp"])
        return web.Response(text=answer)


@asynccontextmanager
async def bot_for(platform: Platform) -> AsyncIterator[Bot]:
    """A bot that `platform` posts to."""
    bot = Bot(platform.account)
    async with served(bot.app) as base:
        platform.webhook.url = f"{base}/wechat"
        yield bot


def client(lab: Lab, redis: Redis, data_dir: Path) -> WeChatApi:
    settings = lab.settings(data_dir)
    return WeChatApi.open(settings, redis, Vault.open(settings), lab.clock)


async def met(lab: Lab, *openids: str) -> Phone:
    """People who follow and have just written; nobody listens at the webhook."""
    for openid in openids:
        lab.platform.followers.follow(openid)
        lab.platform.followers.wrote(openid)
    lab.clock.move(timedelta(minutes=2))  # past the minute that following opens
    return Phone(lab.platform)
