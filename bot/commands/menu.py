"""`python -m bot menu push | show | delete`: the menu at the foot of the chat, from `config/menu.toml`."""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.clock import SystemClock
from bot.redis_client import connect
from bot.sandbox_settings import with_sandbox_secrets
from bot.valkey import ValkeyError, ValkeyServer
from bot.vault import Vault, VaultError
from bot.wechat_api import WeChatApi, WeChatError
from config.menu import menu
from config.settings import Settings

# What the operator can do about it, by WeChat's code.
ADVICE = {
    40013: "WECHAT_APP_ID 不对，请到公众号后台“开发接口管理—基本配置”核对。",
    40125: "WECHAT_APP_SECRET 不对，请在公众号后台重置后填入。",
    40164: "本机 IP 不在白名单里，请在公众号后台“基本配置—IP白名单”加上。",
    48001: "这个公众号没有自定义菜单接口的权限（未认证的订阅号没有）。",
    45009: "今天的调用次数用完了，明天再试，或用 clear_quota 清零。",
}


def run(argv: list[str]) -> int:
    """Carry the command out. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="bot menu", description=__doc__)
    parser.add_argument("action", choices=("push", "show", "delete"))
    action = parser.parse_args(argv).action
    try:
        print(asyncio.run(_carry_out(action, with_sandbox_secrets(Settings()))))
    except WeChatError as error:
        print(ADVICE.get(error.code, f"微信没有接受：{error}"), file=sys.stderr)
        return 1
    except (ValkeyError, VaultError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


async def _carry_out(action: str, settings: Settings) -> str:
    async with _api(settings) as api:
        if action == "push":
            await api.menu.create(menu().as_wechat()["button"])
            return "菜单已推送，手机上最多5分钟后看到。"
        if action == "delete":
            await api.menu.delete()
            return "菜单已删除。"
        columns = await api.menu.get()
        lines = [_described(column) for column in columns]
        return "\n".join(lines) or "现在没有菜单。"


@asynccontextmanager
async def _api(settings: Settings) -> AsyncIterator[WeChatApi]:
    """The client, with the token cache that the running service uses too."""
    with contextlib.ExitStack() as stack:
        url = settings.redis_url
        if not url:
            server = ValkeyServer(settings.data_dir)
            await asyncio.to_thread(server.start)
            stack.callback(server.stop)
            url = server.url
        redis = connect(url)
        api = WeChatApi.open(settings, redis, Vault.open(settings), SystemClock())
        try:
            yield api
        finally:
            await api.close()
            await redis.aclose()


def _described(column: dict[str, object]) -> str:
    below = column.get("sub_button")
    names = [str(button.get("name")) for button in below] if isinstance(below, list) else []
    return f"{column.get('name')}：{'、'.join(names)}" if names else str(column.get("name"))
