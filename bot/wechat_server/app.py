"""The HTTP side: routes, and the checks that every call goes through."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from aiohttp import BodyPartReader, web

from bot.wechat_server import articles, broadcast, messages, people
from bot.wechat_server.errors import ApiError
from bot.wechat_server.faults import Fault
from bot.wechat_server.platform import Platform
from bot.wechat_server.records import Call

Endpoint = Callable[[Platform, Any], dict[str, Any]]
PLATFORM = web.AppKey("platform", Platform)

POST: Mapping[str, Endpoint] = {
    "/cgi-bin/stable_token": people.stable_token,
    "/cgi-bin/clear_quota": people.clear_quota,
    "/cgi-bin/menu/create": people.menu_create,
    "/cgi-bin/message/custom/send": messages.custom_send,
    "/cgi-bin/message/custom/typing": messages.typing,
    "/cgi-bin/message/template/send": messages.template_send,
    "/cgi-bin/message/subscribe/bizsend": messages.subscription_send,
    "/cgi-bin/message/mass/sendall": broadcast.send_to_tag,
    "/cgi-bin/message/mass/send": broadcast.send_to_users,
    "/cgi-bin/draft/add": articles.draft_add,
    "/cgi-bin/message/mass/preview": broadcast.preview,
    "/cgi-bin/message/mass/get": broadcast.status,
    "/cgi-bin/tags/create": people.tag_create,
    "/cgi-bin/tags/members/batchtagging": people.tag_people,
    "/cgi-bin/tags/members/batchuntagging": people.untag_people,
    "/cgi-bin/user/tag/get": people.tag_members,
}
GET: Mapping[str, Endpoint] = {
    "/cgi-bin/getcallbackip": people.callback_ips,
    "/cgi-bin/menu/get": people.menu_get,
    "/cgi-bin/menu/delete": people.menu_delete,
    "/cgi-bin/tags/get": people.tag_list,
    "/cgi-bin/user/info": people.user_info,
}
TOKEN_PATH = "/cgi-bin/stable_token"  # noqa: S105 - a path, no secret
SILENCE_STEP = 0.05  # seconds
MOST_BYTES = 12 * 1024 * 1024
CHUNK = 64 * 1024


def create_app(platform: Platform) -> web.Application:
    """The API of one platform; serve it, or mount it with `add_subapp`."""
    app = web.Application()
    app[PLATFORM] = platform
    for path, endpoint in POST.items():
        app.router.add_post(path, _answering(path, endpoint))
    for path, endpoint in GET.items():
        app.router.add_get(path, _answering(path, endpoint))
    app.router.add_post("/cgi-bin/media/upload", _upload)
    app.router.add_post("/cgi-bin/material/add_material", _add_material)
    app.router.add_get("/cgi-bin/media/get", _download)
    app.cleanup_ctx.append(_lifetime)
    return app


async def _lifetime(app: web.Application) -> AsyncIterator[None]:
    yield
    await app[PLATFORM].close()


def _answering(path: str, endpoint: Endpoint) -> Callable[[web.Request], Any]:
    async def answer(request: web.Request) -> web.StreamResponse:
        platform = request.app[PLATFORM]
        body = await _json(request) if request.method == "POST" else dict(request.query)
        return await _guarded(request, path, body, lambda: endpoint(platform, body))

    return answer


async def _upload(request: web.Request) -> web.StreamResponse:
    platform = request.app[PLATFORM]
    content, content_type = await _first_file(request)

    def keep() -> dict[str, Any]:
        kind = request.query.get("type", "")
        media = platform.media.put(kind, content, content_type)
        return {"type": kind, "media_id": media.id, "created_at": int(media.created.timestamp())}

    return await _guarded(request, "/cgi-bin/media/upload", {}, keep)


async def _add_material(request: web.Request) -> web.StreamResponse:
    platform = request.app[PLATFORM]
    content, content_type = await _first_file(request)

    def keep() -> dict[str, Any]:
        kind = request.query.get("type", "")
        media = platform.media.put(kind, content, content_type, for_good=True)
        return {"media_id": media.id, "url": ""}

    return await _guarded(request, "/cgi-bin/material/add_material", {}, keep)


async def _first_file(request: web.Request) -> tuple[bytes, str]:
    """The `media` part; read by hand, for the application that this one is mounted in may allow less."""
    if not request.content_type.startswith("multipart/"):
        return b"", ""
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name == "media":
            content = bytearray()
            while len(content) <= MOST_BYTES and (chunk := await part.read_chunk(CHUNK)):
                content += chunk
            return bytes(content), part.headers.get("Content-Type", "application/octet-stream")
    return b"", ""


async def _download(request: web.Request) -> web.StreamResponse:
    platform = request.app[PLATFORM]
    found: list[web.Response] = []

    def fetch() -> dict[str, Any]:
        media = platform.media.get(request.query.get("media_id", ""))
        disposition = f'attachment; filename="{media.filename}"'
        headers = {"Content-Type": media.content_type, "Content-disposition": disposition}
        found.append(web.Response(body=media.content, headers=headers))
        return {}

    answer = await _guarded(request, "/cgi-bin/media/get", {}, fetch)
    return found[0] if found and answer.status == 200 else answer


async def _guarded(
    request: web.Request, path: str, body: Any, carry_out: Callable[[], dict[str, Any]]
) -> web.StreamResponse:
    """One call: trouble on demand, white list, token, quota, the endpoint itself, the record."""
    platform = request.app[PLATFORM]
    fault = platform.faults.take(path)
    answer = await _before(request, fault)
    if answer is None:
        answer = _carried_out(request, path, carry_out)
    if fault and fault.kind == "cut_after":
        _cut(request)
    cut = request.transport is None or request.transport.is_closing()
    query = {name: value for name, value in request.query.items() if name != "access_token"}
    errcode = None if cut else int(answer.get("errcode", 0))
    platform.records.add_call(
        Call(path, query, _without_secret(body), platform.clock.now(), _without_secret(answer), errcode)
    )
    status = fault.code if fault and fault.kind == "http" else 200
    return web.json_response(answer, status=status, dumps=_dumps)


async def _before(request: web.Request, fault: Fault | None) -> dict[str, Any] | None:
    """What a fault makes of the call before it is carried out; None lets it through."""
    if fault is None or fault.kind == "cut_after":
        return None
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
        return None
    if fault.kind == "timeout":
        await _silence(request, fault.seconds)
    if fault.kind in ("cut", "timeout"):
        _cut(request)
    return ApiError(fault.code if fault.kind == "code" else -1).body


async def _silence(request: web.Request, seconds: float) -> None:
    """No answer for so long, or until the caller has hung up."""
    for _ in range(int(seconds / SILENCE_STEP)):
        if request.transport is None or request.transport.is_closing():
            return
        await asyncio.sleep(SILENCE_STEP)


def _carried_out(request: web.Request, path: str, carry_out: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    platform = request.app[PLATFORM]
    try:
        if path == TOKEN_PATH:
            allowed = platform.account.ip_allowed
            if allowed is not None and (request.remote or "") not in allowed:
                raise ApiError(40164, f"invalid ip {request.remote}")
        else:
            platform.tokens.check(request.query.get("access_token", ""))
        platform.quotas.spend(path)
        answer = carry_out()
    except ApiError as error:
        return error.body
    # Answers that carry data of their own (a token, a list) have no errcode on the real platform either.
    bare = path == TOKEN_PATH or (request.method == "GET" and answer)
    return answer if bare else {"errcode": 0, "errmsg": "ok", **answer}


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _json(request: web.Request) -> Any:
    try:
        return json.loads(await request.read())
    except ValueError:
        return None


def _without_secret(body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    return {name: "***" if name in ("secret", "access_token") else value for name, value in body.items()}


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
