"""The understanding of texts and what it is fitted to, kept off the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bot import allocator, model_cache
from bot.late_encoder import LateEncoder
from bot.living.patch import Patch
from handlers.answers import answer
from handlers.turn import Session, Turn
from intents import encoder
from intents.decision import Context, Decision
from intents.encoder import EncoderAway
from intents.understanding import Understanding
from knowledge import base
from knowledge.base import Knowledge

# Few: each thread that computes makes the event loop wait for the interpreter's lock a little longer.
THREADS = ThreadPoolExecutor(2, "understanding")
FIRST = "请问你们几点上班"


class Brain:
    """Loaded once, shared by all applications of a process."""

    def __init__(self, knowledge: Knowledge, understanding: Understanding) -> None:
        self.knowledge = knowledge
        self.understanding = understanding
        self.patch = Patch(())  # what clerks changed and the understanding does not know yet

    @classmethod
    def load(
        cls,
        data_dir: Path,
        tell: Callable[[str], None] = lambda _: None,
        look: Callable[[Knowledge], None] = lambda _: None,
    ) -> "Brain":
        """Read the knowledge and the model fitted to it.

        `tell` hears when the model has to be fitted again; `look` may look through the knowledge and object.

        Raises:
            EntryError, DocumentError, LawError: a data file does not fit; the message names it.
        """
        meanings = LateEncoder(data_dir / "cache") if encoder.there() else None
        knowledge = base.load()
        look(knowledge)
        entries = tuple(knowledge.entries.values())
        fitted = model_cache.understanding(entries, meanings, data_dir / "cache", tell)
        brain = cls(knowledge, fitted.with_search(lambda: knowledge.search))
        allocator.give_back()
        return brain

    async def understand(self, text: str, context: Context) -> Decision:
        """What `text` means; in a thread, for a long text takes longer than the loop may stand still."""
        return await asyncio.get_running_loop().run_in_executor(THREADS, self.decide, text, context)

    def decide(self, text: str, context: Context) -> Decision:
        """The same, at once. An entry that is not valid any more answers nothing."""
        decision = self.patch.decide(text) or self.understanding.decide(text, context)
        known = self.knowledge.entries
        if all(not hit.entry or hit.entry in known for hit in (*decision.hits, *decision.options)):
            return decision
        hits = tuple(hit for hit in decision.hits if not hit.entry or hit.entry in known)
        options = tuple(hit for hit in decision.options if not hit.entry or hit.entry in known)
        return replace(decision, hits=hits, options=options) if hits or options else Decision("oos")

    def render(self, decision: Decision, session: Session) -> Turn:
        """The answer in words."""
        return answer(decision, session, self.knowledge)

    def warm_up(self) -> None:
        """Do what only the first question costs: read the encoder, build the indexes. About two seconds."""
        with suppress(EncoderAway):
            if self.understanding.encoder is not None:
                self.understanding.encoder.encode([FIRST])
        if self.understanding.search is not None:
            self.understanding.search()
        self.decide(FIRST, Context())

    async def ready(self) -> bool:
        """Whether there is anything to answer with."""
        return bool(self.knowledge.entries)
