"""Words of a text, by jieba over a slim dictionary: the full one takes 88 MB and most of a second."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_COMMON = 300  # occurrences in jieba's corpus from which a word is kept although no text of ours holds it
_LONGEST = 8


@dataclass(frozen=True)
class Segmenter:
    """`words[i]` occurs `counts[i]` times in jieba's dictionary. Cuts like jieba without its HMM."""

    words: tuple[str, ...]
    counts: tuple[int, ...]

    @classmethod
    def build(cls, texts: Iterable[str]) -> "Segmenter":
        """Keep of jieba's dictionary the common words and those that stand in `texts`."""
        import jieba

        seen = {
            t[i:j] for t in texts for i in range(len(t)) for j in range(i + 1, min(i + _LONGEST, len(t)) + 1)
        }
        kept: dict[str, int] = {}
        with jieba.get_dict_file() as lines:
            for line in lines:
                word, count, *_ = line.decode("utf-8").split(" ")
                if int(count) >= _COMMON or word in seen:
                    kept[word] = int(count)
        return cls(tuple(kept), tuple(kept.values()))

    @cached_property
    def counted(self) -> dict[str, int]:
        """Word → count."""
        return dict(zip(self.words, self.counts, strict=True))

    @cached_property
    def _tokenizer(self) -> Any:
        import jieba

        jieba.setLogLevel(logging.WARNING)
        tokenizer = jieba.Tokenizer()
        prefixes = {w[:i]: 0 for w in self.words for i in range(1, len(w))}
        tokenizer.FREQ, tokenizer.total = prefixes | self.counted, sum(self.counts)
        tokenizer.initialized = (
            True  # what gen_pfdict would have made of the file; nothing is written to /tmp
        )
        return tokenizer

    def cut(self, text: str) -> list[str]:
        """`text` as words; what joins no word stays single characters."""
        return list(self._tokenizer.cut(text, HMM=False))
