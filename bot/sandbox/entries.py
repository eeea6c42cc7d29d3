"""What stands in a chat, and what went over the wire for it."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from bot.wechat_server.records import Call, Delivered
from bot.wechat_server.webhook import BANNER, Delivery

SHOWN_CHARS = 6_000  # of one body in the inspector


class Entry(BaseModel):
    """One line of a chat. `id` is its place in the stream, given when it is kept."""

    id: str = ""
    who: Literal["me", "bot", "note"]
    kind: str
    at: datetime
    text: str = ""
    via: str = ""  # how the bot's message came: reply, custom, template, subscribe, mass, preview
    data: dict[str, Any] = {}


class Wire(BaseModel):
    """One exchange as it went over HTTP: a callback to the bot, or the bot's call of the API."""

    id: str = ""
    openid: str = ""  # empty: of no person in particular
    way: Literal["callback", "api"]
    title: str
    at: datetime
    url: str = ""
    sent: str = ""
    sent_sealed: str = ""
    answer: str = ""
    answer_sealed: str = ""
    attempts: list[dict[str, Any]] = []
    error: str = ""


def reply_entry(delivery: Delivery, at: datetime) -> Entry | None:
    """The bot's passive reply; None when it kept silent."""
    if delivery.error:
        return Entry(who="note", kind="trouble", at=at, text=BANNER)
    reply = delivery.reply
    if reply is None:
        return None
    kind = str(reply.get("MsgType", ""))
    data = {"articles": reply.get("Articles", []), "media_id": reply.get("MediaId", "")}
    return Entry(who="bot", kind=kind, at=at, text=str(reply.get("Content", "")), via="reply", data=data)


def pushed_entry(message: Delivered) -> Entry:
    """A message that came by the API."""
    return Entry(
        who="bot",
        kind=message.msgtype,
        at=message.at,
        text=message.text,
        via=message.channel,
        data=message.content,
    )


def callback_wire(openid: str, title: str, delivery: Delivery, at: datetime) -> Wire:
    """A callback and its answer, both as sealed and as read."""
    return Wire(
        openid=openid,
        way="callback",
        title=title,
        at=at,
        url=delivery.url,
        sent=_shown(delivery.plain),
        sent_sealed=_shown(delivery.body if delivery.body != delivery.plain else ""),
        answer=_shown(delivery.answer_plain),
        answer_sealed=_shown(delivery.answer if delivery.answer != delivery.answer_plain else ""),
        attempts=[asdict(attempt) for attempt in delivery.attempts],
        error=delivery.error,
    )


def call_wire(call: Call) -> Wire:
    """A call of the API; tokens and secrets are not in the record to begin with."""
    to = call.body.get("touser", "") if isinstance(call.body, dict) else ""
    return Wire(
        openid=to if isinstance(to, str) else "",
        way="api",
        title=call.path.removeprefix("/cgi-bin/"),
        at=call.at,
        url=call.path,
        sent=_shown(_json(call.body)),
        answer=_shown(_json(call.answer)),
        error="" if call.errcode == 0 else f"errcode {call.errcode}" if call.errcode else "连接断开",
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str) if value else ""


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else text[:SHOWN_CHARS] + "…"
