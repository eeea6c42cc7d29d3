"""Copies: made while the service writes, verified, put back into an empty folder and read again there."""

import base64
import os
from datetime import datetime
from pathlib import Path

import pytest

from bot.backup import Backup, BackupError, restore, verify
from bot.broadcast.covers import Covers
from bot.commands import backup as command
from bot.redis_client import connect
from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.valkey import ValkeyServer
from bot.vault import Vault
from config.settings import Settings
from handlers.ports import Filing
from tests.fixtures_sql import fresh_postgres
from tests.postgres import client_programs
from tests.test_evidence import picture

NOW = datetime.fromisoformat("2026-11-24T09:00:00+08:00")


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    data = tmp_path / "var"
    data.mkdir()
    (data / "pii.key").write_bytes(base64.b64encode(os.urandom(32)))
    return Settings(data_dir=data)


async def filled(settings: Settings) -> tuple[str, str]:
    """A case and a picture; gives the case's number and the picture's id."""
    database, vault = Database(settings.sql_url), Vault.open(settings)
    await database.migrate()
    filing = Filing(draft="d", kind="complaint", filer="o1", answers={"name": "马小明"}, at=NOW)
    number = (await CaseStore(database, vault).submit(filing)).case.number
    cover = await Covers(settings.data_dir, vault).keep(picture())
    await database.close()
    return number, cover


async def test_what_was_copied_is_read_again_elsewhere(here: Settings, tmp_path: Path) -> None:
    number, cover = await filled(here)
    server = ValkeyServer(here.data_dir)
    server.start()
    client = connect(server.url)
    await client.set("session:x", b"half a form")
    made = Backup(here).make(tmp_path / "copies", NOW, tmp_path / "keys")
    await client.aclose()
    server.stop()
    assert verify(made.folder) == made.files
    assert not (made.folder / "pii.key").exists()

    other = Settings(data_dir=tmp_path / "elsewhere")
    restore(made.folder, other, tmp_path / "keys")
    database, vault = Database(other.sql_url), Vault.open(other)
    case = await CaseStore(database, vault).find(number)
    await database.close()
    assert case
    assert case.answers == {"name": "马小明"}
    assert (await Covers(other.data_dir, vault).read(cover)).mime == "image/jpeg"
    server = ValkeyServer(other.data_dir)
    server.start()
    client = connect(server.url)
    assert await client.get("session:x") == b"half a form"
    await client.aclose()
    server.stop()


async def test_postgresql_is_copied_and_put_back(
    postgres_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the command as the documents write it; the client programs are those that came with the server."""
    monkeypatch.setenv("PATH", client_programs(), prepend=os.pathsep)
    monkeypatch.setenv("PII_KEY", base64.b64encode(os.urandom(32)).decode())
    first, second = [await fresh_postgres(postgres_server) for _ in range(2)]

    def use(name: str, url: str) -> Settings:
        monkeypatch.setenv("DATABASE_URL", url.replace("+asyncpg", ""))
        monkeypatch.setenv("DATA_DIR", str(tmp_path / name))
        return Settings()

    number, cover = await filled(use("var", first))
    assert command.run([str(tmp_path / "copies")]) == 0
    (folder,) = (tmp_path / "copies").iterdir()
    assert not (folder / "linxia.db").exists()

    # Into a database that holds something it does not go, and nothing is changed.
    use("elsewhere", first)
    assert command.run([str(folder), "--restore"]) == 1
    assert "pg_restore 没有成功" in capsys.readouterr().err
    assert not (tmp_path / "elsewhere").exists()
    # Nor as if it were a copy of SQLite.
    monkeypatch.delenv("DATABASE_URL")
    assert command.run([str(folder), "--restore"]) == 1
    assert "对不上" in capsys.readouterr().err

    other = use("elsewhere", second)
    assert command.run([str(folder), "--restore"]) == 0
    database, vault = Database(other.sql_url), Vault.open(other)
    await database.migrate()
    case = await CaseStore(database, vault).find(number)
    again = Filing(draft="e", kind="complaint", filer="o1", answers={}, at=NOW)
    later = (await CaseStore(database, vault).submit(again)).case.number
    await database.close()
    assert case
    assert case.answers == {"name": "马小明"}
    assert later > number  # numbers go on where they were
    assert (await Covers(other.data_dir, vault).read(cover)).mime == "image/jpeg"


async def test_without_its_client_programs_postgresql_is_not_copied_by_halves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://linxia@127.0.0.1:1/linxia")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command.run([str(tmp_path / "copies")]) == 1
    assert "请安装 postgresql-client" in capsys.readouterr().err


async def test_it_is_consistent_while_cases_are_filed(here: Settings, tmp_path: Path) -> None:
    import asyncio

    database, vault = Database(here.sql_url), Vault.open(here)
    await database.migrate()
    store, going = CaseStore(database, vault), True

    async def write() -> int:
        number = 0
        while going:
            await store.submit(Filing(draft=f"d{number}", kind="report", filer="o", answers={}, at=NOW))
            number += 1
        return number

    task = asyncio.create_task(write())
    await asyncio.sleep(0.2)
    made = await asyncio.to_thread(Backup(here).make, tmp_path / "copies", NOW)
    going = False
    assert await task > 0
    await database.close()
    assert verify(made.folder) == made.files


async def test_a_damaged_or_cut_copy_is_not_put_back(here: Settings, tmp_path: Path) -> None:
    await filled(here)
    made = Backup(here).make(tmp_path / "copies", NOW)
    with (made.folder / "linxia.db").open("r+b") as file:
        file.seek(5000)
        file.write(b"\xff" * 64)
    with pytest.raises(BackupError, match="被改过"):
        restore(made.folder, Settings(data_dir=tmp_path / "elsewhere"), None)
    assert not (tmp_path / "elsewhere").exists()


async def test_nothing_is_overwritten(
    here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await filled(here)
    monkeypatch.setenv("DATA_DIR", str(here.data_dir))
    assert command.run([str(tmp_path / "copies")]) == 0
    assert "密钥" in capsys.readouterr().out
    (folder,) = (tmp_path / "copies").iterdir()
    assert command.run([str(folder), "--verify"]) == 0
    assert command.run([str(folder), "--restore"]) == 1
    assert "不是空的" in capsys.readouterr().err
    assert command.run([str(here.data_dir / "inside")]) == 1
