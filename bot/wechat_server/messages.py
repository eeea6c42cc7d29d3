"""Customer-service, template and subscription messages."""

from typing import Any

from bot.wechat_server.bodies import Body, Content, CustomBody, News, TemplateBody, TypingBody, read
from bot.wechat_server.errors import ApiError
from bot.wechat_server.platform import Platform

Answer = dict[str, Any]


def checked_content(platform: Platform, body: Content, allowed: set[str]) -> dict[str, Any]:
    """The content of a message. ApiError 40008 wrong type, 44004 empty, 45002 too long, 40007 no media."""
    if body.msgtype not in allowed:
        raise ApiError(40008)
    content: Body | None = getattr(body, body.msgtype)
    if content is None:
        raise ApiError(44004)
    found = content.model_dump()
    if body.text and body.msgtype == "text":
        if not body.text.content:
            raise ApiError(44004)
        if len(body.text.content.encode()) > platform.limits.text_bytes:
            raise ApiError(45002)
    if isinstance(content, News) and len(content.articles) > 1:
        raise ApiError(45008)  # one article since October 2018
    if body.msgtype == "mpnews":
        return _with_articles(platform, str(found["media_id"]))
    if "media_id" in found:
        platform.media.get(str(found["media_id"]))
    return found


def _with_articles(platform: Platform, media_id: str) -> dict[str, Any]:
    """What the phone shows of a draft. ApiError 40007 for one that does not exist."""
    articles = platform.drafts.get(media_id)
    if articles is None:
        raise ApiError(40007)
    shown = [{"title": each["title"], "description": each["digest"], "url": ""} for each in articles]
    return {"media_id": media_id, "articles": shown}


def custom_send(platform: Platform, data: Any) -> Answer:
    """POST message/custom/send."""
    body = read(CustomBody, data)
    if not platform.account.verified:
        raise ApiError(48001)
    platform.followers.following(body.touser)
    content = checked_content(platform, body, {"text", "image", "voice", "news"})
    platform.followers.spend_reply(body.touser)
    platform.deliver(body.touser, "custom", body.msgtype, content)
    return {}


def typing(platform: Platform, data: Any) -> Answer:
    """POST message/custom/typing."""
    body = read(TypingBody, data)
    if not platform.account.verified:
        raise ApiError(48001)
    if body.command not in ("Typing", "CancelTyping"):
        raise ApiError(45072)
    platform.followers.check_window(body.touser)
    platform.deliver(body.touser, "typing", body.command, {})
    return {}


def template_send(platform: Platform, data: Any) -> Answer:
    """POST message/template/send; TEMPLATESENDJOBFINISH follows."""
    body = read(TemplateBody, data)
    _check_template(platform, body)
    platform.followers.following(body.touser)
    number = platform.deliver(body.touser, "template", "template", _template_content(body))
    platform.post_event(body.touser, "TEMPLATESENDJOBFINISH", MsgID=number, Status="success")
    return {"msgid": number}


def subscription_send(platform: Platform, data: Any) -> Answer:
    """POST message/subscribe/bizsend; subscribe_msg_sent_event follows."""
    body = read(TemplateBody, data)
    _check_template(platform, body)
    platform.followers.spend_grant(body.touser, body.template_id)
    number = platform.deliver(body.touser, "subscribe", "template", _template_content(body))
    result = {"TemplateId": body.template_id, "MsgID": number, "ErrorCode": 0, "ErrorStatus": "success"}
    platform.post_event(body.touser, "subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": result})
    return {}


def _check_template(platform: Platform, body: TemplateBody) -> None:
    if not platform.account.may_push:
        raise ApiError(48001)
    known = platform.account.templates
    if known is not None and body.template_id not in known:
        raise ApiError(40037)
    for name, entry in body.data.items():
        if not entry.value or len(entry.value) > platform.limits.field_chars:
            raise ApiError(47003, f"data.{name}.value")


def _template_content(body: TemplateBody) -> dict[str, Any]:
    return {
        "template_id": body.template_id,
        "url": body.url or body.page,
        "fields": {name: entry.value for name, entry in body.data.items()},
    }
