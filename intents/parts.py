"""Messages that hold more than one question, or one question inside a long story."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from intents.clauses import clauses, halves, sentences
from intents.decision import Hit
from intents.guess import Guess
from intents.query import Query
from knowledge.entries import ANSWERS

FOREIGN = 0.7  # that the whole message is none of ours: then none of its parts is either
REFUSED = 0.55  # of that, what a refusal entry speaks for
SURE_PART = 0.7  # of each of two questions, to answer them
LIKELY_PART = 0.5  # of a further one beside them
SURE_HALF = 0.85  # where nothing but the words shows that there are two
SURE_WHOLE = 0.6  # of the whole message: then its answer has to be among those of the parts
UNMISTAKABLE = 0.9  # of a law: then a story that also wishes for something is still a question
STORY = 0.85  # what a clause's chance counts beside the whole message's
BETTER = 0.2  # by how much a clause has to be clearer than the whole
SHARED = 0.2  # of the whole message for what is named without a question
HINTED = 0.06  # what the whole message has to give the meaning of a clause at least
WHISPERED = 0.01  # the same for a question in a story that wishes for something else
MOST_ANSWERS = 3

_OWN_MATTER = ("flow:complaint", "flow:report")  # what a law speaks of as well

# What a question has and a circumstance (“收到答复不服，……”) has not.
_ASKS = re.compile(
    r"[吗呢么几哪谁]|什么|多少|怎么|多久|多长|是不是|能不能|要不要|可不可以|行不行|会不会|有没有|在不在|如何"
)


@dataclass(frozen=True)
class Parts:
    """`guess` understands one piece; `cut` gives the words of a text."""

    guess: Callable[[Query], Guess]
    cut: Callable[[str], list[str]]

    def questions(self, query: Query, whole: Guess) -> list[Hit]:
        """The answers to two or three questions, if there are that many and each is sure; else nothing."""
        if refused(whole):
            return []
        if whole.top and whole.top.intent not in ANSWERS and whole.chance >= SURE_WHOLE:
            return []
        found: dict[str, Hit] = {}
        for part in clauses(query.normal):
            guess = self.guess(Query.written(part))
            if not guess.top or guess.top.intent not in ANSWERS or guess.chance < LIKELY_PART:
                continue
            if _ASKS.search(part) or _share(whole, guess.top.id) >= SHARED:
                found.setdefault(guess.top.id, guess.hit())
        if sum(hit.score >= SURE_PART for hit in found.values()) < 2:
            found = {}
        if len(found) < 2:
            found = self._halves(query)
        if len(found) < 2 or (whole.chance >= SURE_WHOLE and whole.top and whole.top.id not in found):
            return []
        return list(found.values())[:MOST_ANSWERS]

    def _halves(self, query: Query) -> dict[str, Hit]:
        """Two questions spoken in one breath, cut after the word that ends the first one."""
        for first, second in halves(query.normal):
            guesses = [self.guess(Query.written(first)), self.guess(Query.written(second))]
            tops = [g.top for g in guesses if g.top and g.top.intent in ANSWERS and g.chance >= SURE_HALF]
            if len(tops) == 2 and tops[0].id != tops[1].id:
                return {g.hit().entry: g.hit() for g in guesses}
        return {}

    def wish(self, query: Query, whole: Guess) -> Guess:
        """A clause that wishes for a flow outright (“投诉一个健身房，关门跑路”), else the whole."""
        hinted = {entry.intent for entry, chance in whole.meanings if chance >= HINTED}
        torn = whole.top and "law" in hinted and whole.top.intent in ("law", *_OWN_MATTER)
        if not torn or whole.chance >= UNMISTAKABLE:
            return whole
        for part in clauses(query.normal):
            guess = self.guess(Query.written(part))
            if guess.top and guess.top.intent in hinted - ANSWERS and guess.chance >= SURE_PART:
                return guess
        return whole

    def rescued(self, query: Query, whole: Guess) -> Guess:
        """The clause or sentence that is much clearer than the whole message, else the guess at the whole."""
        hinted = {entry.id for entry, chance in whole.meanings if chance >= HINTED}
        pieces = dict.fromkeys((*clauses(query.normal), *sentences(query.normal)))
        guesses = {p: self.guess(Query.written(p)) for p in pieces if len(p) > 3 and p != query.normal}
        known = [g for g in guesses.values() if g.top and g.top.id in hinted]
        best = max(known, key=lambda g: g.chance, default=whole)
        if best.top and best.top.intent not in ANSWERS:
            best = self._asked(guesses, whole) or best
        if best is whole or best.chance * STORY < whole.chance + BETTER:
            return whole
        lowered = tuple((e, c * STORY) for e, c in best.meanings)
        return Guess(lowered, best.decline, best.unknown, best.refusal, best.support * STORY)

    @staticmethod
    def _asked(guesses: dict[str, Guess], whole: Guess) -> Guess | None:
        """The question, if clear, in a story that also tells of a wish (“下周去递申请，在哪条街”)."""
        asked = [
            guess
            for part, guess in guesses.items()
            if guess.top and guess.top.intent in ANSWERS and _ASKS.search(part)
            if guess.chance >= LIKELY_PART and _share(whole, guess.top.id) >= WHISPERED
        ]
        return max(asked, key=lambda guess: guess.chance, default=None)


def refused(whole: Guess) -> bool:
    """Whether the whole message is none of ours, so that none of its parts is either."""
    return whole.decline >= FOREIGN or whole.decline - whole.unknown >= REFUSED


def _share(whole: Guess, entry: str) -> float:
    return next((chance for e, chance in whole.meanings if e.id == entry), 0.0)
