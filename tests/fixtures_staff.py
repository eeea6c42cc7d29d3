"""The console for the tests."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.app import create_app
from bot.brain import Brain
from bot.clock import ShiftedClock
from bot.staff import CONSOLE
from bot.staff.passwords import Passwords
from bot.store.database import Database
from bot.valkey import ValkeyServer
from config.settings import Settings
from tests.staff_lab import QUICK, Site, site_of
from tests.wechat_lab import Noon


@pytest.fixture
async def site(
    settings: Settings, valkey: Redis, valkey_server: ValkeyServer, parrot: Brain, migrated: Path
) -> AsyncIterator[Site]:
    """The service on 24 November 2026, 9:00, over an empty database."""
    shutil.copy(migrated, settings.data_dir / "linxia.db")
    app = create_app(
        settings,
        redis_url=valkey_server.url,
        database=Database(settings.sql_url),
        brain=parrot,
        clock=ShiftedClock(Noon()),
    )
    app[CONSOLE] = replace(app[CONSOLE], passwords=Passwords(QUICK))
    async with site_of(app) as site:
        yield site
