"""Counting tries in Redis (`handlers/ports.Attempts`): keys are hashed, and gone when their time is over."""

from redis.asyncio import Redis

from bot.vault import Vault


class RedisAttempts:
    """One counter a key, running from its first try."""

    def __init__(self, redis: Redis, vault: Vault) -> None:
        self._redis, self._vault = redis, vault

    async def allowed(self, key: str, limit: int, seconds: int) -> bool:
        """Count one try; whether it is within the limit. `redis.RedisError` when it is away."""
        place = f"lx:tries:{self._vault.index(key, 'tries')}"
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.set(place, 0, ex=seconds, nx=True)
            pipeline.incr(place)
            _, count = await pipeline.execute()
        return int(count) <= limit
