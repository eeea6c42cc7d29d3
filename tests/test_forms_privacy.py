"""What was filed stands nowhere in clear: not in the data folder, not in Valkey's files, not in the log."""

import base64
import os
from pathlib import Path

import aiohttp
import pytest

from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.valkey import ValkeyServer
from bot.vault import Vault, _decode
from tests.forms_lab import FLOWS, ID_NO, IMAGE, PHONE, USCC
from tests.test_forms_killed import Persistent, environment, victim
from tests.wechat_lab import Lab
from tests.wechat_signing import USER, WeChat

SECRETS = (
    ID_NO, PHONE, USCC, USER, "马小花", "李四海", "E12345678", "hua@163.com",
    "临夏市团结路5号", "老板说不退不换",
    "139****2345", "6229011990",
)  # fmt: skip


def everything(folder: Path) -> bytes:
    """The content and the names of all files under `folder`."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return b"\n".join(str(path).encode() + b"\n" + path.read_bytes() for path in files)


@pytest.mark.usefixtures("brain")
async def test_grep_over_everything_that_was_written_finds_nothing(platform: Lab, tmp_path: Path) -> None:
    key = base64.b64encode(os.urandom(32)).decode()
    folder = tmp_path / "data"
    folder.mkdir()
    server = ValkeyServer(folder)
    server.start()
    database = Database(f"sqlite+aiosqlite:///{folder / 'linxia.db'}")
    await database.migrate()
    store = CaseStore(database, Vault([_decode(key)]))
    settings = environment(store, platform, server, str(folder), key) | {"LOG_LEVEL": "DEBUG"}
    with (tmp_path / "log").open("wb") as log:
        async with victim(settings, log) as running, aiohttp.ClientSession() as http:
            wechat = WeChat(running.url, http, app_id=platform.platform.account.app_id)
            person = Persistent(wechat, USER, platform, victim=running)
            for flow in ("citizen", "organisation", "agent", "complaint", "named"):
                await person.fill_in(flow)
            for text in ("查进度", "1", "补充材料", "1", f"再补一句，我的电话{PHONE}", IMAGE, "好了"):
                xml = person.photo() if text == IMAGE else wechat.message(Content=text, user=USER)
                await person.post(xml, text)
    cases = await store.own(USER)
    assert len(cases) == len(("citizen", "organisation", "agent", "complaint", "named"))
    await database.close()
    server.stop()
    written = everything(tmp_path)
    assert len(written) > 100_000
    assert FLOWS["citizen"][-1]
    found = [secret for secret in SECRETS if secret.encode() in written]
    assert found == []
