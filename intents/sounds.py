"""How characters sound, without tones; Latin letters as the syllables they may be."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

_LATIN = re.compile(r"[a-z]+[1-5]?(?:'?[a-z]+[1-5]?)*")
_LONGEST = 6  # letters of a syllable: “zhuang”, “shuang”


@dataclass(frozen=True)
class Sounds:
    """`chars[i]` is read `syllables[i]`. Built once from pypinyin and kept with the fitted model."""

    chars: str
    syllables: tuple[str, ...]

    @classmethod
    def build(cls) -> "Sounds":
        """Read pypinyin's table of single characters (the basic block is all that citizens type)."""
        from pypinyin import Style, lazy_pinyin

        chars = "".join(map(chr, range(0x4E00, 0x9FA6)))
        read = [lazy_pinyin(c, style=Style.NORMAL, v_to_u=False)[0] for c in chars]
        known = [(c, s) for c, s in zip(chars, read, strict=True) if s.isascii() and s.isalpha()]
        return cls("".join(c for c, _ in known), tuple(s for _, s in known))

    @cached_property
    def table(self) -> dict[str, str]:
        """Character → syllable."""
        return dict(zip(self.chars, self.syllables, strict=True))

    @cached_property
    def inventory(self) -> frozenset[str]:
        """Every syllable there is."""
        return frozenset(self.syllables)

    def of(self, text: str) -> tuple[str, ...]:
        """The syllable of each character; a character without one stands for itself."""
        table = self.table
        return tuple(table.get(c, c) for c in text)

    def split(self, letters: str) -> tuple[str, ...]:
        """`letters` as the fewest syllables (“bangongshi” → ban gong shi); empty where it is no pinyin."""
        plain = "".join(
            c for c in unicodedata.normalize("NFD", letters) if (c.isascii() and c.isalpha()) or c == "'"
        )
        best: list[tuple[str, ...] | None] = [()] + [None] * len(plain)
        for end in range(1, len(plain) + 1):
            if plain[end - 1] == "'":
                best[end] = best[end - 1]
                continue
            for start in range(max(0, end - _LONGEST), end):
                before = best[start]
                if before is None or plain[start:end] not in self.inventory:
                    continue
                now = best[end]
                if now is None or len(before) + 1 < len(now):
                    best[end] = (*before, plain[start:end])
        return best[-1] or ()


def near(syllable: str) -> str:
    """What a syllable is heard as where zh/z, ch/c, sh/s, n/l, -ng/-n are mixed up (the north-west)."""
    for long, short in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        syllable = syllable.replace(long, short)
    if syllable.startswith("l"):
        syllable = "n" + syllable[1:]
    return syllable.replace("ng", "n")


def latin_runs(text: str) -> list[tuple[int, int]]:
    """Where runs of Latin words (with the blanks between them) stand in `text`."""
    runs: list[tuple[int, int]] = []
    for found in _LATIN.finditer(text):
        if runs and not text[runs[-1][1] : found.start()].strip():
            runs[-1] = (runs[-1][0], found.end())
        else:
            runs.append(found.span())
    return runs
