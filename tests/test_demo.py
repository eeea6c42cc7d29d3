"""`python -m bot demo`: fills a sandbox once, and nothing else ever."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.broadcast.tags import TagSync
from bot.clock import ShiftedClock, SystemClock
from bot.commands import demo
from bot.outbox.windows import Windows
from bot.redis_client import connect
from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.store.queue import QueueStore
from bot.store.schema import cases
from bot.store.staff_tables import staff, talks
from bot.store.subscriptions import SubscriptionStore
from bot.store.warnings import WarningStore
from bot.valkey import ValkeyServer
from bot.vault import Vault
from bot.wechat_api import WeChatApi
from bot.wechat_server import Platform, create_app
from config.demo import CROWD
from config.demo import demo as config_demo
from config.settings import Settings
from handlers.permissions import ROLES
from handlers.ports import Filing
from tests.wechat_lab import ACCOUNT, served


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sandbox.json").write_text(json.dumps({}))
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return tmp_path


def test_a_folder_that_is_no_sandbox_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert demo.run([]) == 1
    assert "不是沙盒" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


async def test_real_cases_are_not_mixed_with_made_up_ones(sandbox: Path) -> None:
    settings = Settings()
    database = Database(settings.sql_url)
    await database.migrate()
    store = CaseStore(database, Vault.open(settings))
    await store.submit(Filing(draft="real", kind="complaint", filer="o", answers={}, at=SystemClock().now()))
    with pytest.raises(demo.NoSandboxError, match="1件不是演示"):
        await demo._fill(settings, only_logins=False)
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(staff)) == 0
    await database.close()


async def test_a_living_console_and_a_second_run_adds_nothing(sandbox: Path) -> None:
    settings = Settings()
    told = await demo._fill(settings, only_logins=False)
    assert set(re.findall(r"^  (\S+)\t", told, re.MULTILINE)) == set(ROLES.values())
    database = Database(settings.sql_url)
    counts = await QueueStore(database).counts(SystemClock().now().date())
    assert counts["overdue"]
    assert counts["new"]
    async with database.read() as connection:
        stages = set((await connection.execute(select(cases.c.stage))).scalars())
        filed = await connection.scalar(select(func.count()).select_from(cases))
        waiting = await connection.scalar(select(func.count()).select_from(talks))
    assert stages >= {"submitted", "received", "correction", "third_party", "mediation", "testing", "closed"}
    assert waiting == 2
    states = {warning.state for warning in await WarningStore(database).all()}
    assert states == {"draft", "review", "scheduled", "sent"}
    assert await SubscriptionStore(database, Vault.open(settings)).size("food", "622900")
    again = await demo._fill(settings, only_logins=False)
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(cases)) == filed
    assert re.findall(r"demo-\w{10}", again) == re.findall(r"demo-\w{10}", told)
    await database.close()


async def test_filled_while_the_service_runs_the_crowd_is_there_and_can_be_answered(sandbox: Path) -> None:
    """The service asks WeChat about every subscriber at once; whom it does not know, it forgets."""
    server = ValkeyServer(sandbox)
    server.start()
    settings, clock = Settings(), ShiftedClock()
    await demo._fill(settings, only_logins=False)
    database, vault, redis = Database(settings.sql_url), Vault.open(settings), connect(server.url)
    subscriptions = SubscriptionStore(database, vault)
    before = await subscriptions.size("food", "622900")
    platform = Platform(ACCOUNT, clock)
    platform.followers.made_up = lambda openid: openid.startswith(CROWD)
    async with served(create_app(platform)) as base:
        given = {
            "wechat_app_id": ACCOUNT.app_id,
            "wechat_app_secret": ACCOUNT.secret,
            "wechat_api_base": base,
        }
        api = WeChatApi.open(Settings.model_validate(given), redis, vault, clock)
        tags = TagSync(subscriptions, api)
        while await tags.round():
            pass
        await api.close()
    assert await subscriptions.size("food", "622900") == before > 0
    person = config_demo().talk[0].person
    assert (await Windows(redis, vault).left(person, clock.now()))[0] == 5
    await redis.aclose()
    await database.close()
    server.stop()
