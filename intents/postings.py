"""Which wordings hold which terms: the cosine of a text to every wording at once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from intents.lexicon import Floats, Ints


@dataclass(frozen=True)
class Postings:
    """Term `t` stands in the wordings `rows[starts[t]:starts[t + 1]]` with the weights beside them."""

    starts: npt.NDArray[np.integer[Any]]
    rows: npt.NDArray[np.integer[Any]]
    weights: npt.NDArray[np.floating[Any]]  # half precision in a kept model
    size: int  # how many wordings

    @classmethod
    def build(cls, texts: list[tuple[Ints, Floats]], terms: int) -> "Postings":
        """From the weighed terms of each wording."""
        index = np.concatenate([i for i, _ in texts]) if texts else np.zeros(0, np.int32)
        weight = np.concatenate([w for _, w in texts]) if texts else np.zeros(0, np.float32)
        row = np.repeat(np.arange(len(texts), dtype=np.int32), [len(i) for i, _ in texts])
        order = np.argsort(index, kind="stable")
        starts = np.searchsorted(index[order], np.arange(terms + 1))
        return cls(starts.astype(np.int64), row[order], weight[order], len(texts))

    def cosines(self, index: Ints, weight: Floats) -> Floats:
        """Cosine of a weighed text to each wording, 0 to 1."""
        spans = [slice(self.starts[t], self.starts[t + 1]) for t in index]
        if not spans:
            return np.zeros(self.size, np.float32)
        rows = np.concatenate([self.rows[s] for s in spans])
        parts = np.concatenate([self.weights[s] * w for s, w in zip(spans, weight, strict=True)])
        return np.bincount(rows, weights=parts, minlength=self.size).astype(np.float32)
