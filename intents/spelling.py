"""Pinyin to characters, and wrong characters that sound right: the likeliest reading in our citizens' words.

A lattice over syllables: every piece (one to four characters) that occurs in the wordings, and every common
word, may stand where its sound stands; the cheapest path wins. It rescues what is not understood; it never
ranks.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from intents.segment import Segmenter
from intents.sounds import Sounds, latin_runs, near

_LONGEST = 4
_OFTEN = (0, 1, 2, 3, 3)  # how often a piece of so many characters has to occur to be a spelling
_CHANGED, _TRIED = 6.0, 3.5  # cost of a character that is not the one typed
_SURELY = 3.5  # by how much a character's change has to be worth more than it costs, to be made unasked
_NEARLY = 1.5  # cost of a syllable that only nearly sounds so
_UNKNOWN = 16.0  # cost of a character that no piece holds
_OURS = 40  # how much more a piece of a wording counts than jieba's corpus
_MARK = "\0"  # before what is no Chinese character, so that it sounds like nothing
_RESERVED = 3  # spellings kept for one sound


@dataclass(frozen=True)
class Speller:
    """`pieces[i]` costs `costs[i]` (negative log probability)."""

    sounds: Sounds
    pieces: tuple[str, ...]
    costs: tuple[float, ...]

    @classmethod
    def build(cls, sounds: Sounds, segmenter: Segmenter, texts: Iterable[str]) -> "Speller":
        """Count the pieces of `texts` (normalised wordings) beside the common words."""
        seen: Counter[str] = Counter()
        for text in texts:
            han = [c if c in sounds.table else " " for c in text]
            line = "".join(han)
            for size in range(1, _LONGEST + 1):
                seen.update(line[i : i + size] for i in range(len(line) - size + 1))
        counts: dict[str, float] = {
            p: _OURS * n for p, n in seen.items() if " " not in p and n >= _OFTEN[len(p)]
        }
        for word, n in segmenter.counted.items():
            if len(word) <= _LONGEST and all(c in sounds.table for c in word):
                counts[word] = counts.get(word, 0) + n
        total = sum(counts.values())
        return cls(
            sounds, tuple(counts), tuple(round(-math.log((n + 1) / total), 3) for n in counts.values())
        )

    @cached_property
    def _cost(self) -> dict[str, float]:
        return dict(zip(self.pieces, self.costs, strict=True))

    @cached_property
    def _by_sound(self) -> dict[tuple[str, ...], list[str]]:
        groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for piece in sorted(self.pieces, key=self._cost.__getitem__):
            group = groups[tuple(map(near, self.sounds.of(piece)))]
            if len(group) < _RESERVED * (3 if len(piece) == 1 else 1):
                group.append(piece)
        return dict(groups)

    def read(self, text: str) -> str:
        """`text` with its pinyin written in characters; unchanged where it holds none."""
        pieces: list[str] = []
        at = 0
        for start, end in latin_runs(text):
            pieces += [text[at:start], self._run(text[start:end])]
            at = end
        return "".join([*pieces, text[at:]])

    def correct(self, text: str, *, boldly: bool = False) -> str:
        """`text` with characters replaced that sound the same and make likelier words.

        Boldly, where it was not understood and the result will be judged; else only where it is sure.
        """
        sounds = self.sounds.of(text)
        typed = [(c, s if c in self.sounds.table else _MARK + c) for c, s in zip(text, sounds, strict=True)]
        cost, corrected = self._cheapest(typed, _TRIED if boldly else _CHANGED)
        changes = sum(a != b for a, b in zip(text, corrected, strict=True))
        gained = self._cheapest(typed, None)[0] - cost if changes else 0.0
        return corrected if boldly or gained >= _SURELY * changes else text

    def _run(self, letters: str) -> str:
        """Words that are no pinyin stay; one short lone word (“he”, “a”) is more likely something else."""
        found = [(word, self.sounds.split(word)) for word in letters.split()]
        if sum(len(s) for _, s in found) < 2:
            return letters
        out: list[str] = []
        pending: list[tuple[str, str]] = []
        for word, syllables in found:
            if syllables:
                pending += [("", s) for s in syllables]
                continue
            out += [self._cheapest(pending, 0.0)[1], f" {word} "]
            pending = []
        return "".join([*out, self._cheapest(pending, 0.0)[1]])

    def _cheapest(self, typed: Sequence[tuple[str, str]], changed: float | None) -> tuple[float, str]:
        """Viterbi over (typed character or "", syllable): the cost of the best path and its text.

        `changed` is the cost of another character than the typed one; None forbids it.
        """
        keys = [near(s) for _, s in typed]
        best: list[tuple[float, int, str]] = [(0.0, 0, "")]
        for end in range(1, len(typed) + 1):
            char, syllable = typed[end - 1]
            options = [(best[end - 1][0] + _UNKNOWN, end - 1, char or syllable)]
            for start in range(max(0, end - _LONGEST), end):
                for piece in self._spellings(typed, keys, start, end, as_typed=changed is None):
                    options.append(
                        (best[start][0] + self._price(piece, typed[start:end], changed or 0.0), start, piece)
                    )
            best.append(min(options))
        return best[-1][0], _walk(best)

    def _spellings(
        self, typed: Sequence[tuple[str, str]], keys: Sequence[str], start: int, end: int, *, as_typed: bool
    ) -> list[str]:
        exact = "".join(c for c, _ in typed[start:end])
        same_sound = [] if as_typed else self._by_sound.get(tuple(keys[start:end]), [])
        return [exact, *same_sound] if exact in self._cost else same_sound

    def _price(self, piece: str, typed: Sequence[tuple[str, str]], changed: float) -> float:
        cost = self._cost[piece]
        for char, sound, (wanted, heard) in zip(piece, self.sounds.of(piece), typed, strict=True):
            if wanted and char != wanted:
                cost += changed
            if sound != heard:
                cost += _NEARLY
        return cost


def _walk(best: Sequence[tuple[float, int, str]]) -> str:
    out: list[str] = []
    at = len(best) - 1
    while at > 0:
        _, start, piece = best[at]
        out.append(piece)
        at = start
    return "".join(reversed(out))
