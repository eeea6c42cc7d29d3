"""Chats in the sandbox as a person would, on a phone of 375 px and on a desktop, with a real Chromium."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from axe_playwright_python.async_playwright import Axe
from PIL import Image
from playwright.async_api import Page, expect
from redis.asyncio import Redis

from bot.app import create_app
from bot.brain import Brain
from bot.clock import ShiftedClock
from bot.sandbox import API_PATH, WORLD
from bot.valkey import ValkeyServer
from bot.vault import Vault
from bot.wechat_api import WeChatApi
from config.sandbox import cast
from config.settings import Settings
from tests.browser import DESK, PHONE, browser, page, shoot
from tests.wechat_lab import Noon, served

pytestmark = pytest.mark.browser
GRANNY, COOK = (person.openid for person in cast().person[:2])


@pytest.fixture
async def sandbox(
    settings: Settings, valkey: Redis, valkey_server: ValkeyServer, brain: Brain
) -> AsyncIterator[tuple[str, web.Application]]:
    own = settings.model_copy(update={"sandbox": True})
    app = create_app(own, redis_url=valkey_server.url, brain=brain, clock=ShiftedClock(Noon()))
    async with served(app) as base:
        yield base, app


@asynccontextmanager
async def chat(base: str, size: tuple[int, int], *, dark: bool = False) -> AsyncIterator[Page]:
    """The chat page of a new visitor, opened and greeted."""
    async with browser() as running, page(running, size, dark=dark) as opened:
        await opened.goto(f"{base}/sandbox/")
        await expect(opened.get_by_role("log")).to_contain_text("我能帮您")
        yield opened


async def say(opened: Page, text: str, answer: str | re.Pattern[str]) -> None:
    await opened.get_by_label("发消息").fill(text)
    await opened.keyboard.press("Enter")
    await expect(opened.locator(".row-in.me .bubble").last).to_contain_text(text)
    await expect(opened.locator(".row-in.bot .bubble").last).to_contain_text(answer)


async def fits(opened: Page) -> bool:
    """Whether nothing sticks out sideways."""
    script = "document.documentElement.scrollWidth <= window.innerWidth"
    return bool(await opened.evaluate(script))


async def test_chatting_on_a_phone(sandbox: tuple[str, web.Application], tmp_path: Path) -> None:
    base, _ = sandbox
    async with chat(base, PHONE) as opened:
        await say(opened, "几点能去办事", "14:30")
        await expect(opened.locator(".bubble a[href^='tel:']").first).to_contain_text("0930-6216381")
        await shoot(opened, "sandbox-phone-chat")

        await opened.get_by_label("更多：照片、位置、链接").click()
        await shoot(opened, "sandbox-phone-tools")
        picture = tmp_path / "sofa.png"
        Image.new("RGB", (320, 240), "#a0522d").save(picture)
        await opened.locator("#picture").set_input_files(picture)
        await expect(opened.get_by_role("button", name="查看图片")).to_be_visible()
        await expect(opened.locator(".row-in.bot .bubble").last).to_contain_text("图片")

        await opened.get_by_label("发语音").first.click()
        await opened.get_by_label("语音转成的文字").fill("咨询电话是多少")
        await opened.get_by_role("dialog").get_by_role("button", name="发送").click()
        await expect(opened.locator(".row-in.bot .bubble").last).to_contain_text("0930-6216381")

        await opened.get_by_label("更多：照片、位置、链接").click()
        await opened.get_by_role("button", name="位置", exact=True).click()
        await opened.get_by_role("dialog").get_by_role("button", name="发送").click()
        await expect(opened.locator(".me .tile")).to_contain_text("新华街")
        assert await fits(opened)
        await shoot(opened, "sandbox-phone-kinds")


async def test_the_menu(sandbox: tuple[str, web.Application]) -> None:
    base, _ = sandbox
    async with chat(base, PHONE) as opened:
        await opened.get_by_label("显示菜单").click()
        await opened.get_by_role("button", name="问一问").click()
        await shoot(opened, "sandbox-phone-menu")
        await opened.get_by_role("button", name="联系电话").click()
        await expect(opened.locator(".row-in.bot .bubble")).to_have_count(2)
        await expect(opened.locator(".row-in.bot .bubble").last).to_contain_text("0930-6216381")
        await expect(opened.locator(".row-in.me")).to_have_count(0)
        await expect(opened.get_by_role("button", name="联系电话")).to_be_hidden()


async def test_people_are_apart_and_a_reload_keeps_the_chat(
    sandbox: tuple[str, web.Application],
) -> None:
    base, _ = sandbox
    async with chat(base, PHONE) as opened:
        await say(opened, "传真号是多少", re.compile(r"0930-\d{7}"))
        await opened.reload()
        await expect(opened.get_by_role("log")).to_contain_text("传真号是多少")
        await opened.get_by_label("换个人、快进时间").click()
        await shoot(opened, "sandbox-phone-people")
        await opened.get_by_role("button", name="马师傅").click()
        await expect(opened.get_by_role("log")).to_contain_text("我能帮您")
        await expect(opened.get_by_role("log")).not_to_contain_text("传真号是多少")

        await opened.get_by_label("换个人、快进时间").click()
        await opened.get_by_role("button", name="取消关注").click()
        await expect(opened.get_by_role("button", name="关注公众号")).to_be_visible()
        await expect(opened.get_by_label("发消息")).to_be_hidden()
        await shoot(opened, "sandbox-phone-card")
        await opened.get_by_role("button", name="关注公众号").click()
        await expect(opened.get_by_label("发消息")).to_be_visible()


async def test_clock_pushes_and_inspector_on_a_desktop(
    sandbox: tuple[str, web.Application], settings: Settings, valkey: Redis
) -> None:
    base, app = sandbox
    async with chat(base, DESK) as opened:
        await say(opened, "办公时间", "14:30")
        await expect(opened.locator("#clock")).to_contain_text("2026年11月24日")
        await opened.get_by_role("button", name="+1天").click()
        await expect(opened.locator("#clock")).to_contain_text("2026年11月25日")
        await expect(opened.get_by_role("log")).to_contain_text("时间快进到")

        world = app[WORLD]
        own = settings.model_copy(update={"wechat_api_base": base + API_PATH})
        api = WeChatApi.open(own, valkey, Vault.open(own), world.clock)
        await api.messages.typing(GRANNY)
        await expect(opened.get_by_text("对方正在输入…")).to_be_visible()
        await api.messages.send_text(GRANNY, "您的申请收到了。\n<a href='https://example.org/'>看进度</a>")
        await expect(opened.locator(".bubble a[href='https://example.org/']")).to_have_text("看进度")
        world.platform.followers.follow(COOK)
        await api.messages.send_text(COOK, "给马师傅的")
        await expect(opened.get_by_role("img", name="有新消息")).to_be_visible()
        await api.close()

        summary = opened.locator("#wires summary", has_text="文字").first
        await summary.click()
        block = opened.locator("#wires details[open]")
        await expect(block).to_contain_text("msg_signature=")
        await expect(block).to_contain_text("<Encrypt>")
        await expect(block).to_contain_text("办公时间")
        await expect(opened.locator("#wires")).to_contain_text("message/custom/send")
        await shoot(opened, "sandbox-desk")
        assert await fits(opened)


async def test_scripts_stay_text(sandbox: tuple[str, web.Application]) -> None:
    base, app = sandbox
    evil = "<img src=x onerror=alert(1)><a href='javascript:alert(1)'>x</a><script>alert(1)</script>"
    async with chat(base, PHONE) as opened:
        world = app[WORLD]
        world.platform.deliver(GRANNY, "custom", "text", {"content": evil})
        world.platform.deliver(
            GRANNY, "template", "template", {"fields": {"thing1": evil}, "url": "javascript:1"}
        )
        await expect(opened.locator(".service")).to_contain_text("<script>")
        assert await opened.locator("#chat img, #chat script, #chat a[href^='javascript']").count() == 0


@pytest.mark.parametrize(("size", "dark"), [(PHONE, False), (PHONE, True), (DESK, False)])
async def test_no_serious_barrier(
    sandbox: tuple[str, web.Application], size: tuple[int, int], dark: bool
) -> None:
    base, _ = sandbox
    async with chat(base, size, dark=dark) as opened:
        await say(opened, "咨询电话", "0930-6216381")
        if size == PHONE:
            await opened.get_by_label("显示菜单").click()
        found = await Axe().run(opened)
        serious = [v for v in found.response["violations"] if v["impact"] in ("serious", "critical")]
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in serious] == []
        await shoot(opened, f"sandbox-{size[0]}-{'dark' if dark else 'light'}")
