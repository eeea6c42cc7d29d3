"""The console for warnings, knowledge and numbers: the whole service, with a small brain."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.app import create_app
from bot.brain import Brain
from bot.staff import CONSOLE
from bot.staff.passwords import Passwords
from bot.store.database import Database
from bot.valkey import ValkeyServer
from bot.wechat_server import Account
from config.settings import Settings
from intents.understanding import Understanding
from knowledge import load
from tests.staff_lab import QUICK, Site, site_of
from tests.wechat_lab import Lab, lab

TOPICS = ("guide.office", "guide.contact", "guide.fees", "oos.", "smalltalk", "flow.")


@pytest.fixture(scope="session")
def small_brain() -> Brain:
    """Some of the knowledge, fitted by words alone: enough to see a change take effect, in a second."""
    knowledge = load()
    some = {id: entry for id, entry in knowledge.entries.items() if id.startswith(TOPICS)}
    knowledge = knowledge.with_entries(some)
    return Brain(knowledge, Understanding.fit(tuple(some.values()), None))


@pytest.fixture
async def wechat_lab() -> AsyncIterator[Lab]:
    """A verified service account."""
    async with lab(kind="service") as found:
        yield found


@pytest.fixture
async def desk(
    wechat_lab: Lab,
    valkey: Redis,
    valkey_server: ValkeyServer,
    small_brain: Brain,
    migrated: Path,
    tmp_path: Path,
) -> AsyncIterator[Site]:
    """The service on 24 November 2026, 9:00, over an empty database, with a WeChat that takes its calls."""
    shutil.copy(migrated, tmp_path / "linxia.db")
    settings = service_settings(wechat_lab.settings(tmp_path), wechat_lab.platform.account)
    app = create_app(
        settings,
        redis_url=valkey_server.url,
        database=Database(settings.sql_url),
        brain=small_brain,
        clock=wechat_lab.clock,
    )
    app[CONSOLE] = replace(app[CONSOLE], passwords=Passwords(QUICK))
    async with site_of(app) as site:
        wechat_lab.platform.webhook.url = f"{site.base}/wechat"
        yield site


def service_settings(settings: Settings, account: Account) -> Settings:
    """The bot's settings for that account."""
    return settings.model_copy(update={"wechat_account": account.kind, "wechat_verified": account.verified})
