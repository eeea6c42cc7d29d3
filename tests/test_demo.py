"""`python -m bot demo`: fills a sandbox once, and nothing else ever."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.clock import SystemClock
from bot.commands import demo
from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.store.queue import QueueStore
from bot.store.schema import cases
from bot.store.staff_tables import staff, talks
from bot.store.warnings import WarningStore
from bot.vault import Vault
from config.settings import Settings
from handlers.permissions import ROLES
from handlers.ports import Filing


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
    again = await demo._fill(settings, only_logins=False)
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(cases)) == filed
    assert re.findall(r"demo-\w{10}", again) == re.findall(r"demo-\w{10}", told)
    await database.close()
