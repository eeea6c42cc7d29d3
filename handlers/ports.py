"""The outside as handlers see it. `bot/` implements these; nothing here does I/O itself."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; the sandbox can move it forward."""

    def now(self) -> datetime:
        """The present moment, aware, in Asia/Shanghai."""
        ...
