"""管理员 switches the approval steps of warnings; every replica follows, nobody overwrites anybody."""

from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.store.database import Database
from bot.store.switches import SwitchStore
from bot.vault import Vault
from config.settings import Settings
from handlers.ports import VersionConflictError
from handlers.warnings.steps import RefusedError
from tests.staff_lab import Site, texts
from tests.warning_lab import REVIEWER, SECOND, WRITER, content, side
from tests.wechat_lab import NINE, lab


async def test_the_page_shows_how_things_stand_and_no_secret(site: Site) -> None:
    admin = await site.clerk("root1", "admin")
    page = await admin.get("/staff/settings")
    wanted = ("初审 → 复审 → 终审", "用的是安装时的设置", "lxzscjgj@163.com", "PURGE_DAYS", "730天")
    assert texts(page, *wanted) == []
    settings = site.console.settings
    for secret in (settings.wechat_app_secret, settings.wechat_token, settings.wechat_encoding_aes_key):
        assert not secret.get_secret_value() or secret.get_secret_value() not in page.text


async def test_it_is_switched_logged_and_not_overwritten(site: Site) -> None:
    one, two = await site.clerk("root1", "admin"), await site.clerk("root2", "admin")
    for admin in (one, two):
        await admin.get("/staff/settings")
    path = "/staff/settings/warning_steps"
    assert "马上生效" in (await one.post(path, value="3", seen="0")).text
    answer = await two.post(path, value="1", seen="0")
    assert answer.status == 409
    assert "别的管理员刚改过" in answer.text
    wrong: dict[str, Any]
    for wrong in ({"value": "2", "seen": "1"}, {"value": "1", "seen": "x"}, {"value": "", "seen": "1"}):
        assert (await one.post(path, wrong)).status == 422
    page = await one.get("/staff/settings")
    assert "root1同志改为“初审 → 复审 → 终审”" in page.text
    noted = [(entry.what, entry.about) for entry in await site.console.audit.page()]
    assert noted.count(("settings.warning_steps", "3")) == 1
    assert ("settings.warning_steps", "1") not in noted


async def test_every_replica_follows_at_once(
    database: Database, vault: Vault, valkey: Redis, tmp_path: Path
) -> None:
    async with lab(kind="service") as found:
        one, two = (side(found, database, vault, valkey, tmp_path) for _ in range(2))
        approved = await two.approved()
        await SwitchStore(database, Settings()).change("warning_steps", "3", 0, "root", NINE)
        # Approved by one person, under the old rule: it has to go through the new one.
        with pytest.raises(RefusedError, match="没有批准齐"):
            await two.desk.schedule(approved.id, None, WRITER)
        await two.desk.reject(approved.id, "审批步骤改了", REVIEWER)
        warning = await one.desk.write(content(), WRITER)
        warning = await one.desk.submit(warning.id, warning.version, WRITER)
        mark = warning.content.fingerprint()
        assert (await one.desk.approve(warning.id, mark, REVIEWER)).state == "review"
        assert (await two.desk.approve(warning.id, mark, SECOND)).state == "review"
        for replica in (one, two):
            await replica.api.close()


async def test_the_environment_counts_until_somebody_switches(database: Database) -> None:
    store = SwitchStore(database, Settings(warning_steps="3"))
    assert ((await store.now("warning_steps")).value, await store.history("warning_steps")) == ("3", ())
    await store.change("warning_steps", "1", 0, "root", NINE)
    now = await store.now("warning_steps")
    assert (now.value, now.by, now.at) == ("1", "root", NINE)
    with pytest.raises(VersionConflictError):
        await store.change("warning_steps", "3", 0, "root", NINE)
    await store.change("warning_steps", "3", now.seq, "root2", NINE)
    assert [switch.value for switch in await store.history("warning_steps")] == ["3", "1"]
