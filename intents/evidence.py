"""What speaks for each entry: the linear model's score, the nearest wording, words shared with the answer."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from intents.coverage import Coverage
from intents.encoder import Encoder
from intents.leanings import Leanings
from intents.lexicon import Floats, Ints, Lexicon, terms_of
from intents.postings import Postings
from intents.query import Query
from intents.segment import Segmenter
from knowledge.entries import Entry
from knowledge.search import Bm25

LEXICAL = ("linear", "scaled", "nearest", "coverage", "coverage_all", "answer", "policy_cue")
MEANING = ("linear_meaning", *LEXICAL[1:], "nearest_meaning", "title_meaning", "answer_meaning")
NOTHING = ("always", "best_scaled", "best_nearest", "best_coverage", "best_coverage_all", "known", "short")
NOTHING_MEANING = (*NOTHING, "best_meaning")

NOTHING_HIDDEN = slice(0, 0)
MEANING_WEIGHT = 1.3  # of the encoder's columns beside the folded terms in the linear model
_LIKELY = 120  # entries that a question is compared with wording by wording; all would take ten times as long
_ANSWER_LENGTH = 120  # characters of an answer that the encoder reads; it is poor on long texts


@dataclass(frozen=True)
class Meanings:
    """The encoder's vectors, centred on the mean of all wordings and of unit length.

    Kept models hold those of the wordings as bytes, in units of `step`: they would be most of the memory.
    """

    mean: Floats
    wordings: npt.NDArray[np.number[Any]]
    titles: Floats
    answers: Floats
    step: float = 1.0

    @classmethod
    def build(cls, encoder: Encoder, queries: list[Query], entries: tuple[Entry, ...]) -> "Meanings":
        """Encode every wording, title and answer once."""
        raw = encoder.encode([q.normal for q in queries])
        mean = raw.mean(axis=0)
        titles = encoder.encode([e.title for e in entries])
        answers = encoder.encode([e.answer[:_ANSWER_LENGTH] for e in entries])
        return cls(mean, _unit(raw - mean), _unit(titles - mean), _unit(answers - mean))

    def of(self, encoder: Encoder, query: Query) -> Floats:
        """The vector of a question."""
        return np.asarray(_unit(encoder.encode([query.normal]) - self.mean)[0], dtype=np.float32)

    def cosines(self, meaning: Floats, rows: slice | npt.NDArray[np.int_] = slice(None)) -> Floats:
        """How near these wordings are to what is meant."""
        found = self.wordings[rows].astype(np.float32) @ meaning
        return np.asarray(found * np.float32(self.step), dtype=np.float32)


@dataclass(frozen=True)
class Asked:
    """A question as vectors; `meaning` is None while no encoder is used."""

    query: Query
    index: Ints
    weight: Floats
    unknown: int = 0  # terms that no wording holds
    meaning: Floats | None = None


@dataclass(frozen=True)
class Compared:
    """Cosines to each wording, and what needs no wording: entries' answers and titles."""

    words: Floats
    plain: tuple[Floats, Floats]
    meanings: Floats | None = None
    deep: tuple[Floats, ...] = ()


@dataclass(frozen=True)
class Corpus:
    """The wordings and answers that a question is compared with; wordings sorted by entry (`owner`)."""

    entries: tuple[Entry, ...]
    owner: Ints
    segmenter: Segmenter
    lexicon: Lexicon
    postings: Postings
    by_wordings: Coverage
    by_all: Coverage  # wordings and answers
    meanings: Meanings | None

    @cached_property
    def starts(self) -> Ints:
        """The first wording of each entry."""
        return np.searchsorted(self.owner, np.arange(len(self.entries))).astype(np.int32)

    @cached_property
    def answers(self) -> Bm25:
        """Titles and answers, searched by the words of the question."""
        return Bm25(f"{e.title} {e.title} {e.answer}" for e in self.entries)

    @cached_property
    def leanings(self) -> Leanings:
        """What the manner of a question says about the entries."""
        return Leanings(self.entries)

    @cached_property
    def policies(self) -> Floats:
        """1 for a policy entry, -1 for any other."""
        return np.array([1 if e.intent == "policy" else -1 for e in self.entries], np.float32)

    def _own(self, hidden: slice) -> int | None:
        return int(self.owner[hidden.start]) if hidden != NOTHING_HIDDEN else None

    def ask(self, query: Query, encoder: Encoder | None = None) -> Asked:
        """Weigh the terms of a question; encode it where an encoder is given."""
        terms = terms_of(query.bare, self.segmenter.cut)
        index, weight = self.lexicon.weigh(terms)
        meaning = self.meanings.of(encoder, query) if encoder and self.meanings else None
        return Asked(query, index, weight, len(set(terms)) - len(index), meaning)

    def row(self, asked: Asked) -> Floats:
        """The columns of the linear model."""
        folded = self.lexicon.fold(asked.index, asked.weight)
        if asked.meaning is None:
            return folded
        return np.concatenate([folded, MEANING_WEIGHT * asked.meaning])

    def compare(self, asked: Asked, near: Floats | None = None) -> "Compared":
        """Hold a question against every wording (cosines `near`, if known), title and answer."""
        words = self.postings.cosines(asked.index, asked.weight)
        answers = np.asarray(self.answers.scores(asked.query.bare) / 10, dtype=np.float32)
        policy = self.policies if asked.query.asks_for_policy else np.zeros_like(self.policies)
        if asked.meaning is None or self.meanings is None:
            return Compared(words, (answers, policy))
        titles, texts = self.meanings.titles @ asked.meaning, self.meanings.answers @ asked.meaning
        if near is None:
            near = self.meanings.cosines(asked.meaning)
        return Compared(words, (answers, policy), near, (titles, texts))

    def near(self, asked: Asked, linear: Floats) -> Floats | None:
        """The cosines to the wordings of entries that the linear model thinks possible; 0 to others."""
        if asked.meaning is None or self.meanings is None:
            return None
        likely = np.sort(np.argpartition(-linear, _LIKELY)[:_LIKELY]) if len(linear) > _LIKELY else None
        if likely is None:
            return self.meanings.cosines(asked.meaning)
        ends = np.append(self.starts[1:], len(self.owner))
        rows = np.concatenate([np.arange(self.starts[e], ends[e]) for e in likely])
        cosines = np.zeros(len(self.owner), np.float32)
        cosines[rows] = self.meanings.cosines(asked.meaning, rows)
        return cosines

    def evidence(
        self, asked: Asked, compared: "Compared", linear: Floats, hidden: slice = NOTHING_HIDDEN
    ) -> Floats:
        """Entries × features, without the `hidden` wordings. `linear` as `ridge.scaled` gives it."""
        own = self._own(hidden)
        covered = [self.by_wordings.of(asked, own), self.by_all.of(asked, own)]
        columns = [*linear, self._nearest(compared.words, hidden), *covered, *compared.plain]
        if compared.meanings is not None:
            columns += [self._nearest(compared.meanings, hidden), *compared.deep]
        return np.stack(columns, axis=1).astype(np.float32)

    def nothing(self, asked: Asked, evidence: Floats) -> Floats:
        """What speaks for “none of the entries” (`NOTHING` or `NOTHING_MEANING`)."""
        best = evidence.max(axis=0)
        short = 1.0 if len(asked.query.bare) <= 4 else 0.0
        values = [1.0, best[1], best[2], best[3], best[4], self.lexicon.known(asked.query.bare), short]
        if evidence.shape[1] > len(LEXICAL):
            values.append(best[MEANING.index("nearest_meaning")])
        return np.array(values, np.float32)

    def _nearest(self, cosines: Floats, hidden: slice) -> Floats:
        if hidden != NOTHING_HIDDEN:
            cosines = cosines.copy()
            cosines[hidden] = 0
        return np.maximum.reduceat(cosines, self.starts)


def _unit(rows: Floats) -> Floats:
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float32)
