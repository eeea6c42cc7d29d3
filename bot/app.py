"""Wires everything together. Whoever wants the service (serve, tests, the sandbox) starts here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from aiohttp import web
from redis.asyncio import Redis

from bot.brain import Brain
from bot.clock import ShiftedClock, SystemClock
from bot.conversation import Conversation
from bot.health import Health
from bot.metrics import Metrics
from bot.redis_client import connect
from bot.sessions import SessionCodec
from bot.turns.leases import Leases
from bot.turns.store import TurnStore
from bot.vault import Vault
from bot.webhook.endpoint import Webhook
from bot.webhook.gate import Gate
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
VAULT = web.AppKey("vault", Vault)
CLOCK = web.AppKey("clock", Clock)


def create_app(
    settings: Settings,
    *,
    redis_url: str | None = None,
    clock: Clock | None = None,
    brain: Brain | None = None,
    wrap: Callable[[Understand], Understand] | None = None,
) -> web.Application:
    """The whole service.

    `redis_url` defaults to `REDIS_URL`; `brain` may be loaded once for several applications.
    `wrap` stands around the understanding of texts: tests make it slow or faulty with it.
    """
    app = web.Application()
    app[SETTINGS], app[METRICS] = settings, Metrics()
    app[REDIS] = connect(redis_url or settings.redis_url or "")
    app[VAULT], app[CLOCK] = (
        Vault.open(settings),
        clock or (ShiftedClock() if settings.sandbox else SystemClock()),
    )
    brain = brain or Brain.load()
    app[CONVERSATION] = _conversation(app, _deps(brain, app[CLOCK], wrap))
    app.router.add_routes(Webhook(Gate(settings, app[CLOCK]), app[CONVERSATION], app[METRICS]).routes())
    app.router.add_routes(Health({"redis": app[REDIS].ping, "knowledge": brain.ready}, app[METRICS]).routes())
    app.cleanup_ctx.append(_beating)
    app.on_shutdown.append(_finish)
    if settings.sandbox:
        _add_sandbox(app)
    return app


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


async def _beating(app: web.Application) -> AsyncIterator[None]:
    beat = asyncio.create_task(app[CONVERSATION].leases.beat())
    yield
    beat.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await beat
    await app[REDIS].aclose()


async def _finish(app: web.Application) -> None:
    await app[CONVERSATION].finish(FINISH_SECONDS)


def _add_sandbox(app: web.Application) -> None:
    """Loaded only where it is wanted: a production server does not even import it."""
    from bot.sandbox import setup_sandbox

    setup_sandbox(app)
