"""The HTTP side of the sandbox: the page, its data, and what one does there."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.clock import SHANGHAI
from bot.sandbox.actions import ACTION, Picture
from bot.sandbox.live import stream
from bot.sandbox.world import World
from bot.wechat_server.errors import ApiError
from bot.wechat_server.faults import FaultKind
from config.sandbox import Person, cast
from knowledge.calendar import load_calendar

STATIC = Path(__file__).parent / "static"
PICTURE_BYTES = 10 * 1024 * 1024  # WeChat's limit for an image
FURTHEST = timedelta(days=366 * 3)
COLOURS = ("#8c5e2a", "#3d6b4f", "#4a5d8f", "#8f4a6b", "#5b6770")
MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"GIF8": "image/gif"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class NewPerson(BaseModel):
    """Someone to add."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=12)


class Move(BaseModel):
    """How far to move the clock: by a step, or to a moment (local time)."""

    model_config = ConfigDict(extra="forbid")

    step: Literal["hour", "day", "week"] | None = None
    to: datetime | None = None
    person: str = ""


class Trouble(BaseModel):
    """What the local WeChat is to do wrong next."""

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    code: int = 0
    times: int = Field(default=1, ge=1, le=100)


class Routes:
    """All routes below /sandbox/."""

    def __init__(self, world: World) -> None:
        self._world = world

    def app(self) -> web.Application:
        """The application to mount."""
        app = web.Application(middlewares=[_careful])
        app.router.add_get("/", self.page)
        app.router.add_get("/state", self.state)
        app.router.add_get("/chat/{openid}", self.chat)
        app.router.add_get("/live/{openid}", self.live)
        app.router.add_post("/act/{openid}", self.act)
        app.router.add_post("/picture/{openid}", self.picture)
        app.router.add_post("/forget/{openid}", self.forget)
        app.router.add_post("/people", self.add_person)
        app.router.add_post("/clock", self.move_clock)
        app.router.add_post("/trouble", self.trouble)
        app.router.add_get("/media/{media_id}", self.media)
        app.router.add_static("/static", STATIC)
        return app

    async def page(self, request: web.Request) -> web.StreamResponse:
        """The chat page."""
        return web.FileResponse(STATIC / "index.html")

    async def state(self, request: web.Request) -> web.StreamResponse:
        """What the page shows besides the chat."""
        self._note_address(request)
        world, account = self._world, self._world.platform.account
        people = [
            {**p.model_dump(), "following": world.is_following(p.openid)} for p in world.memory.everyone()
        ]
        return web.json_response(
            {
                "account": {
                    **cast().account.model_dump(),
                    "kind": account.kind,
                    "verified": account.verified,
                    "mode": account.mode,
                },
                "people": people,
                "menu": world.platform.menu.buttons,
                "now": world.clock.now().isoformat(),
                "trouble": len(world.platform.faults.pending),
            }
        )

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """A person's chat, and what went over the wire."""
        openid = self._person(request)
        entries = [entry.model_dump(mode="json") for entry in await self._world.journal.entries(openid)]
        wires = [wire.model_dump(mode="json") for wire in await self._world.journal.wires()]
        return web.json_response({"entries": entries, "wires": wires})

    async def live(self, request: web.Request) -> web.StreamResponse:
        """What happens from now on, as server-sent events."""
        return await stream(request, self._world.journal, self._person(request))

    async def act(self, request: web.Request) -> web.StreamResponse:
        """Do something as a person."""
        openid = self._person(request)
        action = ACTION.validate_python(await _json(request))
        if action.kind not in ("follow", "scan") and not self._world.is_following(openid):
            raise web.HTTPConflict(text="还没有关注公众号")
        self._note_address(request)
        entry = await self._world.act(openid, action)
        return web.json_response({"entry": entry.model_dump(mode="json") if entry else None}, status=202)

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """Send a picture; the body is the file."""
        openid = self._person(request)
        content = await _limited(request, PICTURE_BYTES)
        kind = next((kind for magic, kind in MAGIC.items() if content.startswith(magic)), "")
        if not kind:
            raise web.HTTPUnsupportedMediaType(text="请选 JPG、PNG 或 GIF 图片")
        if not self._world.is_following(openid):
            raise web.HTTPConflict(text="还没有关注公众号")
        self._note_address(request)
        media = self._world.platform.media.put("image", content, kind)
        address = self._world.platform.webhook.url.removesuffix("/wechat") + f"/sandbox/media/{media.id}"
        entry = await self._world.act(openid, Picture(kind="image", media_id=media.id, url=address))
        return web.json_response({"entry": entry.model_dump(mode="json") if entry else None}, status=202)

    async def forget(self, request: web.Request) -> web.StreamResponse:
        """Empty a chat."""
        await self._world.journal.forget(self._person(request))
        return web.Response(status=204)

    async def add_person(self, request: web.Request) -> web.StreamResponse:
        """One more person to be."""
        name = NewPerson.model_validate(await _json(request)).name
        number = len(self._world.memory.people)
        person = Person(
            openid="o" + secrets.token_hex(14)[:27],
            name=name,
            about="新加的人",
            colour=COLOURS[number % len(COLOURS)],
        )
        self._world.add_person(person)
        return web.json_response({**person.model_dump(), "following": False}, status=201)

    async def move_clock(self, request: web.Request) -> web.StreamResponse:
        """Move the time forward."""
        move = Move.model_validate(await _json(request))
        target = self._target(move)
        if target - self._world.clock.now() > FURTHEST:
            raise web.HTTPUnprocessableEntity(text="一次最多快进三年")
        try:
            now = await self._world.move_clock(target, move.person)
        except ValueError:
            raise web.HTTPUnprocessableEntity(text="时间只能往前走") from None
        return web.json_response({"now": now.isoformat()})

    async def trouble(self, request: web.Request) -> web.StreamResponse:
        """Let the local WeChat API do something wrong."""
        wanted = Trouble.model_validate(await _json(request))
        self._world.platform.faults.add(
            "/cgi-bin/*", wanted.kind, code=wanted.code, seconds=10, times=wanted.times
        )
        return web.json_response({"trouble": len(self._world.platform.faults.pending)}, status=201)

    async def media(self, request: web.Request) -> web.StreamResponse:
        """A picture of a chat, while WeChat would still have it."""
        try:
            media = self._world.platform.media.get(request.match_info["media_id"])
        except ApiError:
            raise web.HTTPNotFound from None
        return web.Response(body=media.content, headers={"Content-Type": media.content_type})

    def _person(self, request: web.Request) -> str:
        person = self._world.person(request.match_info["openid"])
        if person is None:
            raise web.HTTPNotFound(text="没有这个人")
        return person.openid

    def _target(self, move: Move) -> datetime:
        now = self._world.clock.now()
        if move.to is not None:
            return move.to if move.to.tzinfo else move.to.replace(tzinfo=SHANGHAI)
        if move.step == "week":
            return _working_days_on(now, 5)
        return now + timedelta(hours=1 if move.step == "hour" else 24)

    def _note_address(self, request: web.Request) -> None:
        """Where this very server listens: callbacks go to its own /wechat, whatever name it is called by."""
        host, port = request.transport.get_extra_info("sockname")[:2] if request.transport else ("", 0)
        if port:
            host = f"[{host}]" if ":" in host else host
            self._world.platform.webhook.url = f"http://{host}:{port}/wechat"


def _working_days_on(now: datetime, days: int) -> datetime:
    """The same time of day after so many working days; unknown years count Monday to Friday."""
    calendar, day = load_calendar(), now.date()
    for _ in range(days):
        day = calendar.next_working_day(day)
    return datetime.combine(day, time(now.hour, now.minute, now.second), SHANGHAI)


@web.middleware
async def _careful(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Nothing from other sites may act here, and nothing but our own files runs in the page."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin and origin.partition("://")[2] != request.host:
        raise web.HTTPForbidden
    try:
        response = await handler(request)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise web.HTTPUnprocessableEntity(text=f"{first['loc']}: {first['msg']}") from None
    if not response.prepared:
        response.headers.update(
            {
                "Content-Security-Policy": POLICY,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Cache-Control": "no-cache",
            }
        )
    return response


async def _json(request: web.Request) -> Any:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    try:
        return await request.json()
    except ValueError:
        raise web.HTTPBadRequest from None


async def _limited(request: web.Request, most: int) -> bytes:
    content = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        content += chunk
        if len(content) > most:
            raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=len(content))
    return bytes(content)
