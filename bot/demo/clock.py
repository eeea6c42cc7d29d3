"""A clock that stands where the demo's story is."""

from datetime import datetime


class StoryClock:
    """Implements `handlers.ports.Clock`; the story moves it."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """Where the story is."""
        return self._now

    def set(self, now: datetime) -> None:
        """Go there, forward or back: each case is a story of its own."""
        self._now = now
