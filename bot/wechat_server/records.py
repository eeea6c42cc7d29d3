"""Everything that the server received and delivered, for assertions and for the sandbox's inspector."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Channel = Literal["custom", "typing", "template", "subscribe", "mass", "preview"]
KEPT_CALLS = 20_000
KEPT_DELIVERIES = 200_000


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came in, without its token. `errcode` is None when the connection was cut."""

    path: str
    query: dict[str, str]
    body: Any
    at: datetime
    answer: Any
    errcode: int | None


@dataclass(frozen=True, slots=True)
class Delivered:
    """One message that reached one person's WeChat."""

    openid: str
    channel: Channel
    msgtype: str
    content: dict[str, Any]
    at: datetime
    id: int = 0

    @property
    def text(self) -> str:
        """The text of a text message, else an empty string."""
        return str(self.content.get("content", ""))


@dataclass
class Records:
    """What happened, in order. Listeners hear of each call and delivery at once."""

    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=KEPT_CALLS))
    delivered: deque[Delivered] = field(default_factory=lambda: deque(maxlen=KEPT_DELIVERIES))
    counts: Counter[str] = field(default_factory=Counter)
    on_call: list[Callable[[Call], None]] = field(default_factory=list)
    on_delivery: list[Callable[[Delivered], None]] = field(default_factory=list)

    def add_call(self, call: Call) -> None:
        """Keep a call."""
        self.calls.append(call)
        self.counts[call.path] += 1
        for listener in self.on_call:
            listener(call)

    def deliver(self, message: Delivered) -> None:
        """A message reaches a person."""
        self.delivered.append(message)
        for listener in self.on_delivery:
            listener(message)

    def to(self, openid: str) -> list[Delivered]:
        """What one person received, typing marks left out."""
        return [m for m in self.delivered if m.openid == openid and m.channel != "typing"]

    def of(self, path: str) -> list[Call]:
        """The calls of one path."""
        return [call for call in self.calls if call.path == path]
