"""Texts as weighted terms: characters one to three at a time and words, TF-IDF, unit length.

The linear model needs rows of a fixed width, so terms are folded into `WIDTH` columns, each into a few with
random signs: inner products survive, and the weights of a thousand classes stay a few megabytes.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

WIDTH = 1024
_FOLDS = 4
_SEED = 731100
_LONGEST = 3
_WORD_WEIGHT = 0.7


@dataclass(frozen=True)
class Lexicon:
    """`terms[i]` has the inverse document frequency `idf[i]`."""

    terms: tuple[str, ...]
    idf: Floats

    @classmethod
    def build(cls, texts: Sequence[Sequence[str]]) -> "Lexicon":
        """Learn the terms of texts given as their terms."""
        seen: Counter[str] = Counter()
        for terms in texts:
            seen.update(set(terms))
        counts = np.fromiter(seen.values(), dtype=np.float32, count=len(seen))
        return cls(tuple(seen), (np.log((1 + len(texts)) / (1 + counts)) + 1).astype(np.float32))

    @cached_property
    def place(self) -> dict[str, int]:
        """Term → its index."""
        return {t: i for i, t in enumerate(self.terms)}

    @cached_property
    def _columns(self) -> tuple[Ints, Floats]:
        dice = np.random.default_rng(_SEED)
        shape = (len(self.terms), _FOLDS)
        columns = dice.integers(0, WIDTH, shape, dtype=np.int32)
        return columns, (dice.integers(0, 2, shape) * 2 - 1).astype(np.float32) / np.float32(_FOLDS**0.5)

    def weigh(self, terms: Sequence[str]) -> tuple[Ints, Floats]:
        """Those of `terms` that are known and their weights, of length 1 together."""
        counts = Counter(t for t in terms if t in self.place)
        index = np.fromiter((self.place[t] for t in counts), dtype=np.int32, count=len(counts))
        weight = np.fromiter(
            ((1 + log(n)) * (_WORD_WEIGHT if t[0] == " " else 1.0) for t, n in counts.items()),
            dtype=np.float32,
            count=len(counts),
        )
        weight *= self.idf[index]
        length = float(np.sqrt(weight @ weight))
        return index, weight / length if length else weight

    def known(self, text: str) -> float:
        """The share of the pairs of `text` that stand in some wording."""
        pairs = [text[i : i + 2] for i in range(len(text) - 1)] or [text]
        return sum(p in self.place for p in pairs) / len(pairs)

    def fold(self, index: Ints, weight: Floats) -> Floats:
        """A sparse text as one row of `WIDTH` numbers."""
        columns, signs = self._columns
        row = np.bincount(
            columns[index].ravel(), weights=(signs[index] * weight[:, None]).ravel(), minlength=WIDTH
        )
        return row.astype(np.float32)


def terms_of(text: str, cut: Callable[[str], list[str]]) -> list[str]:
    """Characters one to three at a time with the edges marked; words of two or more (marked by a blank)."""
    framed = f"^{text}$"
    grams = [framed[i : i + n] for n in range(1, _LONGEST + 1) for i in range(len(framed) - n + 1)]
    return [g for g in grams if g not in "^$"] + [f" {w}" for w in cut(text) if len(w) > 1]
