"""How much of a question stands in the wordings of each entry, rare terms counting more.

A linear model forgives a missing word, this does not: “抖音多少粉丝” is not for an entry without 粉丝.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from intents.lexicon import Floats, Ints
from intents.postings import Postings

_HALF = 0.7  # occurrences at which a term counts half


class Terms(Protocol):
    """A question as the terms that are known, and how many are not."""

    @property
    def index(self) -> Ints:
        """The known terms."""
        ...

    @property
    def unknown(self) -> int:
        """How many terms are not known."""
        ...


@dataclass(frozen=True)
class Coverage:
    """Term `t` stands in the entries `entries[starts[t]:starts[t + 1]]`, in `counts` wordings each."""

    starts: npt.NDArray[np.integer[Any]]
    entries: npt.NDArray[np.integer[Any]]
    counts: npt.NDArray[np.floating[Any]]
    idf: Floats
    size: int

    @classmethod
    def build(cls, postings: Postings, owner: Ints, idf: Floats, answers: Sequence[Ints] = ()) -> "Coverage":
        """Gather the postings of wordings by entry; the terms of its answer may count as one wording more."""
        size = int(owner[-1]) + 1
        term = np.repeat(np.arange(len(postings.starts) - 1, dtype=np.int64), np.diff(postings.starts))
        keys = [term * size + owner[postings.rows]]
        keys += [terms.astype(np.int64) * size + entry for entry, terms in enumerate(answers)]
        unique, counts = np.unique(np.concatenate(keys), return_counts=True)
        starts = np.searchsorted(unique // size, np.arange(len(postings.starts)))
        return cls(starts, (unique % size).astype(np.int32), counts.astype(np.float32), idf, size)

    def of(self, asked: Terms, own: int | None = None) -> Floats:
        """The covered share for each entry, 0 to 1. In the entry `own` the question itself is not counted."""
        spans = [slice(self.starts[t], self.starts[t + 1]) for t in asked.index]
        if not spans:
            return np.zeros(self.size, np.float32)
        entries = np.concatenate([self.entries[s] for s in spans])
        counts = np.concatenate([self.counts[s] for s in spans])
        if own is not None:
            counts = counts - (entries == own)
        weights = np.repeat(self.idf[asked.index], [s.stop - s.start for s in spans])
        found = np.bincount(entries, weights=weights * counts / (counts + _HALF), minlength=self.size)
        total = self.idf[asked.index].sum() + asked.unknown * self.idf.max()
        return np.asarray(found / total, dtype=np.float32)
