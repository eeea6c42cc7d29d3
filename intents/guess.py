"""What one piece of text most likely means: the chances of a ranking added up over what is the same."""

from collections import defaultdict
from dataclasses import dataclass

from intents.decision import Hit
from intents.ranker import Ranking
from knowledge.entries import ANSWERS, Entry

DECLINE = "oos"
UNKNOWN_COUNTS = 0.5
MOST = 0.99


@dataclass(frozen=True)
class Guess:
    """`meanings`: answers, flows, chat with their chances, best first; `decline`: that it is nothing of ours.

    `support` is the chance of the best meaning together with those of entries related to it: that the citizen
    gets at least a neighbouring truth.
    """

    meanings: tuple[tuple[Entry, float], ...]
    decline: float
    unknown: float  # the part of `decline` that no entry speaks for
    refusal: Entry | None  # the entry that says best why it is declined
    support: float

    @property
    def top(self) -> Entry | None:
        """The likeliest entry that says something."""
        return self.meanings[0][0] if self.meanings else None

    @property
    def chance(self) -> float:
        """Its chance."""
        return self.meanings[0][1] if self.meanings else 0.0

    @property
    def ahead(self) -> bool:
        """Whether an answer is likelier to help than a refusal; what nothing speaks for counts less."""
        return self.chance >= self.decline - (1 - UNKNOWN_COUNTS) * self.unknown

    def hit(self) -> Hit:
        """The likeliest entry as a hit."""
        return Hit(entry=self.top.id if self.top else "", score=self.chance)


NOTHING = Guess((), 1.0, 1.0, None, 0.0)


def known_exactly(entry: Entry) -> Guess:
    """The guess where the text is a wording of `entry`."""
    if entry.intent == DECLINE:
        return Guess((), 0.99, 0.0, entry, 0.0)
    return Guess(((entry, 0.99),), 0.01, 0.01, None, 0.99)


def weigh(ranking: Ranking, entries: tuple[Entry, ...]) -> Guess:
    """Add up: any entry of a flow or of chat serves that intent, any refusal declines."""
    chances: dict[str, float] = defaultdict(float)
    best: dict[str, Entry] = {}
    for one in ranking.best:
        entry = entries[one.entry]
        key = entry.id if entry.intent in ANSWERS else entry.intent
        best.setdefault(key, entry)
        chances[key] += one.chance
    refusal = best.pop(DECLINE, None)
    decline = ranking.none + chances.pop(DECLINE, 0.0)
    order = sorted(best, key=lambda k: -chances[k])
    meanings = tuple((best[k], chances[k]) for k in order)
    return Guess(meanings, decline, ranking.none, refusal, _support(meanings))


def both(one: Guess, other: Guess) -> Guess:
    """Two readings of one question: what both think possible is likelier than what one of them prefers."""
    chances: dict[str, float] = defaultdict(float)
    held: dict[str, Entry] = {}
    for entry, chance in (*one.meanings, *other.meanings):
        held.setdefault(entry.id, entry)
        chances[entry.id] += chance
    order = sorted(held, key=lambda k: -chances[k])
    meanings = tuple((held[k], min(chances[k], MOST)) for k in order)
    surer = min(one, other, key=lambda guess: guess.decline)
    return Guess(meanings, surer.decline, surer.unknown, surer.refusal, min(_support(meanings), MOST))


def _support(meanings: tuple[tuple[Entry, float], ...]) -> float:
    if not meanings:
        return 0.0
    top = meanings[0][0]
    near = {top.id, *top.related}
    return sum(chance for entry, chance in meanings if entry.id in near or top.id in entry.related)
