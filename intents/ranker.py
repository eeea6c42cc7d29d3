"""Ranks the entries for a question, and how likely each answers it: a linear model, a logit on top."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from intents import ridge
from intents.encoder import Encoder
from intents.evidence import Asked, Corpus
from intents.lexicon import Floats
from intents.logit import Logit
from intents.query import Query

CANDIDATES = 30
# Before there is a judge: what roughly counts, in the order of `MEANING`.
_ROUGHLY = np.array([1, 0.2, 0.2, 0.5, 0.5, 0.2, 0.1, 0.4, 0.2, 0.2], np.float32)


@dataclass(frozen=True)
class Ranked:
    """An entry (its index) and the probability that it answers."""

    entry: int
    chance: float


@dataclass(frozen=True)
class Ranking:
    """The likeliest entries, best first, and the probability that none answers."""

    best: tuple[Ranked, ...]
    none: float


@dataclass(frozen=True)
class Head:
    """A linear model and the logit that judges it: one for words alone, one with the encoder."""

    linear: Floats
    typical: Floats  # see `ridge.Fit`
    judge: Logit


@dataclass(frozen=True)
class Ranker:
    """`with_meaning` is None where there was no encoder at fitting."""

    corpus: Corpus
    words: Head
    with_meaning: Head | None

    def rank(self, query: Query, encoder: Encoder | None = None) -> Ranking:
        """Rank by words alone, or, with an encoder, by words and meaning."""
        return self.rank_asked(self.corpus.ask(query, encoder if self.with_meaning else None))

    def rank_asked(self, asked: Asked) -> Ranking:
        """Rank a question that is weighed already."""
        row = self.corpus.row(asked)
        head = self.words if asked.meaning is None or self.with_meaning is None else self.with_meaning
        linear = ridge.scaled(row @ head.linear, head.typical)
        compared = self.corpus.compare(asked, self.corpus.near(asked, linear[1]))
        evidence = self.corpus.evidence(asked, compared, linear)
        top = candidates(evidence, head.judge)
        nothing = self.corpus.nothing(asked, evidence)
        tilt = self.corpus.leanings.tilt(asked.query)[top]
        chances = head.judge.probabilities(evidence[None, top], nothing[None], tilt)[0]
        best = tuple(Ranked(int(top[i]), float(chances[i])) for i in np.argsort(-chances[:-1]))
        return Ranking(best, float(chances[-1]))


def candidates(evidence: Floats, judge: Logit | None = None) -> npt.NDArray[np.intp]:
    """The entries worth weighing: the best by the judge, or before there is one by what roughly counts."""
    weights = judge.weights if judge else _ROUGHLY[: evidence.shape[1]]
    scores = evidence @ weights
    best = (
        np.argpartition(-scores, CANDIDATES)[:CANDIDATES]
        if len(scores) > CANDIDATES
        else np.arange(len(scores))
    )
    return best[np.argsort(-scores[best])]
