"""What WeChat says of a mass job may come before we know the job's number: then it waits for it."""

import json
from collections.abc import Mapping

from redis.asyncio import Redis

from bot.store.warning_batches import BatchStore

KEEP_SECONDS = 86_400


class Results:
    """Implements `handlers.ports.MassResults`."""

    def __init__(self, batches: BatchStore, redis: Redis) -> None:
        self._batches, self._redis = batches, redis

    async def finished(self, told: Mapping[str, str]) -> None:
        """Laid down first, then looked for: the sender does it the other way round, so none gets lost."""
        key = _key(told.get("MsgID", ""))
        await self._redis.set(key, json.dumps(dict(told)), ex=KEEP_SECONDS)
        if await self._batches.finished(told):
            await self._redis.delete(key)

    async def take(self, msg_id: int) -> None:
        """The job's number is known now: what was said of it already is applied."""
        if told := await self._redis.getdel(_key(str(msg_id))):
            await self._batches.finished(json.loads(told))


def _key(msg_id: str) -> str:
    return f"mass:result:{msg_id}"
