"""Notices that did not reach people by their day: a clerk calls, tries again, or settles it."""

from datetime import timedelta

from aiohttp import web

from bot.staff.console import Console
from bot.staff.frame import MenuItem, Pages, Refused, Visit

pages = Pages()

PAGE = 50
AGAIN_FOR = timedelta(hours=72)
CHANNELS = {"custom": "客服消息", "subscribe": "订阅通知", "template": "模板消息"}
REFUSALS = {
    "closed": "对方48小时没来消息，发不了",
    "40003": "公众号里没有这个人",
    "43004": "对方没有关注公众号",
    "43101": "对方没有订阅",
    "45015": "对方48小时没来消息，发不了",
    "45047": "这一轮的条数用完了",
    "48001": "公众号没有这项权限",
}
ALL = "undelivered"  # personal data of this page as a whole is asked for once


async def waiting(console: Console) -> int:
    """How many there are."""
    return await console.outbox.undelivered.count(console.clock.now())


MENU = MenuItem("没送到的通知", "/staff/undelivered", "can_talk", order=30, badge=waiting)


@pages.get("/undelivered", needs="can_talk")
async def undelivered(visit: Visit) -> web.StreamResponse:
    """The list; phone numbers only after they were asked for."""
    found = await visit.console.outbox.undelivered.page(visit.now, PAGE, visit.count("before"))
    revealed = visit.me.can("can_see_personal") and await visit.console.sessions.revealed(visit.token, ALL)
    if revealed and found:
        await visit.note("notices.read", about=f"{len(found)}")
    return visit.render(
        "undelivered.html",
        found=found,
        revealed=revealed,
        older=found[-1].id if len(found) == PAGE else None,
        in_words=in_words,
    )


def in_words(reason: str) -> str:
    """“custom 45015” as a clerk reads it; what is in words already stays."""
    return "；".join(dict.fromkeys(_refusal(part) for part in reason.split("；")))


def _refusal(part: str) -> str:
    channel, _, code = part.partition(" ")
    if channel not in CHANNELS:
        return part
    return f"{CHANNELS[channel]}：{REFUSALS.get(code, f'微信没有收下（{code}）')}"


@pages.post("/undelivered/reveal", needs="can_see_personal")
async def reveal(visit: Visit) -> web.StreamResponse:
    """Show names and phone numbers for a quarter of an hour."""
    await visit.note("notices.reveal", about="联系当事人")
    await visit.console.sessions.reveal(visit.token, ALL)
    return visit.go("/staff/undelivered")


@pages.post("/undelivered/{id}/settle", needs="can_talk")
async def settle(visit: Visit) -> web.StreamResponse:
    """The person was told by telephone."""
    with visit.doing("notices.settle", about=visit.part("id")):
        await visit.console.outbox.undelivered.settle(_id(visit))
    return visit.go("/staff/undelivered", "saved")


@pages.post("/undelivered/{id}/resend", needs="can_talk")
async def resend(visit: Visit) -> web.StreamResponse:
    """Try once more."""
    now = visit.console.clock.now()
    with visit.doing("notices.resend", about=visit.part("id")):
        await visit.console.outbox.undelivered.resend(_id(visit), now, now + AGAIN_FOR)
    return visit.go("/staff/undelivered", "saved")


def _id(visit: Visit) -> int:
    text = visit.part("id")
    if not text.isdecimal() or len(text) > 12:
        raise Refused(404, "没有这条通知。")
    return int(text)
