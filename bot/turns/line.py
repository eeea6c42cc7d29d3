"""The order of one user's messages inside this process.

Redis keeps the order between processes; but several requests of one process could overtake each other on
their way to Redis, and polling it for every waiter would be waste. So arrivals are numbered here first.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from types import TracebackType


class Line:
    """One user's messages in this process, first come, first served."""

    def __init__(self, forget: Callable[[], None]) -> None:
        self.door = asyncio.Lock()  # asyncio's lock is fair: who asks first is let in first
        self.arriving = 0
        self._waiting: deque[Spot] = deque()
        self._forget = forget

    def join(self) -> "Spot":
        """Stand at the end. Call it while holding the door, so that order here is order in Redis."""
        spot = Spot(self)
        self._waiting.append(spot)
        self._waiting[0].called.set()
        return spot

    def leave(self, spot: "Spot") -> None:
        """Go away and call the next one."""
        self._waiting.remove(spot)
        if self._waiting:
            self._waiting[0].called.set()
        self.forget_if_empty()

    def forget_if_empty(self) -> None:
        """Have the line dropped when nobody stands in it or comes through its door."""
        if not self.arriving and not self._waiting:
            self._forget()


class Spot:
    """A place in a line, left at the end of the `with` block."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.called = asyncio.Event()  # set when nobody of this process is before it

    def __enter__(self) -> "Spot":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.leave(self)


class Lines:
    """The lines of all users who have a message in this process; an empty line is forgotten."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    def __len__(self) -> int:
        return len(self._lines)

    @asynccontextmanager
    async def arrival(self, user: str) -> AsyncIterator[Line]:
        """Hold the door of this user's line while a message is admitted."""
        line = self._lines.get(user)
        if line is None:
            line = self._lines[user] = Line(partial(self._drop, user))
        line.arriving += 1
        try:
            async with line.door:
                yield line
        finally:
            line.arriving -= 1
            line.forget_if_empty()

    def _drop(self, user: str) -> None:
        self._lines.pop(user, None)
