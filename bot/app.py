"""Wires everything together. Whoever wants the service (serve, tests, the sandbox) starts here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TypedDict, Unpack

from aiohttp import web
from redis.asyncio import Redis

from bot.brain import Brain
from bot.clock import ShiftedClock, SystemClock
from bot.conversation import Conversation
from bot.health import Health, Probe
from bot.metrics import Metrics
from bot.redis_client import connect
from bot.sessions import SessionCodec
from bot.store.database import Database
from bot.turns.leases import Leases
from bot.turns.store import TurnStore
from bot.vault import Vault
from bot.webhook.endpoint import Webhook
from bot.webhook.gate import Gate
from bot.wechat_api import WeChatApi
from config.settings import Settings
from handlers.deps import Deps, Understand
from handlers.dispatch import dispatch
from handlers.message import Message
from handlers.ports import Clock
from handlers.turn import Session, Turn

FINISH_SECONDS = 8.0

SETTINGS = web.AppKey("settings", Settings)
CONVERSATION = web.AppKey("conversation", Conversation)
METRICS = web.AppKey("metrics", Metrics)
REDIS = web.AppKey("redis", Redis)
DATABASE = web.AppKey("database", Database)
VAULT = web.AppKey("vault", Vault)
CLOCK = web.AppKey("clock", Clock)
WECHAT = web.AppKey("wechat", WeChatApi)


class Parts(TypedDict, total=False):
    """What may be given to `create_app` instead of being made by it."""

    redis_url: str  # else REDIS_URL
    database: Database  # migrated by the giver; one of our own is migrated at start-up
    brain: Brain  # loaded once for several applications
    clock: Clock
    wrap: Callable[[Understand], Understand]  # around the understanding of texts: makes it slow or faulty


def create_app(settings: Settings, **parts: Unpack[Parts]) -> web.Application:
    """The whole service."""
    app = web.Application()
    app[SETTINGS], app[METRICS] = settings, Metrics()
    app[REDIS] = connect(parts.get("redis_url") or settings.redis_url or "")
    app[DATABASE] = parts.get("database") or Database(settings.sql_url)
    app[VAULT], app[CLOCK] = (
        Vault.open(settings),
        parts.get("clock") or _clock(settings),
    )
    app[WECHAT] = WeChatApi.open(settings, app[REDIS], app[VAULT], app[CLOCK])
    brain = parts.get("brain") or Brain.load()
    app[CONVERSATION] = _conversation(app, _deps(brain, app[CLOCK], parts.get("wrap")))
    app.router.add_routes(Webhook(Gate(settings, app[CLOCK]), app[CONVERSATION], app[METRICS]).routes())
    app.router.add_routes(Health(_probes(app, brain), app[METRICS]).routes())
    if "database" not in parts:
        app.on_startup.append(_migrate)
    app.cleanup_ctx.append(_stores)
    app.on_shutdown.append(_finish)
    if settings.sandbox:
        _add_sandbox(app)
    return app


def _clock(settings: Settings) -> Clock:
    return ShiftedClock() if settings.sandbox else SystemClock()


def _deps(brain: Brain, clock: Clock, wrap: Callable[[Understand], Understand] | None) -> Deps:
    understand = wrap(brain.understand) if wrap else brain.understand
    return Deps(understand=understand, render=brain.render, clock=clock)


def _conversation(app: web.Application, deps: Deps) -> Conversation:
    async def handle(message: Message, session: Session) -> Turn:
        return await dispatch(message, session, deps)

    store = TurnStore(app[REDIS])
    return Conversation(
        store=store,
        leases=Leases(store),
        vault=app[VAULT],
        codec=SessionCodec(app[VAULT]),
        clock=app[CLOCK],
        metrics=app[METRICS],
        handle=handle,
        perform=_nothing_to_perform,
        per_minute=app[SETTINGS].user_messages_per_minute,
    )


async def _nothing_to_perform(message: Message, turn: Turn) -> Turn:
    """Until cases are stored, a turn's events lead to nothing."""
    return turn


def _probes(app: web.Application, brain: Brain) -> dict[str, Probe]:
    return {"redis": app[REDIS].ping, "sql": app[DATABASE].ping, "knowledge": brain.ready}


async def _migrate(app: web.Application) -> None:
    await app[DATABASE].migrate()


async def _stores(app: web.Application) -> AsyncIterator[None]:
    beat = asyncio.create_task(app[CONVERSATION].leases.beat())
    yield
    beat.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await beat
    await app[WECHAT].close()
    await app[DATABASE].close()
    await app[REDIS].aclose()


async def _finish(app: web.Application) -> None:
    await app[CONVERSATION].finish(FINISH_SECONDS)


def _add_sandbox(app: web.Application) -> None:
    """Loaded only where it is wanted: a production server does not even import it."""
    from bot.sandbox import setup_sandbox

    setup_sandbox(app)
