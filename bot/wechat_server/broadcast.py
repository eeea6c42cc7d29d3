"""Mass messages: sendall, send, preview, get."""

from typing import Any

from bot.wechat_server.bodies import MassStatusBody, MassToTagBody, MassToUsersBody, PreviewBody, read
from bot.wechat_server.errors import ApiError
from bot.wechat_server.mass import MassJob
from bot.wechat_server.messages import checked_content
from bot.wechat_server.platform import Platform

Answer = dict[str, Any]
TYPES = {"text", "image", "voice", "mpnews"}


def send_to_tag(platform: Platform, data: Any) -> Answer:
    """POST message/mass/sendall."""
    body = read(MassToTagBody, data)
    content = checked_content(platform, body, TYPES)
    if body.filter.is_to_all:
        openids = [person.openid for person in platform.followers.everyone()]
    elif body.filter.tag_id is not None:
        openids = platform.tags.members(body.filter.tag_id)
    else:
        raise ApiError(45159)
    held = body.filter.is_to_all and platform.account.protected
    return _started(platform.mass.send(openids, body.msgtype, content, body.clientmsgid, held=held))


def send_to_users(platform: Platform, data: Any) -> Answer:
    """POST message/mass/send."""
    body = read(MassToUsersBody, data)
    content = checked_content(platform, body, TYPES)
    if len(body.touser) < 2:
        raise ApiError(40130)
    if len(body.touser) > platform.limits.mass_openids:
        raise ApiError(40032)
    return _started(platform.mass.send(body.touser, body.msgtype, content, body.clientmsgid))


def preview(platform: Platform, data: Any) -> Answer:
    """POST message/mass/preview."""
    body = read(PreviewBody, data)
    if not platform.account.verified:
        raise ApiError(48001)
    content = checked_content(platform, body, TYPES)
    platform.followers.following(body.touser)
    return {"msg_id": platform.deliver(body.touser, "preview", body.msgtype, content)}


def status(platform: Platform, data: Any) -> Answer:
    """POST message/mass/get."""
    job = platform.mass.jobs.get(read(MassStatusBody, data).msg_id)
    if job is None:
        raise ApiError(40035, "msg_id")
    return {"msg_id": job.id, "msg_status": job.status}


def _started(job: MassJob) -> Answer:
    return {"errmsg": "send job submission success", "msg_id": job.id, "msg_data_id": job.id}
