"""`python -m bot menu` against the local WeChat API, as an operator runs it."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.valkey import ValkeyServer
from config.menu import menu
from tests.wechat_lab import Lab, lab


async def command(it: Lab, folder: Path, valkey: ValkeyServer, action: str) -> tuple[int, str]:
    account = it.platform.account
    env = os.environ | {
        "DATA_DIR": str(folder),
        "REDIS_URL": valkey.url,
        "WECHAT_APP_ID": account.app_id,
        "WECHAT_APP_SECRET": account.secret,
        "WECHAT_API_BASE": it.base,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "menu", action, env=env, stdout=-1, stderr=-1
    )
    out, told = await process.communicate()
    return process.returncode or 0, (out + told).decode()


async def test_push_show_delete(tmp_path: Path, valkey_server: ValkeyServer, valkey: object) -> None:
    async with lab() as it:
        code, told = await command(it, tmp_path, valkey_server, "push")
        assert (code, told) == (0, "菜单已推送，手机上最多5分钟后看到。\n")
        assert it.platform.menu.buttons == menu().as_wechat()["button"]
        code, told = await command(it, tmp_path, valkey_server, "show")
        assert (code, menu().column[0].button[0].name in told) == (0, True)
        code, told = await command(it, tmp_path, valkey_server, "delete")
        assert (code, it.platform.menu.buttons) == (0, [])


async def test_two_processes_at_once_fetch_one_token(
    tmp_path: Path, valkey_server: ValkeyServer, valkey: object
) -> None:
    async with lab() as it:
        it.platform.faults.add("/cgi-bin/stable_token", "slow", seconds=1)
        both = await asyncio.gather(*(command(it, tmp_path, valkey_server, "show") for _ in range(2)))
        assert [code for code, _ in both] == [0, 0]
        assert len(it.platform.records.of("/cgi-bin/menu/get")) == 2
        assert len(it.platform.records.of("/cgi-bin/stable_token")) == 1


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"ip_allowed": frozenset({"10.0.0.1"})}, "白名单"),
        ({"kind": "subscription", "verified": False}, "没有自定义菜单接口的权限"),
    ],
)
async def test_says_what_to_do_when_refused(
    tmp_path: Path, valkey_server: ValkeyServer, valkey: object, changes: dict[str, Any], advice: str
) -> None:
    async with lab(**changes) as it:
        code, told = await command(it, tmp_path, valkey_server, "push")
        assert code == 1
        assert advice in told
        assert it.platform.account.secret not in told
        assert "Traceback" not in told
