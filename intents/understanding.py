"""From a message to a decision. Pure: fitted once from the entries, then only asked.

A decision takes a few milliseconds, a long story some tens: the shell runs it in a thread.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from intents import fitting, packing
from intents.commands import choice
from intents.decision import Context, Decision, Hit
from intents.encoder import Encoder, EncoderAway
from intents.followup import leaned
from intents.guess import NOTHING, Guess, both, known_exactly, weigh
from intents.nearly import nearly
from intents.normalise import pictured
from intents.parts import FOREIGN, Parts, refused
from intents.passages import passage, speaks_of
from intents.places import names_other_bureau
from intents.query import Query
from intents.ranker import Ranker
from intents.sounds import Sounds
from intents.spelling import Speller
from knowledge.entries import Entry
from knowledge.search import Search

SURE = 0.9  # by words alone: the encoder is not asked
CLEAR = 0.5  # of an answer, not to look for a better reading
ENOUGH = 0.4  # of an answer, to give it
NEIGHBOUR = 0.6  # of an answer and its relatives together, to give it
REFUSED = 0.5  # of the refusals: then no passage is looked for
LEAST = 0.2  # of an answer, to give it at all
LEAST_NAMED = 0.15  # the same where a plan is named: what is unsure is only where in it
WORTH_ASKING = 0.15  # of each option of a clarifying question
TOGETHER = 0.5  # of all options together
OURS = 0.3  # of a refusal at most: then what is unsure is only which answer is meant, and two are offered
RESCUED = 0.1  # how much likelier a corrected spelling has to be


@dataclass(frozen=True)
class Understanding:
    """Understands messages. `encoder` may be None: right, only less clever."""

    ranker: Ranker
    speller: Speller
    texts: tuple[str, ...]  # the wordings as they are compared
    encoder: Encoder | None = None
    search: Callable[[], Search] | None = None  # over the passages, for what no entry answers

    @classmethod
    def fit(cls, entries: tuple[Entry, ...], encoder: Encoder | None) -> "Understanding":
        """Fit to the entries (half a minute for ten thousand wordings; keep `to_arrays`)."""
        ranker = fitting.fit(entries, encoder)
        texts = tuple(Query.of(w).bare for e in entries for w in e.wordings)
        speller = Speller.build(Sounds.build(), ranker.corpus.segmenter, texts)
        return cls(ranker, speller, texts, encoder)

    @classmethod
    def from_arrays(
        cls, held: packing.Arrays, entries: tuple[Entry, ...], encoder: Encoder | None
    ) -> "Understanding":
        """What `to_arrays` gave, for the same entries.

        Raises:
            KeyError, ValueError: the arrays are incomplete or belong to other entries.
        """
        ranker, speller, texts = packing.unpack(held, entries)
        return cls(ranker, speller, texts, encoder)

    def to_arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Everything that was fitted, as arrays to keep in a file."""
        return packing.pack(self.ranker, self.speller, self.texts)

    def with_encoder(self, encoder: Encoder | None) -> "Understanding":
        """The same, asking this encoder (it may come later than the first message)."""
        return replace(self, encoder=encoder)

    def with_search(self, search: Callable[[], Search]) -> "Understanding":
        """The same, quoting passages of the plans where no entry answers; `search` is called when one is."""
        return replace(self, search=search)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries it was fitted to, in their order."""
        return self.ranker.corpus.entries

    @cached_property
    def exact(self) -> dict[str, int]:
        """Wordings that belong to one entry only, and that entry."""
        owners: dict[str, set[int]] = {}
        for text, owner in zip(self.texts, self.ranker.corpus.owner.tolist(), strict=True):
            owners.setdefault(text, set()).add(owner)
        return {text: next(iter(held)) for text, held in owners.items() if len(held) == 1}

    @cached_property
    def by_id(self) -> dict[str, Entry]:
        """The entries by their ids."""
        return {e.id: e for e in self.entries}

    def decide(self, text: str, context: Context = Context()) -> Decision:  # noqa: B008 frozen, shared safely
        """What `text` means, after what `context` says was last on the screen."""
        chosen = self._chosen(text, context)
        if chosen is not None:
            return chosen
        query = self.read(text)
        if not query.bare:
            query = self.read(pictured(text))
        if not query.bare:
            return Decision("oos", confidence=1.0)
        ask = cache(self.guess)  # the same clause is asked about more than once
        parts = Parts(ask, self.ranker.corpus.segmenter.cut)
        found = self._lean(query, context, ask) or self._several(query, parts)
        return found or self._single(query, self._rescued(query, parts))

    def read(self, text: str) -> Query:
        """Normalise, write pinyin in characters, and right what is surely misspelt."""
        normal = Query.of(text).normal
        if any("a" <= c <= "z" for c in normal):
            normal = self.speller.read(normal)
        return Query.of(self.speller.correct(normal))

    def guess(self, query: Query) -> Guess:
        """Exactly a wording, surely by its words, or by words and meaning."""
        known = self.exact.get(query.bare)
        if known is not None:
            return known_exactly(self.entries[known])
        if not query.bare:
            return NOTHING
        by_words = self._weigh(query, None)
        if by_words.chance >= SURE:
            return by_words
        known = nearly(query.bare, self.texts, self.ranker.corpus.owner)
        if known is not None:
            return known_exactly(self.entries[known])
        return self._by_meaning(query) or by_words

    def _by_meaning(self, query: Query) -> Guess | None:
        if self.encoder is None or self.ranker.with_meaning is None:
            return None
        with suppress(EncoderAway):
            return self._weigh(query, self.encoder)
        return None

    def _quoted(self, query: Query, guess: Guess) -> Hit | None:
        """A passage that answers likelier than anything else that could be said."""
        if self.search is None or guess.decline - guess.unknown >= REFUSED:
            return None
        found = passage(self.search(), query)
        return found if found and found.score >= guess.chance else None

    def _weigh(self, query: Query, encoder: Encoder | None) -> Guess:
        return weigh(self.ranker.rank(query, encoder), self.entries)

    def _chosen(self, text: str, context: Context) -> Decision | None:
        number = choice(text)
        if number is None or number > len(context.offered):
            return None
        picked = context.offered[number - 1]
        if ":" in picked:
            return Decision("policy", (Hit(passage=picked, score=1.0),), 1.0)
        entry = self.by_id.get(picked)
        return Decision(entry.intent, (Hit(entry=entry.id, score=1.0),), 1.0) if entry else None

    def _lean(self, query: Query, context: Context, ask: Callable[[Query], Guess]) -> Decision | None:
        last = self.by_id.get(context.last_entry)
        found = leaned(query, last, ask) if last else None
        return Decision(found.top.intent, (found.hit(),), found.chance) if found and found.top else None

    def _several(self, query: Query, parts: Parts) -> Decision | None:
        hits = parts.questions(query, parts.guess(query))
        if not hits:
            return None
        first = self.by_id[hits[0].entry]
        return Decision(first.intent, tuple(hits), min(h.score for h in hits))

    def _rescued(self, query: Query, parts: Parts) -> Guess:
        """Where the text is not understood: the spelling corrected, or the clause that says it."""
        guess = self._within_plan(query, parts.wish(query, parts.guess(query)), parts)
        if guess.chance >= CLEAR or refused(guess):
            return guess
        corrected = self.speller.correct(query.normal, boldly=True)
        if corrected != query.normal:
            righted = Query.of(corrected)
            again = parts.guess(righted)
            if again.chance > guess.chance + RESCUED:
                query, guess = righted, again
        return parts.rescued(query, guess)

    @staticmethod
    def _within_plan(query: Query, guess: Guess, parts: Parts) -> Guess:
        """What is asked of a plan that is named: the name itself pulls to answers about the plan as such."""
        asked = query.unframed()
        if asked is None or guess.chance >= CLEAR:
            return guess
        return both(guess, parts.guess(asked))

    @staticmethod
    def _may_say(entry: Entry, query: Query) -> bool:
        """Whether an entry speaks of the years, plans, places and bureau that are asked about."""
        if entry.intent == "policy":
            return speaks_of(entry, query)
        return entry.intent != "faq" or not names_other_bureau(query)

    def _single(self, query: Query, guess: Guess) -> Decision:
        top, ahead = guess.top, guess.ahead
        if top and not self._may_say(top, query):
            top = None
        if top and ahead and (guess.chance >= ENOUGH or guess.support >= NEIGHBOUR):
            return Decision(top.intent, (guess.hit(),), guess.chance)
        if (quoted := self._quoted(query, guess)) is not None:
            return Decision("policy", (quoted,), quoted.score)
        options = tuple(
            Hit(e.id, score=c) for e, c in guess.meanings[:3] if c >= WORTH_ASKING and self._may_say(e, query)
        )
        if len(options) > 1 and guess.decline < FOREIGN and sum(o.score for o in options) >= TOGETHER:
            return Decision("clarify", confidence=guess.chance, options=options)
        least = LEAST_NAMED if query.asks_for_policy else LEAST
        if top and ahead and guess.chance >= least:
            return Decision(top.intent, (guess.hit(),), guess.chance)
        if len(options) > 1 and guess.decline < OURS:
            return Decision("clarify", confidence=guess.chance, options=options)
        refusal = (Hit(entry=guess.refusal.id, score=guess.decline),) if guess.refusal else ()
        return Decision("oos", refusal, guess.decline)
