"""The console in a real browser: each role's main path, on a phone and on a desk; no serious barrier."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pyotp
import pytest
from axe_playwright_python.async_playwright import Axe
from PIL import Image
from playwright.async_api import Page, expect

from bot.store.talk_rows import TalkRows
from bot.store.talks import TalkStore
from handlers.message import Message
from tests.browser import DESK, PHONE, browser, page, shoot
from tests.staff_cases import EVIL, NAME, OPENID, at, filed, happened, received
from tests.staff_cases import PHONE as TELEPHONE
from tests.staff_lab import PASSWORD, Site
from tests.test_staff_cases import Fetched

pytestmark = pytest.mark.browser


@asynccontextmanager
async def clerk(site: Site, size: tuple[int, int], *roles: str, dark: bool = False) -> AsyncIterator[Page]:
    """Somebody with these roles who has logged in with keyboard and screen."""
    login = f"{roles[0]}1"
    account = await site.console.staff.by_login(login) or await site.account(login, *roles)
    async with browser() as running, page(running, size, dark=dark) as opened:
        await opened.goto(f"{site.base}/staff/")
        await opened.get_by_label("登录名").fill(login)
        await opened.get_by_label("密码").fill(PASSWORD)
        await opened.keyboard.press("Enter")
        if account.totp:
            await opened.get_by_label("6位数字").fill(pyotp.TOTP(account.totp).now())
            await opened.keyboard.press("Enter")
        await expect(opened.get_by_role("button", name="退出")).to_be_visible()
        yield opened


async def sound(opened: Page, name: str = "") -> None:
    """No serious barrier, nothing sticks out sideways; a screenshot to be looked at."""
    found = await Axe().run(opened)
    serious = [v for v in found.response["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in serious] == []
    assert await opened.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if name:
        await opened.evaluate("window.scrollTo(0, 0)")
        await shoot(opened, f"staff-{name}")


async def busy(site: Site) -> str:
    """A queue with something of everything; gives the number of a case whose clock runs."""
    await received(site, "2026-10-19", draft="late", when=at("2026-10-18"))
    await received(site, "2026-10-27", draft="today", when=at("2026-10-26"))
    await filed(site, draft="new")
    complaint = await filed(site, "complaint", draft="c1")
    await happened(site, complaint.number, "received", "2026-11-23")
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "#a0522d").save(out, "PNG")
    site.console.parts.evidence._fetch = Fetched(out.getvalue())
    message = Message(user=OPENID, account="gh", kind="image", at=at("2026-11-20"), id="m1", media_id="x")
    await site.console.parts.evidence.keep("d1", message)
    return (await received(site)).number


async def test_the_registrar_on_a_phone(site: Site) -> None:
    number = (await filed(site, draft="new")).number
    await busy(site)
    async with clerk(site, PHONE, "registrar") as opened:
        await expect(opened.get_by_role("heading", name="案件").first).to_be_visible()
        await sound(opened, "phone-queue")
        await opened.get_by_text("菜单").click()
        await expect(opened.get_by_role("link", name="人工对话")).to_be_visible()
        await sound(opened, "phone-menu")
        await opened.get_by_label("查找").fill(TELEPHONE)
        await opened.get_by_role("button", name="查找").click()
        await expect(opened.get_by_role("link", name=number)).to_be_visible()
        await sound(opened)
        await opened.get_by_role("link", name=number).click()
        await sound(opened, "phone-case")
        await opened.get_by_role("link", name="本机关确认收到").click()
        await opened.get_by_role("button", name="下一步").click()
        await expect(opened.get_by_text("期限开始计算")).to_be_visible()
        await sound(opened, "phone-preview")
        await opened.get_by_role("button", name="确认本机关确认收到").click()
        await expect(opened.get_by_role("status")).to_contain_text("已记录")
        await opened.get_by_role("link", name="一次性告知补正").click()
        await opened.get_by_label("要补正的内容").fill(EVIL)
        await opened.get_by_label("最晚哪天补上").fill("2026-12-08")
        await sound(opened, "phone-act")
        await opened.get_by_role("button", name="下一步").click()
        await expect(opened.locator("blockquote")).to_contain_text("<script>")
        await opened.get_by_role("button", name="确认").click()
        await expect(opened.get_by_text("等补正").first).to_be_visible()
        await opened.get_by_role("link", name="文书").click()
        await opened.get_by_role("link", name="政府信息公开申请补正告知书").click()
        await expect(opened.get_by_label("补正事项")).to_have_value(EVIL)
        await opened.get_by_role("button", name="制作并存入案件").click()
        await expect(opened.get_by_role("status")).to_contain_text("文书做好了")
        await sound(opened, "phone-papers")
        assert await opened.locator("main script, main img").count() == 0


async def test_the_handler_and_the_head_on_a_desk(site: Site) -> None:
    number = await busy(site)
    async with clerk(site, DESK, "handler") as opened:
        await sound(opened, "desk-queue")
        await opened.get_by_role("link", name=number).click()
        await expect(opened.get_by_text(NAME)).to_have_count(0)
        await opened.get_by_label("看个人信息的原因").select_option("inquiry")
        await opened.get_by_role("button", name="显示").click()
        await expect(opened.get_by_text(NAME).first).to_be_visible()
        await opened.get_by_text("一天一天地看").first.click()
        await sound(opened, "desk-case")
        await expect(opened.get_by_role("link", name="批准延期")).to_have_count(0)
        await opened.get_by_role("link", name="申请延期").click()
        await opened.get_by_label("延长几个工作日").fill("10")
        await opened.get_by_label("延期理由").fill("要查的档案很多")
        await opened.get_by_role("button", name="下一步").click()
        await expect(opened.get_by_role("heading", name="不通知当事人")).to_be_visible()
        await opened.get_by_role("button", name="确认").click()
        await expect(opened.get_by_role("heading", name="拟延期")).to_be_visible()
    async with clerk(site, DESK, "head") as opened:
        await opened.goto(f"{site.base}/staff/cases/{number}")
        await opened.get_by_role("link", name="看过，批准延期").click()
        await expect(opened.get_by_label("延长几个工作日")).to_have_value("10")
        await opened.get_by_role("button", name="下一步").click()
        await expect(opened.get_by_text("期限从")).to_be_visible()
        await sound(opened, "desk-preview")
        await opened.get_by_role("button", name="确认批准延期").click()
        await opened.get_by_role("link", name="答复", exact=True).click()
        await opened.get_by_label("答复类型").select_option("GRANT")
        await opened.get_by_role("button", name="下一步").click()
        await opened.get_by_label("提供内容").fill("见附件")
        await sound(opened, "desk-answer")
        await opened.get_by_role("button", name="下一步").click()
        await opened.get_by_role("button", name="确认答复").click()
        await expect(opened.get_by_text("已办结").first).to_be_visible()


async def test_hand_over_to_the_platform(site: Site) -> None:
    case = await filed(site, "complaint")
    async with clerk(site, PHONE, "registrar") as opened:
        await opened.goto(f"{site.base}/staff/cases/{case.number}/platform")
        await opened.get_by_role("button", name="显示").click()
        await opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await opened.get_by_role("button", name="复制联系电话").first.click()
        await expect(opened.get_by_role("button", name="复制联系电话").first).to_have_text("已复制")
        assert await opened.evaluate("navigator.clipboard.readText()") == TELEPHONE
        await sound(opened, "phone-platform")


async def test_a_conversation(site: Site) -> None:
    clock = site.console.clock
    store = TalkStore(site.console.database, TalkRows(site.console.vault, clock))
    message = Message(user=OPENID, account="gh", kind="text", at=clock.now(), id="1", text="人工")
    talk = await store.open(message, "waiting", clock.now() + timedelta(minutes=30))
    await store.hear(talk, message.model_copy(update={"id": "2", "text": "我家电梯坏了三天，没人管"}))
    await site.console.outbox.windows.heard(message)
    async with clerk(site, PHONE, "registrar") as opened:
        await opened.goto(f"{site.base}/staff/talks")
        await expect(opened.get_by_text("等回复")).to_be_visible()
        await sound(opened, "phone-talks")
        await opened.get_by_role("link", name="2026-11-24").click()
        await expect(opened.get_by_text("还可以发")).to_contain_text("5条")
        await opened.get_by_label("回复").fill("马上派人去看")
        await sound(opened, "phone-talk")


async def test_the_admin(site: Site) -> None:
    async with clerk(site, DESK, "admin") as opened:
        await sound(opened, "desk-accounts")
        await opened.get_by_label("姓名").fill("马丽")
        await opened.get_by_label("登录名").fill("mali")
        await opened.get_by_label("承办人").check()
        await opened.get_by_role("button", name="建账号").click()
        await expect(opened.get_by_role("heading", name="账号建好了")).to_be_visible()
        await opened.get_by_role("link", name="马丽").click()
        await sound(opened, "desk-account")
        await opened.get_by_role("link", name="放假安排").first.click()
        await opened.get_by_label("放假（含周末）").fill("元旦：1月1日至3日\n春节：2月5日至2月13日")
        await opened.get_by_label("调休上班的周末").fill("2月14日、2月27日")
        await opened.get_by_role("button", name="下一步").click()
        await sound(opened, "desk-calendar")
        await opened.get_by_role("button", name="没有错").click()
        await expect(opened.get_by_role("status")).to_contain_text("已启用")
        await sound(opened)
        assert (await opened.request.get(f"{site.base}/staff/cases")).status == 403


async def test_the_auditor(site: Site) -> None:
    await busy(site)
    async with clerk(site, PHONE, "auditor") as opened:
        await opened.goto(f"{site.base}/staff/audit")
        await opened.get_by_role("link", name="核对是否完整").click()
        await expect(opened.get_by_role("status")).to_contain_text("日志完整")
        await sound(opened, "phone-audit")


async def test_first_login_with_a_second_factor(site: Site) -> None:
    account = await site.account("rev1", "reviewer", must_change=True)
    await site.console.staff.set_totp(account.id, "", "cli")
    async with browser() as running, page(running, PHONE) as opened:
        await opened.goto(f"{site.base}/staff/")
        await sound(opened, "phone-login")
        await opened.get_by_label("登录名").fill("rev1")
        await opened.get_by_label("密码").fill(PASSWORD)
        await opened.keyboard.press("Enter")
        await opened.get_by_label("新密码").fill("黄河边上的太子山很高")
        await opened.get_by_label("再输一次").fill("黄河边上的太子山很高")
        await sound(opened, "phone-password")
        await opened.keyboard.press("Enter")
        secret = (await opened.locator("code").inner_text()).replace(" ", "")
        await sound(opened, "phone-enroll")
        await opened.get_by_label("6位数字").fill(pyotp.TOTP(secret).now())
        await opened.get_by_role("button", name="绑定").click()
        await expect(opened.get_by_role("button", name="退出")).to_be_visible()


async def test_by_keyboard_alone(site: Site) -> None:
    number = await busy(site)
    async with clerk(site, DESK, "registrar") as opened:
        await opened.keyboard.press("Tab")
        await expect(opened.get_by_role("link", name="跳到正文")).to_be_focused()
        await opened.keyboard.press("Enter")
        await expect(opened.locator("main")).to_be_focused()
        for _ in range(40):
            await opened.keyboard.press("Tab")
            if await opened.evaluate("document.activeElement.textContent") == number:
                break
        await opened.keyboard.press("Enter")
        await expect(opened.get_by_role("heading", name=number)).to_be_visible()


@pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (DESK, True)])
async def test_in_the_dark(site: Site, size: tuple[int, int], dark: bool) -> None:
    number = await busy(site)
    async with clerk(site, size, "registrar", dark=dark) as opened:
        await sound(opened, f"dark-queue-{size[0]}")
        await opened.goto(f"{site.base}/staff/cases/{number}")
        await sound(opened, f"dark-case-{size[0]}")


async def test_registering_on_a_phone(site: Site) -> None:
    async with clerk(site, PHONE, "registrar") as opened:
        await opened.get_by_role("link", name="登记书面来件").click()
        await sound(opened)
        await opened.get_by_role("link", name="信息公开").click()
        await opened.get_by_label("方式").first.select_option("in_person")
        await opened.get_by_label("姓名", exact=False).first.fill(NAME)
        await opened.get_by_label("联系电话", exact=False).first.fill(TELEPHONE)
        await opened.get_by_label("所需信息的内容描述", exact=False).fill("2025年电梯抽查结果")
        await sound(opened, "phone-register")
        await opened.get_by_role("button", name="登记").click()
        await expect(opened.get_by_role("status")).to_contain_text("查询码")
        await sound(opened)
