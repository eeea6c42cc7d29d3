"""Texts as weighted terms: characters one to three at a time and words, TF-IDF, unit length.

The linear model needs rows of a fixed width, so terms are folded into `WIDTH` columns, each into a few with
random signs: inner products survive, and the weights of a thousand classes stay a few megabytes.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from math import log

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Keys = npt.NDArray[np.uint64]

WIDTH = 1024
_FOLDS = 4
_SEED = 731100
_LONGEST = 3
_WORD_WEIGHT = 0.7


@dataclass(frozen=True)
class Lexicon:
    """The term whose hash is `keys[i]` has the inverse document frequency `idf[i]`; the keys ascend.

    300,000 terms as strings in a dictionary would take 60 MB of each process, their hashes take two.
    """

    keys: Keys
    idf: Floats

    @classmethod
    def build(cls, texts: Sequence[Sequence[str]]) -> "Lexicon":
        """Learn the terms of texts given as their terms."""
        seen: Counter[str] = Counter()
        for terms in texts:
            seen.update(set(terms))
        keys = _hashed(seen)
        order = np.argsort(keys)
        counts = np.fromiter(seen.values(), dtype=np.float32, count=len(seen))[order]
        return cls(keys[order], (np.log((1 + len(texts)) / (1 + counts)) + 1).astype(np.float32))

    def __len__(self) -> int:
        return len(self.keys)

    def places(self, terms: Collection[str]) -> Ints:
        """The index of each term, -1 for one that is unknown."""
        wanted = _hashed(terms)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[at] == wanted, at, -1).astype(np.int32)

    @cached_property
    def _columns(self) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int8]]:
        dice = np.random.default_rng(_SEED)
        shape = (len(self.keys), _FOLDS)
        columns = dice.integers(0, WIDTH, shape, dtype=np.int16)
        return columns, dice.integers(0, 2, shape, dtype=np.int8) * np.int8(2) - np.int8(1)

    def weigh(self, terms: Sequence[str]) -> tuple[Ints, Floats]:
        """Those of `terms` that are known and their weights, of length 1 together."""
        counts = Counter(terms)
        index = self.places(counts)
        weight = np.fromiter(
            ((1 + log(n)) * (_WORD_WEIGHT if t[0] == " " else 1.0) for t, n in counts.items()),
            dtype=np.float32,
            count=len(counts),
        )
        known = index >= 0
        index, weight = index[known], weight[known]
        weight *= self.idf[index]
        length = float(np.sqrt(weight @ weight))
        return index, weight / length if length else weight

    def known(self, text: str) -> float:
        """The share of the pairs of `text` that stand in some wording."""
        pairs = [text[i : i + 2] for i in range(len(text) - 1)] or [text]
        return float(np.mean(self.places(pairs) >= 0))

    def fold(self, index: Ints, weight: Floats) -> Floats:
        """A sparse text as one row of `WIDTH` numbers."""
        columns, signs = self._columns
        signed = signs[index] * (weight / np.float32(_FOLDS**0.5))[:, None]
        row = np.bincount(columns[index].ravel(), weights=signed.ravel(), minlength=WIDTH)
        return row.astype(np.float32)


def _hashed(terms: Collection[str]) -> Keys:
    """64 bits of each: among a million terms two share them once in forty million lexicons."""
    digests = (blake2b(t.encode(), digest_size=8).digest() for t in terms)
    return np.frombuffer(b"".join(digests), np.uint64)


def terms_of(text: str, cut: Callable[[str], list[str]]) -> list[str]:
    """Characters one to three at a time with the edges marked; words of two or more (marked by a blank)."""
    framed = f"^{text}$"
    grams = [framed[i : i + n] for n in range(1, _LONGEST + 1) for i in range(len(framed) - n + 1)]
    return [g for g in grams if g not in "^$"] + [f" {w}" for w in cut(text) if len(w) > 1]
