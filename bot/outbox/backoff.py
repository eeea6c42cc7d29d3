"""How long to wait before the next attempt."""

import random
from datetime import datetime, timedelta

FIRST = timedelta(seconds=30)
LONGEST = timedelta(hours=1)


def next_try(
    now: datetime, attempts: int, rng: random.Random, not_before: datetime | None = None
) -> datetime:
    """Twice as long each time up to an hour, with jitter, so that what failed together does not come back
    together; not before `not_before`.
    """
    delay = min(LONGEST, FIRST * 2.0 ** min(max(attempts - 1, 0), 10))
    jittered = delay * rng.uniform(0.5, 1.0)
    return max(now, not_before or now) + jittered
