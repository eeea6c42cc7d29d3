"""What a process does for cases in the background: filed forms onto their shelves, lost evidence away.

setup_case_jobs(app)      # one call in bot/app.py, once the stores stand in `app`
"""

import asyncio
from datetime import datetime, timedelta

import structlog
from aiohttp import web

from bot.background import end
from bot.case_parts import CaseParts
from bot.papers.filing import FiledForms
from bot.papers.papers import Papers
from bot.papers.shelf import Shelf
from bot.stores import STORE_AWAY
from handlers.ports import Clock

POLL_SECONDS = 5.0
SWEEP_EVERY = timedelta(days=1)

log = structlog.get_logger()


class CaseJobs:
    """Runs until it is stopped; what goes wrong in one round is made up for in the next."""

    def __init__(self, parts: CaseParts, papers: Papers, shelf: Shelf, clock: Clock) -> None:
        self._parts, self._shelf, self._clock = parts, shelf, clock
        self._forms = FiledForms(parts.cases, papers, shelf)
        self._swept: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, app: web.Application) -> None:
        """Run in the background (an `on_startup` signal)."""
        self._task = asyncio.create_task(self._run())

    async def stop(self, app: web.Application) -> None:
        """End it (an `on_shutdown` signal); whatever was cut off is done again at the next start."""
        if self._task is not None:
            await end([self._task])

    async def run_once(self) -> None:
        """Everything that is due now."""
        await self._forms.run_once()
        now = self._clock.now()
        if self._swept is None or now - self._swept >= SWEEP_EVERY:
            gone = await self._parts.evidence.sweep() + await self._shelf.sweep()
            self._swept = now
            log.info("files_swept", count=gone)

    async def _run(self) -> None:
        while True:
            try:
                await self.run_once()
            except (*STORE_AWAY, OSError) as error:
                log.warning("case_jobs_put_off", exc_info=error)
            await asyncio.sleep(POLL_SECONDS)


def setup_case_jobs(app: web.Application) -> None:
    """Put the jobs into the service (wants the keys that `bot.app` sets)."""
    from bot.app import CASES, CLOCK, DATABASE, SETTINGS, VAULT

    folder, clock = app[SETTINGS].data_dir, app[CLOCK]
    shelf = Shelf(app[DATABASE], app[VAULT], folder, clock)
    jobs = CaseJobs(app[CASES], Papers(folder, clock), shelf, clock)
    app.on_startup.append(jobs.start)
    app.on_shutdown.append(jobs.stop)
