"""A real Chromium for tests that look at pages."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SCREENSHOTS = Path(__file__).parent / "screenshots"
PHONE, DESK = (375, 667), (1280, 800)


def chromium() -> str:
    """The path of the Chromium to use; skips the test where there is none, unless REQUIRE_BROWSER=1."""
    named = os.environ.get("CHROMIUM", "")
    candidates = [named, "/usr/bin/chromium", shutil.which("chromium-browser"), shutil.which("google-chrome")]
    for path in candidates:
        if path and Path(path).exists():
            return path
    told = "没有找到 Chromium，浏览器测试没有运行 / no Chromium found: the browser tests were left out"
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(told)
    pytest.skip(told)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    path = chromium()
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=path, args=ARGS)
        try:
            yield running
        finally:
            await running.close()


@asynccontextmanager
async def page(running: Browser, size: tuple[int, int], *, dark: bool = False) -> AsyncIterator[Page]:
    """A page of that size; fails the test when the page logs an error or breaks its own security policy."""
    phone = size[0] < 700
    context = await running.new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=2 if phone else 1,
        has_touch=phone,
        is_mobile=phone,
        color_scheme="dark" if dark else "light",
        locale="zh-CN",
    )
    opened = await context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    try:
        yield opened
        assert troubles == []
    finally:
        await context.close()


async def shoot(opened: Page, name: str) -> None:
    """Save a screenshot to be looked at."""
    SCREENSHOTS.mkdir(exist_ok=True)
    await opened.screenshot(path=SCREENSHOTS / f"{name}.png")
