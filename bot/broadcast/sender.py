"""Takes up warnings that are due, chooses their recipients once, and makes one call after the other."""

import uuid
from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal

import structlog

from bot.broadcast.calls import MassCalls
from bot.broadcast.members import Hold
from bot.clock import SHANGHAI
from bot.store.switches import SwitchStore
from bot.store.warning_batches import OPEN, BatchStore
from bot.store.warnings import Deed, WarningStore
from config.settings import Settings
from config.warnings import warning_rules
from handlers.ports import Clock, VersionConflictError
from handlers.warnings import steps
from handlers.warnings.model import Warning_
from handlers.warnings.quota import Allowance, allowance

SYSTEM = "system"

log = structlog.get_logger()


@dataclass(frozen=True)
class Broadcast:
    """One replica's sender; any number may run. A lease lets one of them have a warning at a time."""

    settings: Settings
    switches: SwitchStore
    warnings: WarningStore
    batches: BatchStore
    calls: MassCalls
    clock: Clock

    async def steps(self) -> tuple[str, ...]:
        """The approvals that the bureau wants now."""
        return warning_rules().steps[(await self.switches.now("warning_steps")).value]

    async def allowance(self) -> Allowance:
        """What the account may do now."""
        today = datetime.combine(self.clock.now().astimezone(SHANGHAI).date(), time(0), SHANGHAI)
        calls = await self.batches.calls_since(today)
        return allowance(self.settings.wechat_account, self.settings.wechat_verified, calls)

    def month(self) -> datetime:
        """When this month began: from then on the four messages of a user count."""
        now = self.clock.now().astimezone(SHANGHAI)
        return datetime(now.year, now.month, 1, tzinfo=SHANGHAI)

    async def run_once(self) -> Literal["", "done", "wait"]:
        """Send what is due, as far as it goes. "": nothing is due; "wait": WeChat does not take it now."""
        ticket = uuid.uuid4().hex
        id = await self.batches.claim(ticket, self.clock.now())
        if id is None:
            return ""
        try:
            return "done" if await self._send(id, ticket) else "wait"
        finally:
            await self.batches.release(id, ticket)

    async def _send(self, id: str, ticket: str) -> bool:
        warning = await self.warnings.find(id)
        if warning and warning.state == "scheduled":
            warning = await self._start(warning)
        if warning is None or warning.state != "sending":
            return True
        hold = self._hold(id, ticket)
        for batch in await self.batches.of(id):
            if batch.state not in OPEN:
                continue
            if not await hold():
                return True  # recalled, or another process has it
            if not await self.calls.settle(warning, batch, hold):
                return False
        return await self._finish(warning)

    def _hold(self, id: str, ticket: str) -> Hold:
        async def hold() -> bool:
            return await self.batches.hold(id, ticket, self.clock.now())

        return hold

    async def _start(self, warning: Warning_) -> Warning_ | None:
        """Choose the recipients; or give up what may not be sent any more."""
        now = self.clock.now()
        try:
            after = steps.start(warning, await self.steps(), now)
        except steps.RefusedError as problem:
            after = warning.model_copy(update={"state": "recalled", "version": warning.version + 1})
            await self.warnings.save(warning, after, Deed("recalled", SYSTEM, now, note=str(problem)))
            return None
        allowed = await self.allowance()
        deed = Deed("sending", SYSTEM, now, hash=after.content.fingerprint())
        try:
            async with self.warnings.database.write() as connection:
                await self.warnings.save_in(connection, warning, after, deed)
                plan = await self.batches.choose(connection, after.id, after.content, allowed, self.month())
        except VersionConflictError:
            return None  # recalled at this very moment
        log.info("warning_begins", id=warning.id, route=plan.route, mass=plan.mass, later=plan.later)
        return after

    async def _finish(self, warning: Warning_) -> bool:
        try:
            await self.warnings.save(warning, steps.finish(warning), Deed("sent", SYSTEM, self.clock.now()))
        except VersionConflictError:
            log.info("warning_recalled_at_its_end", id=warning.id)
        return True
