"""The service as a whole for the tests: real Valkey, real HTTP, a WeChat that signs and encrypts."""

import asyncio
import base64
import logging
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
from aiohttp import web
from redis.asyncio import Redis

from bot.app import Parts, create_app
from bot.brain import Brain
from bot.redis_client import connect
from bot.store.database import Database
from bot.valkey import ValkeyServer
from config.settings import Settings
from handlers.deps import Understand
from handlers.turn import Session, Turn
from intents.decision import Context, Decision, Hit
from knowledge import load as load_knowledge
from tests.wechat_signing import APP_ID, KEY, TOKEN, WeChat

Serve = Callable[..., Awaitable[WeChat]]


@pytest.fixture(scope="session", autouse=True)
def quiet_logs() -> None:
    """Our log lines are looked at in test_serve.py, not between test results."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    """A running Valkey, one for the test process."""
    server = ValkeyServer(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def valkey(valkey_server: ValkeyServer) -> AsyncIterator[Redis]:
    """A client of an empty Valkey that runs."""
    valkey_server.start()
    client = connect(valkey_server.url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
def brain() -> Brain:
    """The real understanding, loaded once. The fitted model is kept beside that of `make run`."""
    return Brain.load(Settings().data_dir)


@pytest.fixture
def trained(brain: Brain, tmp_path: Path) -> Path:
    """An empty data folder, but for the fitted model: a program that starts in it need not fit its own."""
    (tmp_path / "cache").symlink_to(Settings().data_dir / "cache")
    return tmp_path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A complete account in safe mode."""
    return Settings.model_validate(
        {
            "data_dir": tmp_path,
            "wechat_app_id": APP_ID,
            "wechat_token": TOKEN,
            "wechat_encoding_aes_key": KEY,
            "pii_key": base64.b64encode(os.urandom(32)).decode(),
        }
    )


class Parrot(Brain):
    """Answers with what was said: shows order, and whatever a citizen can put into a reply."""

    heard: list[str]

    def __init__(self) -> None:
        self.knowledge, self.heard = load_knowledge(), []

    async def understand(self, text: str, context: Context) -> Decision:
        self.heard.append(text)
        return Decision("smalltalk", (Hit(quote=text),), 1.0)

    def render(self, decision: Decision, session: Session) -> Turn:
        return Turn(replies=(decision.hits[0].quote,), session=session, intent="smalltalk")

    async def ready(self) -> bool:
        return True


@pytest.fixture
def parrot() -> Parrot:
    """A brain that echoes."""
    return Parrot()


def slow(seconds: float) -> Callable[[Understand], Understand]:
    """Understanding that takes its time."""

    def wrap(understand: Understand) -> Understand:
        async def slowly(text: str, context: Context) -> Decision:
            await asyncio.sleep(seconds)
            return await understand(text, context)

        return slowly

    return wrap


@pytest.fixture
async def serve(
    request: pytest.FixtureRequest,
    settings: Settings,
    valkey: Redis,
    valkey_server: ValkeyServer,
    migrated: Path,
) -> AsyncIterator[Serve]:
    """`await serve(parts={"wrap": …}, wechat_mode=…)` starts an application and a WeChat for it."""
    runners: list[web.AppRunner] = []
    http = aiohttp.ClientSession()

    async def start(brain: Brain | None = None, parts: Parts | None = None, **changes: Any) -> WeChat:
        brain = brain or request.getfixturevalue("brain")
        own = settings.model_copy(update=changes)
        if not (own.data_dir / "linxia.db").exists():
            shutil.copy(migrated, own.data_dir / "linxia.db")
        common: Parts = {"redis_url": valkey_server.url, "database": Database(own.sql_url), "brain": brain}
        app = create_app(own, **(common | (parts or {})))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return WeChat(url, http, mode=own.wechat_mode)

    yield start
    await http.close()
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def wechat(serve: Serve) -> WeChat:
    """The service in safe mode with the real understanding."""
    return await serve()
