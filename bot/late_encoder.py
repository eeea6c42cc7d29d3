"""The sentence encoder, read when it is first asked: a start does not wait for it."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from intents import encoder
from intents.encoder import Encoder, EncoderAway, Floats


class LateEncoder:
    """Reads itself at the first question that words alone do not answer; `wait` reads it now (a second)."""

    def __init__(self, folder: Path) -> None:
        """`folder` keeps its table, see `SentenceEncoder.map_table`."""
        self._folder = folder
        self._one_at_a_time = Lock()
        self._found: Encoder | None = None
        self._read = False

    def wait(self) -> Encoder | None:
        """The encoder itself; None where its wheel is not there or does not fit this machine."""
        with self._one_at_a_time:
            if not self._read:
                self._found, self._read = encoder.load(self._folder), True
        return self._found

    def encode(self, texts: Sequence[str]) -> Floats:
        """See `intents.encoder.Encoder`."""
        if (found := self.wait()) is None:
            raise EncoderAway("the wheel of the sentence encoder is missing or does not work here")
        return found.encode(texts)
