"""What handlers are given to work with. `bot/app.py` fills it in; nothing here does I/O itself."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from handlers.message import Message
from handlers.ports import Clock
from handlers.turn import Session, Turn
from intents.decision import Context, Decision

Understand = Callable[[str, Context], Awaitable[Decision]]
Render = Callable[[Decision, Session], Turn]


@dataclass(frozen=True)
class Deps:
    """`understand` tells what a text means (in a thread: it may take a while); `render` says the answer."""

    understand: Understand
    render: Render
    clock: Clock


Handler = Callable[[Message, Session, Deps], Awaitable[Turn]]
Claim = Callable[[Message, Session, Deps], Awaitable[Turn | None]]
