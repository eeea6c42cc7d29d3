"""A pause after a message of which nobody knows whether it arrived.

A line that breaks in the middle of every call would make all that is due uncertain within seconds, and a
clerk would have to see to each. So a kind of message rests after an uncertain one, longer each time up to an
hour, and then one message tries whether the line holds again.
"""

import random
from collections import Counter
from datetime import datetime

from bot.outbox.backoff import next_try
from bot.outbox.results import Result, Sent, Uncertain


class Doubt:
    """What one worker knows of its lines, by kind of message."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._uncertain: Counter[str] = Counter()  # since one arrived for certain
        self._until: dict[str, datetime] = {}

    @property
    def any(self) -> bool:
        """Whether some line has yet to prove itself: then one message is sent at a time."""
        return bool(self._uncertain)

    def note(self, kind: str, result: Result, now: datetime) -> None:
        """What came of a message."""
        if isinstance(result, Uncertain):
            self._uncertain[kind] += 1
            self._until[kind] = next_try(now, self._uncertain[kind], self._rng)
        elif isinstance(result, Sent):
            self._uncertain.pop(kind, None)
            self._until.pop(kind, None)

    def rests(self, kind: str, now: datetime) -> bool:
        """Whether nothing of this kind is to be sent now."""
        return kind in self._until and now < self._until[kind]
