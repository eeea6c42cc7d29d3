"""Slows guessing down: a few free tries, then a wait that doubles, by account and by address."""

from redis.asyncio import Redis

from bot.vault import Vault

FREE = 5  # tries before the first wait
FIRST_WAIT, LONGEST_WAIT = 30, 15 * 60  # seconds; a longer one would let anyone lock anyone out
REMEMBERED = 24 * 3600


class Throttle:
    """Counts tries in Redis; names are kept as keyed hashes."""

    def __init__(self, redis: Redis, vault: Vault) -> None:
        self._redis, self._vault = redis, vault

    async def wait(self, *names: str) -> int:
        """Count a try under each of `names` ("account:x", "address:y"); seconds to wait, 0: go on.

        Counted before it is made, so that many at once get no more tries than one after the other.
        """
        marks = [self._vault.index(name, "login throttle") for name in names]
        waits = [int(await self._redis.ttl(_block(mark))) for mark in marks]
        if max(waits) <= 0:
            tries = zip(marks, names, strict=True)
            waits = [await self._count(mark, _free(name)) for mark, name in tries]
        return max(0, *waits)

    async def succeeded(self, *names: str) -> None:
        """Forget the tries under these names."""
        for name in names:
            mark = self._vault.index(name, "login throttle")
            await self._redis.delete(_tries(mark), _block(mark))

    async def _count(self, mark: str, free: int) -> int:
        tries = int(await self._redis.incr(_tries(mark)))
        await self._redis.expire(_tries(mark), REMEMBERED)
        if tries <= free:
            return 0
        # This one may still be made; the next has to wait, longer each time.
        wait = min(FIRST_WAIT * 2 ** min(tries - free - 1, 10), LONGEST_WAIT)
        if await self._redis.set(_block(mark), 1, nx=True, ex=wait):
            return 0
        await self._redis.decr(_tries(mark))
        return max(int(await self._redis.ttl(_block(mark))), 1)


def _free(name: str) -> int:
    return FREE * 4 if name.startswith("address:") else FREE  # many clerks may sit behind one address


def _tries(mark: str) -> str:
    return f"lx:staff:tries:{mark}"


def _block(mark: str) -> str:
    return f"lx:staff:block:{mark}"
