"""The jobs of a process: every two seconds, and at once when the sandbox's clock is moved.

setup_outbox(app)      # one call in bot/app.py, once the stores stand in `app`
"""

import asyncio
import contextlib

import structlog
from aiohttp import web

from bot.background import end
from bot.clock import ShiftedClock
from bot.outbox.parts import OutboxParts
from bot.pages.calendar import CalendarPage
from bot.stores import STORE_AWAY
from handlers.ports import Clock

POLL_SECONDS = 2.0
OUTBOX = web.AppKey("outbox", OutboxParts)

log = structlog.get_logger()


class Jobs:
    """Runs recomputing, agenda and worker one after the other, for ever."""

    def __init__(self, parts: OutboxParts, clock: Clock) -> None:
        self._parts, self._wake = parts, asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        if isinstance(clock, ShiftedClock):
            clock.on_move(self._wake.set)

    async def start(self, app: web.Application) -> None:
        """Run in the background (an `on_startup` signal)."""
        self._task = asyncio.create_task(self.run())

    async def stop(self, app: web.Application) -> None:
        """Begin nothing new, let what is in flight come to its end (an `on_shutdown` signal)."""
        await self._parts.worker.stop()
        if self._task is not None:
            await end([self._task])

    async def run(self) -> None:
        """Until cancelled. What goes wrong in one round is logged; the next one makes up for it."""
        while True:
            self._wake.clear()
            try:
                await self.run_once()
            except STORE_AWAY as error:
                log.warning("jobs_put_off", exc_info=error)
            except Exception as error:
                log.error("jobs_failed", exc_info=error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()

    async def run_once(self) -> None:
        """Everything that is due now."""
        await self._parts.recompute.run_once()
        await self._parts.agenda.run_once()
        await self._parts.worker.run_once()


def setup_outbox(app: web.Application) -> None:
    """Put the outbox, its jobs and the calendar page into the service (wants the keys of `bot.app`)."""
    from bot.app import CASES, CLOCK, METRICS, REDIS, SETTINGS, VAULT, WECHAT

    cases, clock = app[CASES], app[CLOCK]
    app[OUTBOX] = OutboxParts.open(app[SETTINGS], cases, app[REDIS], app[VAULT], app[WECHAT])
    app[METRICS].registry.register(app[OUTBOX].depth.measures.registry)
    jobs = Jobs(app[OUTBOX], clock)
    app.on_startup.append(jobs.start)
    app.on_shutdown.append(jobs.stop)
    app.router.add_routes(CalendarPage(cases.links, cases.cases, cases.calendars, clock).routes())
