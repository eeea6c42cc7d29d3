"""What time it is (`handlers/ports.Clock`): the system's clock, and one that the sandbox moves forward."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.ports import Clock

SHANGHAI = ZoneInfo("Asia/Shanghai")


class SystemClock:
    """Tells the time of the machine, in the bureau's time zone."""

    def now(self) -> datetime:
        """The present moment, aware, in Asia/Shanghai."""
        return datetime.now(SHANGHAI)


class ShiftedClock:
    """Runs like `base`, ahead of it by `offset`. It only ever moves forward: what was recorded stays past."""

    def __init__(self, base: Clock | None = None, offset: timedelta = timedelta(0)) -> None:
        self._base = base or SystemClock()
        self._listeners: list[Callable[[], None]] = []
        self.offset = offset

    def now(self) -> datetime:
        """The simulated present moment, aware, in Asia/Shanghai."""
        return self._base.now() + self.offset

    def move(self, by: timedelta) -> datetime:
        """Move forward and tell the listeners; returns the new time. ValueError for a step back."""
        if by < timedelta(0):
            raise ValueError("the clock only moves forward")
        self.offset += by
        for listener in self._listeners:
            listener()
        return self.now()

    def move_to(self, moment: datetime) -> datetime:
        """Move forward to an aware moment. ValueError if it is in the simulated past."""
        return self.move(moment - self.now())

    def on_move(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each move, so that a worker asleep until a due time can look again."""
        self._listeners.append(listener)
