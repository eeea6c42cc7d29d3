"""A person in the sandbox watches the notices of a request arrive while the clock is moved."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from axe_playwright_python.async_playwright import Axe
from redis.asyncio import Redis
from sqlalchemy import select

from bot.app import CASES, CLOCK, DATABASE, create_app
from bot.clock import SHANGHAI, ShiftedClock
from bot.sandbox_settings import with_sandbox_secrets
from bot.store.schema import outbox
from bot.valkey import ValkeyServer
from config.sandbox import cast
from config.settings import Settings
from handlers.cases.model import Happened
from handlers.ports import Filing
from tests.browser import PHONE, browser, page, shoot
from tests.fixtures_wechat import Parrot
from tests.test_sandbox import Sandbox
from tests.wechat_lab import Noon

GRANNY = cast().person[0].openid


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def sandbox(settings: Settings, valkey: Redis, valkey_server: ValkeyServer) -> AsyncIterator[Sandbox]:
    """A sandbox whose bot talks to the sandbox's own WeChat, as `make run` starts it."""
    own = settings.model_copy(update={"sandbox": True, "port": free_port()})
    async with _served(with_sandbox_secrets(own), valkey_server.url) as it:
        yield it


@asynccontextmanager
async def _served(own: Settings, redis_url: str) -> AsyncIterator[Sandbox]:
    app = create_app(own, redis_url=redis_url, brain=Parrot(), clock=ShiftedClock(Noon()))
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, own.host, own.port).start()
    async with aiohttp.ClientSession() as http:
        try:
            yield Sandbox(f"http://{own.host}:{own.port}", http, app, own)
        finally:
            await runner.cleanup()


async def received(sandbox: Sandbox) -> str:
    """A request that both sides have confirmed; its number."""
    parts, now = sandbox.app[CASES], sandbox.app[CLOCK].now()
    first = Happened(type="applicant_confirmed", at=now, by="applicant")
    filing = Filing("d", "disclosure", GRANNY, {"name": "马小明"}, now, events=(first,))
    number = (await parts.cases.submit(filing)).case.number
    await parts.service.happen(number, Happened(type="bureau_confirmed", at=now, by="staff:1"))
    return number


async def move(sandbox: Sandbox, moment: str) -> None:
    to = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)
    assert await sandbox.post("clock", {"to": to.isoformat(), "person": GRANNY}) == 200


def pushed(lines: list[Any]) -> list[str]:
    return [line["text"] for line in lines if line["who"] == "bot" and "XK" in line["text"]]


async def test_notices_arrive_as_the_clock_is_moved(sandbox: Sandbox) -> None:
    await sandbox.follow(GRANNY)
    await sandbox.says(GRANNY, "在吗")
    number = await received(sandbox)
    lines = await sandbox.chat(GRANNY, lambda found: len(pushed(found)) == 1)
    assert f"{number}，本局已确认收到，最晚12月22日答复" in pushed(lines)[0]
    for day, words in (
        ("12-17", "还有3个工作日"),
        ("12-22", "今天到期"),
        ("12-23", "昨天到期，还没有答复，对不起"),
    ):
        await move(sandbox, f"2026-{day} 08:30")
        await sandbox.says(GRANNY, "有消息吗")  # opens the 48 hours
        before = len(pushed((await sandbox.get(f"chat/{GRANNY}"))["entries"]))
        await move(sandbox, f"2026-{day} 09:01")
        lines = await sandbox.chat(GRANNY, lambda found, n=before: len(pushed(found)) > n)  # type: ignore[misc]
        assert words in pushed(lines)[-1]


async def test_notice_outside_the_window_leads_the_next_reply(sandbox: Sandbox) -> None:
    await sandbox.follow(GRANNY)
    await sandbox.says(GRANNY, "在吗")
    await move(sandbox, "2026-11-27 10:00")
    number = await received(sandbox)
    for _ in range(300):  # the jobs look every two seconds
        async with sandbox.app[DATABASE].read() as connection:
            if "contact" in (await connection.execute(select(outbox.c.state))).scalars().all():
                break
        await asyncio.sleep(0.1)
    [said] = await sandbox.says(GRANNY, "有消息吗")
    assert said.startswith("给您的通知（11月27日）：")
    assert number in said
    assert said.endswith("有消息吗")


@pytest.mark.browser
async def test_calendar_page_fits_a_phone(sandbox: Sandbox, tmp_path: Path) -> None:
    await sandbox.follow(GRANNY)
    await sandbox.says(GRANNY, "在吗")
    await received(sandbox)
    lines = await sandbox.chat(GRANNY, lambda found: len(pushed(found)) == 1)
    address = pushed(lines)[0].rpartition("：")[2].strip()
    assert address.startswith(f"{sandbox.base}/c/")
    async with browser() as chromium, page(chromium, PHONE) as opened:
        await opened.goto(address)
        assert await opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await opened.locator("td.due-day").inner_text() == "22\n第20天\n到期"
        assert await opened.locator("td.counted").count() == 19
        results = await Axe().run(opened)
        serious = [v for v in results.response["violations"] if v["impact"] in ("serious", "critical")]
        assert serious == []
        await shoot(opened, "calendar-375")
