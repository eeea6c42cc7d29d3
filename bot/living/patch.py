"""What acts at once, until the understanding has been fitted again: the wordings that are new.

A fit takes half a minute; a clerk who adds a wording wants it to be understood when they put the phone up.
"""

from collections.abc import Iterable
from functools import cached_property

from rapidfuzz import fuzz, process

from intents.commands import choice
from intents.decision import Decision, Hit
from intents.query import Query
from knowledge.entries import Entry

NEARLY = 88.0  # percent of letters in the same order
SHORTEST = 4  # characters that may be compared by likeness; shorter ones have to be the same


class Patch:
    """Entries that the understanding does not know yet as they are."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """`entries`: those that were changed or added."""
        self.entries = {entry.id: entry for entry in entries}

    def decide(self, text: str) -> Decision | None:
        """The entry whose new wording `text` is, or nearly is; None leaves it to the understanding."""
        if not self.entries or choice(text) is not None:
            return None
        asked = Query.of(text).bare
        exact = self._owners.get(asked)
        if exact:
            return _found(self.entries[exact], 1.0)
        if len(asked) < SHORTEST:
            return None
        near = process.extractOne(asked, self._long, scorer=fuzz.ratio, score_cutoff=NEARLY)
        return _found(self.entries[self._owners[near[0]]], near[1] / 100) if near else None

    @cached_property
    def _owners(self) -> dict[str, str]:
        return {
            bare: entry.id
            for entry in self.entries.values()
            for wording in entry.wordings
            if (bare := Query.of(wording).bare)
        }

    @cached_property
    def _long(self) -> list[str]:
        return [bare for bare in self._owners if len(bare) >= SHORTEST]


def _found(entry: Entry, score: float) -> Decision:
    return Decision(entry.intent, (Hit(entry=entry.id, score=score),), score)
