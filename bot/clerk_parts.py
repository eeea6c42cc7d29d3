"""The clerks' side of a process, put together: subscriptions, warnings, knowledge; and its jobs.

setup_clerks(app, brain)      # one call in bot/app.py, after setup_outbox
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from aiohttp import web

from bot.background import end
from bot.brain import Brain
from bot.broadcast.calls import MassCalls
from bot.broadcast.covers import Covers
from bot.broadcast.desk import WarningDesk
from bot.broadcast.lost_results import LostResults
from bot.broadcast.members import TagMembers
from bot.broadcast.posts import Posts
from bot.broadcast.results import Results
from bot.broadcast.sender import Broadcast
from bot.broadcast.tags import TagSync
from bot.clock import ShiftedClock
from bot.living.desk import EntryDesk
from bot.living.knowledge import POLL_SECONDS, LivingKnowledge
from bot.outbox.channels import CustomerService
from bot.outbox.jobs import OUTBOX
from bot.outbox.notices import NoticeSender
from bot.store.bindings import BindingStore
from bot.store.entry_versions import EntryVersions
from bot.store.questions import QuestionStore
from bot.store.subscriptions import SubscriptionStore
from bot.store.switches import SwitchStore
from bot.store.warning_batches import BatchStore
from bot.store.warnings import WarningStore
from bot.stores import STORE_AWAY
from bot.wechat_api.errors import WeChatError

ASK_SECONDS = 60.0  # between two looks for mass jobs of whose end nobody heard
FORGET_SECONDS = 6 * 3600.0
AFTER_TROUBLE_SECONDS = 30.0  # before WeChat is asked again

NOT_AUTHORISED = 48001

log = structlog.get_logger()


@dataclass(frozen=True)
class ClerkParts:
    """One of each, shared by the handlers, the console and the jobs of a process."""

    subscriptions: SubscriptionStore
    tags: TagSync
    warnings: WarningDesk
    results: Results
    lost: LostResults
    bindings: BindingStore
    questions: QuestionStore
    living: LivingKnowledge
    entries: EntryDesk

    @classmethod
    def open(cls, app: web.Application, brain: Brain) -> "ClerkParts":
        """Nothing is read or written yet."""
        from bot.app import CLOCK, DATABASE, REDIS, SETTINGS, VAULT, WECHAT

        settings, database, vault = app[SETTINGS], app[DATABASE], app[VAULT]
        redis, clock, api = app[REDIS], app[CLOCK], app[WECHAT]
        subscriptions, batches = SubscriptionStore(database, vault), BatchStore(database)
        tags, results = TagSync(subscriptions, api), Results(batches, redis)
        posts = Posts(api, Covers(settings.data_dir, vault), redis)
        calls = MassCalls(batches, subscriptions, TagMembers(tags, api), posts, results, api, clock)
        warnings, bindings = WarningStore(database), BindingStore(database, vault, redis)
        switches = SwitchStore(database, settings)
        broadcast = Broadcast(settings, switches, warnings, batches, calls, clock)
        versions = EntryVersions(database)
        living = LivingKnowledge(brain, versions, settings, clock)
        return cls(
            subscriptions=subscriptions,
            tags=tags,
            warnings=WarningDesk(warnings, broadcast, bindings, api, clock),
            results=results,
            lost=LostResults(batches, api, redis, clock),
            bindings=bindings,
            questions=QuestionStore(database, vault),
            living=living,
            entries=EntryDesk(living, versions, clock),
        )


CLERKS = web.AppKey("clerks", ClerkParts)


class ClerkJobs:
    """Takes over changes of the knowledge, writes counts, keeps tags, sends warnings and asks after them."""

    def __init__(self, parts: ClerkParts, keep: timedelta) -> None:
        """`keep`: how long the questions of citizens are kept."""
        self._parts, self._keep, self._wake = parts, keep, asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, app: web.Application) -> None:
        """Run in the background (an `on_startup` signal)."""
        from bot.app import CLOCK

        clock = app[CLOCK]
        if isinstance(clock, ShiftedClock):
            clock.on_move(self._wake.set)
        jobs = (self._quick, self._tags, self._warnings, self._results, self._forget)
        self._tasks = [asyncio.create_task(self._loop(job)) for job in jobs]

    async def stop(self, app: web.Application) -> None:
        """End the jobs; a call to WeChat that is cut off is made sure of at the next start."""
        await end(self._tasks)
        await self._parts.living.close()
        await self._parts.questions.flush()

    async def _loop(self, job: Callable[[], Awaitable[float]]) -> None:
        """Until cancelled. What goes wrong in one round is logged; the next one makes up for it."""
        while True:
            pause = AFTER_TROUBLE_SECONDS
            try:
                pause = await job()
            except (*STORE_AWAY, WeChatError) as error:
                log.warning("clerk_job_put_off", exc_info=error)
            except Exception as error:
                log.error("clerk_job_failed", exc_info=error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            self._wake.clear()

    async def _forget(self) -> float:
        before = self._parts.warnings.clock.now() - self._keep
        await self._parts.questions.purge(before)
        return FORGET_SECONDS

    async def _quick(self) -> float:
        await self._parts.living.poll()
        await self._parts.questions.flush()
        return POLL_SECONDS

    async def _tags(self) -> float:
        try:
            while await self._parts.tags.round():
                pass
        except WeChatError as error:
            if error.code != NOT_AUTHORISED:
                raise
            return FORGET_SECONDS  # an account without tags: perhaps it is verified tomorrow
        return POLL_SECONDS

    async def _warnings(self) -> float:
        while (done := await self._parts.warnings.broadcast.run_once()) == "done":
            pass
        return AFTER_TROUBLE_SECONDS if done == "wait" else POLL_SECONDS

    async def _results(self) -> float:
        await self._parts.lost.round()
        return ASK_SECONDS


def setup_clerks(app: web.Application, brain: Brain) -> None:
    """Put the clerks' side and its jobs into the service (wants the keys that `bot.app` sets)."""
    from bot.app import CLOCK, SETTINGS, WECHAT

    app[CLERKS] = ClerkParts.open(app, brain)
    outbox = app[OUTBOX]
    alone = CustomerService(app[WECHAT], outbox.windows, app[CLOCK])
    outbox.worker.senders["mass"] = NoticeSender((alone,), app[CLOCK])
    jobs = ClerkJobs(app[CLERKS], timedelta(days=app[SETTINGS].question_days))
    app.on_startup.append(jobs.start)
    app.on_shutdown.append(jobs.stop)
