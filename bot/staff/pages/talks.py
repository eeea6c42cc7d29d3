"""Conversations with people: what they wrote, answers within WeChat's window, back to the bot."""

import secrets

from aiohttp import web

from bot.staff.console import Console
from bot.staff.frame import MenuItem, Pages, Refused, Visit
from bot.staff.security import FILE_POLICY
from bot.staff.talking import NotSentError
from bot.store.talk_desk import OthersSpokeError, SaidAlreadyError
from bot.store.talk_rows import NewLine, TalkRow

pages = Pages()

STATES = {"waiting": "等人接", "left": "留言，机器人在答", "taken": "人工在答", "closed": "已结束"}
OTHERS = "您写的时候，对方又发来了消息，或者同事已经回了。请看过再发，您写的还在下面。"


async def waiting(console: Console) -> int:
    """How many people wait for a word."""
    return await console.talking.desk.waiting()


MENU = MenuItem("人工对话", "/staff/talks", "can_talk", order=20, badge=waiting)


@pages.get("/talks", needs="can_talk")
async def listed(visit: Visit) -> web.StreamResponse:
    """Who waits, longest first; no word of what was said."""
    closed = visit.param("closed") == "1"
    return visit.render(
        "talks.html",
        talks=await visit.console.talking.desk.listed(closed=closed),
        closed=closed,
        people=await visit.console.people(),
        STATES=STATES,
    )


async def _talk(visit: Visit) -> TalkRow:
    talk = await visit.console.talking.desk.find(visit.part("id"))
    if talk is None:
        raise Refused(404, "没有这段对话，可能保存期满已经删除。")
    return talk


@pages.get("/talks/{id}", needs="can_talk")
async def thread(visit: Visit) -> web.StreamResponse:
    """The thread; looking at it is logged once in a quarter of an hour, it looks for news by itself."""
    return await _page(visit, await _talk(visit))


async def _page(
    visit: Visit, talk: TalkRow, status: int = 200, problem: str = "", text: str = ""
) -> web.Response:
    if not await visit.console.sessions.revealed(visit.token, talk.id):
        await visit.note("talk.read", about=talk.id)
        await visit.console.sessions.reveal(visit.token, talk.id)
    lines = await visit.console.talking.desk.thread(talk.id)
    left, until = await visit.console.talking.left(talk.user)
    cases = await visit.console.parts.cases.own(talk.user, only_open=True)
    return visit.render(
        "talk.html",
        status,
        talk=talk,
        lines=lines,
        seen=lines[-1].seq if lines else 0,
        left=left,
        until=until,
        cases=[case.number for case in cases],
        people=await visit.console.people(),
        nonce=secrets.token_hex(16),
        problem=problem,
        text=text,
        STATES=STATES,
    )


@pages.post("/talks/{id}/answer", needs="can_talk")
async def answer(visit: Visit) -> web.StreamResponse:
    """Send an answer; the conversation is this clerk's now."""
    talk, text, nonce = await _talk(visit), visit.text("text", 2000), visit.text("nonce", 32)
    seen = visit.count("seen")
    if not text or not nonce:
        return await _page(visit, talk, 422, "请先写回复。")
    line = NewLine(visit.me.id, text, state="sending", mark=nonce)
    try:
        with visit.doing("talk.answer", about=talk.id):
            await visit.console.talking.answer(talk, line, -1 if seen is None else seen)
    except SaidAlreadyError:
        return visit.go(f"/staff/talks/{talk.id}")
    except OthersSpokeError:
        return await _page(visit, talk, 409, OTHERS, text)
    except NotSentError as error:
        return await _page(visit, talk, 502, str(error), text)
    return visit.go(f"/staff/talks/{talk.id}")


@pages.post("/talks/{id}/back", needs="can_talk")
async def hand_back(visit: Visit) -> web.StreamResponse:
    """The bot answers again, and the citizen is told."""
    talk = await _talk(visit)
    if talk.state != "closed":
        with visit.doing("talk.back", about=talk.id):
            await visit.console.talking.desk.hand_back(talk.id)
    return visit.go("/staff/talks", "handed_back")


@pages.get("/talks/{id}/pictures/{picture}", needs="can_talk")
async def picture(visit: Visit) -> web.StreamResponse:
    """A picture that was sent in the conversation."""
    talk = await _talk(visit)
    kept = {item.id for item in await visit.console.parts.evidence.of_draft(f"talk:{talk.id}")}
    found = (
        await visit.console.parts.evidence.open(visit.part("picture"))
        if visit.part("picture") in kept
        else None
    )
    if found is None:
        raise Refused(404, "没有这张图片。")
    item, content = found
    await visit.note("talk.picture", about=f"{talk.id} {item.id}")
    return web.Response(
        body=content, headers={"Content-Type": item.mime, "Content-Security-Policy": FILE_POLICY}
    )
