"""What handlers are given to work with. `bot/app.py` fills it in; nothing here does I/O itself."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from handlers.cases.service import CaseService
from handlers.message import Message
from handlers.ports import (
    Attempts,
    Bindings,
    Cases,
    Clock,
    Evidence,
    MassResults,
    Questions,
    Subscriptions,
    Talks,
)
from handlers.turn import Session, Turn
from intents.decision import Context, Decision
from knowledge.search import Found

Understand = Callable[[str, Context], Awaitable[Decision]]
Render = Callable[[Decision, Session], Turn]
Search = Callable[[str], Awaitable[list[Found]]]


@dataclass(frozen=True)
class Deps:
    """`understand` tells what a text means (in a thread: it may take a while); `render` says the answer;
    `search` finds passages of the bureau's documents; `service` is the way by which things happen in a case.
    """

    understand: Understand
    render: Render
    search: Search
    clock: Clock
    cases: Cases
    service: CaseService
    evidence: Evidence
    attempts: Attempts
    # The clerks' side; a service that is put together without it answers questions all the same.
    subscriptions: Subscriptions | None = None
    bindings: Bindings | None = None
    mass_results: MassResults | None = None
    questions: Questions | None = None
    talks: Talks | None = None


Handler = Callable[[Message, Session, Deps], Awaitable[Turn]]
Claim = Callable[[Message, Session, Deps], Awaitable[Turn | None]]
