"""A citizen with a phone that has pictures: the bot over either database, and a WeChat that keeps media."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from pydantic import SecretStr

from bot.app import Parts
from bot.clock import ShiftedClock
from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.vault import Vault
from config.settings import Settings
from tests.fixtures_wechat import Serve
from tests.forms_lab import Citizen, MovingWeChat
from tests.wechat_lab import Lab, lab
from tests.wechat_signing import USER

Meet = Callable[..., Awaitable[Citizen]]


@pytest.fixture
async def platform() -> AsyncIterator[Lab]:
    """A WeChat with an API."""
    async with lab() as platform:
        yield platform


@pytest.fixture
async def meet(serve: Serve, platform: Lab) -> Meet:
    """`await meet(user, parts={"clock": …})` starts a bot, and gives somebody who writes to it."""

    async def start(user: str = USER, parts: Parts | None = None) -> Citizen:
        account = platform.platform.account
        wechat = await serve(
            parts=parts,
            wechat_api_base=platform.base,
            wechat_app_id=account.app_id,
            wechat_app_secret=SecretStr(account.secret),
        )
        wechat.app_id = account.app_id
        return Citizen(wechat, user, platform)

    return start


@pytest.fixture
async def citizen(meet: Meet) -> Citizen:
    """Somebody who writes to a bot on SQLite."""
    return await meet()


@pytest.fixture
async def patient(meet: Meet) -> Citizen:
    """Somebody who comes back after days: `patient.wechat.clock` moves."""
    clock = ShiftedClock()
    found = await meet(parts={"clock": clock})
    there = found.wechat
    found.wechat = MovingWeChat(there.url, there.http, app_id=there.app_id, clock=clock)
    return found


@pytest.fixture
async def either(database: Database, meet: Meet) -> Citizen:
    """Somebody who writes to a bot on SQLite, then to one on PostgreSQL (closed after the bot, so first)."""
    return await meet(parts={"database": database})


@pytest.fixture
def record(settings: Settings, database: Database) -> CaseStore:
    """The record of cases that the bot of `either` writes."""
    return CaseStore(database, Vault.open(settings))
