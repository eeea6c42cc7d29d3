"""The understanding of texts, kept off the event loop."""

import asyncio

from rapidfuzz import fuzz, process

from handlers.turn import Session, Turn
from intents.decision import Context, Decision, Hit
from knowledge.entries import Entry, load_entries


class Brain:
    """Loaded once, shared by all applications of a process."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self._wordings = [(wording, entry.id) for entry in entries for wording in entry.wordings]

    @classmethod
    def load(cls) -> "Brain":
        """Read the knowledge and build what finds answers in it."""
        return cls(load_entries())

    async def understand(self, text: str, context: Context) -> Decision:
        """What `text` means; in a thread, for a long text takes longer than the loop may stand still."""
        return await asyncio.to_thread(self._decide, text, context)

    def _decide(self, text: str, context: Context) -> Decision:
        found = process.extractOne(text, [w for w, _ in self._wordings], scorer=fuzz.ratio)
        if not found or found[1] < 60:
            return Decision("oos")
        entry = self._entries[self._wordings[found[2]][1]]
        return Decision(entry.intent, (Hit(entry=entry.id, score=found[1] / 100),), found[1] / 100)

    def render(self, decision: Decision, session: Session) -> Turn:
        """The answer in words."""
        if not decision.hits:
            return Turn(
                replies=("这个我不清楚，不敢乱说。可以打0930-6216381或12345问问。",),
                session=session,
                intent=decision.intent,
            )
        entry = self._entries[decision.hits[0].entry]
        after = session.model_copy(update={"last_entry": entry.id, "offered": ()})
        return Turn(replies=(entry.answer.strip(),), session=after, intent=decision.intent, entry=entry.id)

    async def ready(self) -> bool:
        """Whether there is anything to answer with."""
        return bool(self._entries)
