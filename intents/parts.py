"""Messages that hold more than one question, or one question inside a long story."""

from collections.abc import Callable
from dataclasses import dataclass

from intents.clauses import clauses, halves, sentences
from intents.decision import Hit
from intents.guess import NOTHING, Guess
from intents.query import Query
from knowledge.entries import ANSWERS

SURE_PART = 0.7  # of each question, to answer two
SURE_HALF = 0.85  # where nothing but the words shows that there are two
STORY = 0.85  # what a clause's chance counts beside the whole message's
MOST_ANSWERS = 3
_LONG = 12  # characters from which a message can hold two questions


@dataclass(frozen=True)
class Parts:
    """`guess` understands one piece; `cut` gives the words of a text."""

    guess: Callable[[Query], Guess]
    cut: Callable[[str], list[str]]

    def questions(self, query: Query) -> list[Hit]:
        """The answers to two or three questions, if there are that many and each is sure; else nothing."""
        found: dict[str, Hit] = {}
        for part in clauses(query.normal):
            guess = self.guess(Query.written(part))
            top = guess.top
            if top and top.intent in ANSWERS and guess.chance >= SURE_PART:
                found.setdefault(top.id, guess.hit())
        return list(found.values())[:MOST_ANSWERS] if len(found) > 1 else []

    def best_clause(self, query: Query) -> Guess:
        """The clause or sentence that is understood best, its chance lowered a little."""
        pieces = {*clauses(query.normal), *sentences(query.normal)} - {query.normal}
        guesses = [self.guess(Query.written(p)) for p in pieces if len(p) > 3]
        best = max(guesses, key=lambda g: g.chance, default=NOTHING)
        lowered = tuple((e, c * STORY) for e, c in best.meanings)
        return Guess(lowered, best.decline, best.refusal, best.support * STORY)


__all__ = ["Parts", "halves"]
