"""Calls whose end WeChat never told (MASSSENDJOBFINISH got lost): it is asked, ever more seldom, two days."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from redis.asyncio import Redis

from bot.store.warning_batches import Batch, BatchStore
from bot.wechat_api import WeChatApi
from bot.wechat_api.errors import WeChatError
from handlers.ports import Clock

PATIENCE = timedelta(minutes=10)  # WeChat tells of its own accord, mostly within minutes
GIVE_UP = timedelta(days=2)
# What message/mass/get says → the state of the call and what the clerk reads.
ENDS = {
    "SEND_SUCCESS": ("done", "微信说发完了，没有说送达多少人"),
    "SEND_FAIL": ("failed", "微信说没有发成"),
    "DELETE": ("failed", "在公众号后台删除了"),
}
NEVER_TOLD = "问了两天，微信没有说发完没有"

log = structlog.get_logger()


@dataclass(frozen=True)
class LostResults:
    """Any number of replicas may run it: Redis lets one of them ask about a call, once in a while."""

    batches: BatchStore
    api: WeChatApi
    redis: Redis
    clock: Clock

    async def round(self) -> int:
        """Ask about what is due to be asked; how many calls were settled."""
        now, settled = self.clock.now(), 0
        for batch in await self.batches.untold(now - PATIENCE):
            settled += await self._settle(batch, now)
        return settled

    async def _settle(self, batch: Batch, now: datetime) -> bool:
        if batch.sent is None or batch.msg_id is None:
            return False
        age = now - batch.sent
        if age > GIVE_UP:
            return await self.batches.end(batch, state="unknown", reason=NEVER_TOLD)
        pause = max(PATIENCE, age / 2)  # about a dozen times in two days
        if not await self.redis.set(f"mass:asked:{batch.msg_id}", 1, nx=True, ex=int(pause.total_seconds())):
            return False
        try:
            told = (await self.api.mass.status(batch.msg_id)).msg_status
        except WeChatError as error:  # the others are asked about all the same; this one again later
            log.warning("mass_job_not_told", id=batch.warning, batch=batch.number, code=error.code)
            return False
        if told not in ENDS:
            return False
        state, reason = ENDS[told]
        log.info("mass_job_asked", id=batch.warning, batch=batch.number, status=told)
        return await self.batches.end(
            batch, state=state, status=told.lower().replace("_", " "), reason=reason
        )
