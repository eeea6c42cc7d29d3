"""Wires everything together. Whoever wants the service (serve, tests, the sandbox) starts here."""

import asyncio
from collections.abc import AsyncIterator, Callable
from copy import copy
from typing import TypedDict, Unpack

from aiohttp import web
from redis.asyncio import Redis

from bot.attempts import RedisAttempts
from bot.background import end
from bot.brain import Brain
from bot.case_jobs import setup_case_jobs
from bot.case_parts import CaseParts
from bot.clerk_parts import CLERKS, setup_clerks
from bot.clock import ShiftedClock, SystemClock
from bot.conversation import Conversation
from bot.health import Health, Probe
from bot.metrics import Metrics
from bot.outbox.jobs import OUTBOX, setup_outbox
from bot.redis_client import connect
from bot.sessions import SessionCodec
from bot.staff import setup_staff
from bot.store.database import Database
from bot.store.talk_rows import TalkRows
from bot.store.talks import TalkStore
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
from knowledge.search import Found

FINISH_SECONDS = 8.0

SETTINGS = web.AppKey("settings", Settings)
CONVERSATION = web.AppKey("conversation", Conversation)
METRICS = web.AppKey("metrics", Metrics)
REDIS = web.AppKey("redis", Redis)
DATABASE = web.AppKey("database", Database)
VAULT = web.AppKey("vault", Vault)
CLOCK = web.AppKey("clock", Clock)
WECHAT = web.AppKey("wechat", WeChatApi)
CASES = web.AppKey("cases", CaseParts)


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
    brain = copy(parts.get("brain") or Brain.load(settings.data_dir))  # clerks change what it knows
    app[CASES] = CaseParts.open(settings, app[DATABASE], app[VAULT], app[WECHAT], app[CLOCK])
    if "database" not in parts:
        app.on_startup.append(_migrate)
    setup_outbox(app)
    setup_case_jobs(app)
    setup_clerks(app, brain)
    app[CONVERSATION] = _conversation(app, _deps(app, brain, parts.get("wrap")))
    app.router.add_routes(Webhook(Gate(settings, app[CLOCK]), app[CONVERSATION], app[METRICS]).routes())
    health = Health(_probes(app, brain), app[METRICS], app[OUTBOX].depth.look)
    app.router.add_routes(health.routes())
    app.cleanup_ctx.append(_stores)
    app.on_shutdown.append(_finish)
    setup_staff(app)
    if settings.sandbox:
        _add_sandbox(app)
    return app


def _clock(settings: Settings) -> Clock:
    return ShiftedClock() if settings.sandbox else SystemClock()


def _deps(app: web.Application, brain: Brain, wrap: Callable[[Understand], Understand] | None) -> Deps:
    async def search(text: str) -> list[Found]:
        return await asyncio.to_thread(brain.knowledge.search.find, text, 3)

    return Deps(
        understand=wrap(brain.understand) if wrap else brain.understand,
        render=brain.render,
        search=search,
        clock=app[CLOCK],
        cases=app[CASES].cases,
        service=app[CASES].service,
        evidence=app[CASES].evidence,
        attempts=RedisAttempts(app[REDIS], app[VAULT]),
        subscriptions=app[CLERKS].subscriptions,
        bindings=app[CLERKS].bindings,
        mass_results=app[CLERKS].results,
        questions=app[CLERKS].questions,
        talks=TalkStore(app[DATABASE], TalkRows(app[VAULT], app[CLOCK])),
    )


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
        perform=app[OUTBOX].perform,
        per_minute=app[SETTINGS].user_messages_per_minute,
    )


def _probes(app: web.Application, brain: Brain) -> dict[str, Probe]:
    return {"redis": app[REDIS].ping, "sql": app[DATABASE].ping, "knowledge": brain.ready}


async def _migrate(app: web.Application) -> None:
    await app[DATABASE].migrate()


async def _stores(app: web.Application) -> AsyncIterator[None]:
    beat = asyncio.create_task(app[CONVERSATION].leases.beat())
    yield
    await end([beat])
    await app[WECHAT].close()
    await app[DATABASE].close()
    await app[REDIS].aclose()


async def _finish(app: web.Application) -> None:
    await app[CONVERSATION].finish(FINISH_SECONDS)


def _add_sandbox(app: web.Application) -> None:
    """Loaded only where it is wanted: a production server does not even import it."""
    from bot.sandbox import setup_sandbox

    setup_sandbox(app)
