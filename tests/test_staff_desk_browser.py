"""Warnings, knowledge and numbers in a real browser, on a phone and on a desk; no serious barrier."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.app import CLOCK
from bot.clerk_parts import CLERKS
from handlers.ports import Question
from handlers.subscriptions.wishes import Wish
from tests.browser import DESK, PHONE
from tests.desk_lab import *  # noqa: F403
from tests.staff_lab import Site
from tests.test_evidence import picture
from tests.test_staff_browser import clerk, sound
from tests.test_staff_desk import XSS, case_of
from tests.warning_lab import openid
from tests.wechat_lab import Lab

pytestmark = pytest.mark.browser


async def test_a_warning_from_writing_to_its_result(desk: Site, wechat_lab: Lab, tmp_path: Path) -> None:
    subscriptions, now = desk.app[CLERKS].subscriptions, desk.app[CLOCK].now()
    for number in range(5):
        wechat_lab.platform.followers.follow(openid(number))
        await subscriptions.replace(openid(number), frozenset({Wish("all", "622900")}), now)
    (tmp_path / "cover.jpg").write_bytes(picture(size=(600, 300)))
    async with clerk(desk, PHONE, "publisher") as opened:
        await expect(opened.get_by_role("heading", name="消费警示").first).to_be_visible()
        await sound(opened, "phone-warnings")
        await opened.get_by_role("link", name="写一条警示").click()
        await opened.get_by_label("标题").fill("某品牌奶粉不合格" + XSS[:40])
        await opened.get_by_label("正文").fill("停止食用，找商家退货。" + XSS)
        await opened.get_by_label("类别").select_option("food")
        await opened.get_by_label("发给哪里").select_option("622901")
        await opened.get_by_label("依据").fill("抽检通告2026年第12期")
        await opened.get_by_label("有效期到").fill("2026-12-31")
        await opened.get_by_label("封面图").set_input_files(tmp_path / "cover.jpg")
        await sound(opened, "phone-warning-form")
        await opened.get_by_role("button", name="保存草稿").click()
        await expect(opened.get_by_role("status")).to_contain_text("草稿已保存")
        await expect(opened.locator(".wx-bubble")).to_contain_text("<script>alert(1)</script>")
        assert await opened.locator("main script, .wx-bubble img").count() == 0
        await sound(opened, "phone-warning")
        await opened.get_by_role("button", name="送审").click()
        await expect(opened.get_by_role("button", name="批准")).to_have_count(0)
        address = opened.url.partition("?")[0]
    async with clerk(desk, DESK, "reviewer") as opened:
        await opened.goto(address)
        await sound(opened, "desk-warning-review")
        await opened.get_by_role("button", name="批准").click()
        await expect(opened.get_by_role("status")).to_contain_text("已批准")
        await expect(opened.get_by_role("button", name="发送")).to_have_count(0)
    async with clerk(desk, DESK, "publisher") as opened:
        await opened.goto(address)
        await opened.get_by_role("button", name="发送").click()
        for _ in range(60):
            await opened.goto(address)
            if await opened.get_by_text("微信已发完").count():
                break
            await asyncio.sleep(0.2)
        await expect(opened.get_by_text("5 / 5 人")).to_be_visible()
        await sound(opened, "desk-warning-sent")


async def questions(desk: Site) -> None:
    store, now = desk.app[CLERKS].questions, desk.app[CLOCK].now()
    asked = ["停车场在哪里", "停车场在哪", "你们那停车场在哪里呢", XSS]
    for number, text in enumerate(asked):
        at = now - timedelta(minutes=number)
        await store.note(Question(f"u\0{number}", text, "unanswered", at))


async def test_a_question_is_answered_by_a_new_entry(desk: Site) -> None:
    await questions(desk)
    async with clerk(desk, PHONE, "registrar") as opened:
        await opened.goto(f"{desk.base}/staff/knowledge")
        await expect(opened.get_by_text("问了3次")).to_be_visible()
        assert await opened.locator("main script, main img").count() == 0
        await sound(opened, "phone-questions")
        await opened.get_by_role("link", name="写新条目").first.click()
        await opened.get_by_label("条目编号").fill("guide.office.parking")
        await opened.get_by_label("标题").fill("停车")
        await opened.get_by_label("答案").fill("院里能停车，打0930-1112223预约。")
        await opened.get_by_label("来源").fill("guide 28,29,30")
        await opened.get_by_role("button", name="试一试").click()
        await expect(opened.get_by_role("heading", name="试答")).to_be_visible()
        await expect(opened.get_by_text("0930-1112223”在所引来源里找不到")).to_be_visible()
        await sound(opened, "phone-entry-form")
        await opened.get_by_label("答案").fill("停车请先打0930-6216381问。")
        await opened.get_by_role("button", name="保存并生效").click()
        await expect(opened.get_by_role("status")).to_contain_text("已保存")
        await sound(opened, "phone-entry")
    async with clerk(desk, DESK, "registrar") as opened:
        await opened.goto(f"{desk.base}/staff/knowledge/entries?q=停车场在哪里")
        await expect(opened.get_by_text("停车请先打0930-6216381问")).to_be_visible()
        await sound(opened, "desk-entries")
        await opened.goto(f"{desk.base}/staff/knowledge/history")
        await sound(opened, "desk-history")
        await opened.get_by_role("button", name="撤销").first.click()
        await expect(opened.get_by_role("status")).to_contain_text("已撤销")
        await opened.goto(f"{desk.base}/staff/knowledge/check")
        await sound(opened, "desk-check")
    await desk.app[CLERKS].living.close()


@pytest.mark.parametrize(("size", "name"), [(PHONE, "phone"), (DESK, "desk")])
async def test_numbers(desk: Site, size: tuple[int, int], name: str) -> None:
    for number in range(6):
        await case_of(desk, f"d{number}", "马小明")
    store, now = desk.app[CLERKS].questions, desk.app[CLOCK].now()
    for kind, entry, times in (
        ("answered", "guide.office.hours", 30),
        ("unanswered", "", 4),
        ("liked", "", 9),
    ):
        for _ in range(times):
            store.count(kind, entry, now)
    await store.flush()
    async with clerk(desk, size, "head") as opened:
        await opened.goto(f"{desk.base}/staff/numbers?year=2026")
        await expect(opened.get_by_text("88%")).to_be_visible()
        await sound(opened, f"{name}-numbers")
        await opened.get_by_text("看表格").first.click()
        await opened.get_by_role("link", name="年度报告").click()
        await expect(opened.get_by_text("都平")).to_be_visible()
        await sound(opened, f"{name}-report")
        await opened.get_by_role("link", name="四、结转下年度继续办理，总计：6件").click()
        await expect(opened.get_by_role("link", name="XK2026")).to_have_count(6)
        await sound(opened)
        await opened.goto(f"{desk.base}/staff/numbers/remedies")
        await sound(opened, f"{name}-remedies")


async def test_in_the_dark(desk: Site) -> None:
    await questions(desk)
    async with clerk(desk, PHONE, "registrar", dark=True) as opened:
        for path in ("knowledge", "numbers", "numbers/report", "knowledge/entries?q=上班"):
            await opened.goto(f"{desk.base}/staff/{path}")
            await sound(opened)
        await opened.goto(f"{desk.base}/staff/numbers")
        await sound(opened, "phone-numbers-dark")
