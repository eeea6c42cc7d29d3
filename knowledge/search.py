"""BM25 over characters and pairs of characters, with a postings index; and the sentences that answer."""

import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from operator import add

import numpy as np
from numpy.typing import NDArray

from knowledge.documents import Document
from knowledge.passages import FRONT, Passage
from knowledge.text import clauses, for_reading, sentences

K1, B = 1.2, 0.75  # the usual saturation and length constants of BM25
PAIR, SINGLE = 1.0, 0.35  # a shared pair says more than a shared character
HEADINGS = 0.5  # what the headings above a passage count beside its own words
NAMED = 1.6  # how much more a passage of a document counts that the question names
GAP = "……"
# What frames a question about a document without saying what is asked.
_FRAME = re.compile(
    "“?十四五”?|规划里?面?|文件里?|国家|有没有|有没|怎么[说写样]|咋[说写]|咋|阿么|什么|说法|原文|是不是|请问|[哪那这]一?[条句段个]"
    "|里面|上面|讲|的事情|多少|几|吗|呢|哩|啊|吧|我们|咱们|我|你们|你"
)
_WORD = re.compile(r"[a-z0-9.%+]+|[一-鿿]+")


def terms(text: str) -> Counter[str]:
    """The characters and pairs of Chinese runs, and words and numbers of Latin ones, counted."""
    found: Counter[str] = Counter()
    for run in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        if run[0] > "z":
            found.update(run)
            found.update(map(add, run, run[1:]))
        else:
            found[run.strip(".")] += 1
    found.pop("", None)
    return found


def _weight(term: str) -> float:
    return SINGLE if len(term) == 1 and term > "z" else PAIR


class Bm25:
    """An index over texts; a query touches only the postings of its own terms."""

    def __init__(self, texts: Iterable[str | Counter[str]]) -> None:
        """Index texts, or their counted `terms`; their order gives the numbers of `scores` and `top`."""
        found: list[str] = []
        rows, counts, lengths = array("i"), array("f"), array("f")
        for row, text in enumerate(texts):
            bag = terms(text) if isinstance(text, str) else text
            found.extend(bag)
            counts.extend(bag.values())
            rows.extend([row] * len(bag))
            lengths.append(sum(bag.values()))
        self.size = len(lengths)
        self._group(found, np.array(rows, dtype=np.int32), np.array(counts, dtype=np.float32))
        length = np.array(lengths, dtype=np.float32)
        mean = max(float(length.mean()), 1.0) if self.size else 1.0
        self._norm = K1 * (1 - B + B * length / mean)

    def _group(self, found: list[str], rows: NDArray[np.int32], counts: NDArray[np.float32]) -> None:
        """Bring the postings of each term together, rows in order."""
        number: dict[str, int] = {}
        of_term = np.fromiter((number.setdefault(term, len(number)) for term in found), np.int32, len(found))
        order = np.argsort(of_term, kind="stable")
        ends = np.cumsum(np.bincount(of_term, minlength=len(number)))
        self._rows, self._counts = rows[order], counts[order]
        self._postings = {
            term: slice(int(ends[n - 1]) if n else 0, int(ends[n])) for term, n in number.items()
        }

    def idf(self, term: str) -> float:
        """How much a term tells; more for rarer terms, never negative, 0 for terms no text holds."""
        postings = self._postings.get(term)
        held = postings.stop - postings.start if postings else 0
        return log(1 + (self.size - held + 0.5) / (held + 0.5)) * _weight(term) if held else 0.0

    def scores(self, query: str) -> NDArray[np.float32]:
        """The score of every text; 0 where nothing is shared."""
        total = np.zeros(self.size, dtype=np.float32)
        for term in terms(query):
            if postings := self._postings.get(term):
                held, count = self._rows[postings], self._counts[postings]
                total[held] += self.idf(term) * count * (K1 + 1) / (count + self._norm[held])
        return total

    def top(self, query: str, limit: int) -> list[tuple[int, float]]:
        """The best `limit` texts with a score above 0, best first; equal scores in index order."""
        scores = self.scores(query)
        return [(int(row), float(scores[row])) for row in best_rows(scores, limit)]


def best_rows(scores: NDArray[np.float32], limit: int) -> list[int]:
    """The rows of the highest scores above 0, best first; equal scores in order."""
    if limit < len(scores):
        least = np.partition(scores, -limit)[-limit]
        rows = np.flatnonzero(scores >= max(least, np.nextafter(np.float32(0), np.float32(1))))
    else:
        rows = np.flatnonzero(scores > 0)
    return [int(row) for row in rows[np.argsort(-scores[rows], kind="stable")][:limit]]


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that a search found, its score, and the sentences of it that answer."""

    passage: Passage
    score: float
    quote: str


class Search:
    """Finds the passages that answer a question."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        """Index `passages`; lines of a covering letter (addressees, signatures) are left out."""
        self.passages = [one for one in passages if one.place != FRONT]
        bags = [[terms(part) for part in sentences(one.text)] for one in self.passages]
        self._sentences = Bm25([bag for held in bags for bag in held])
        self._owner = np.repeat(np.arange(len(bags)), [len(held) for held in bags])
        self._index = Bm25([_sum(held) for held in bags])
        self._headings = Bm25("".join(head.title for head in one.headings) for one in self.passages)

    def find(
        self, query: str, limit: int = 5, *, documents: Iterable[str] = (), quote: int = 160
    ) -> list[Found]:
        """The best passages for `query`, best first, of `documents` only if given (ids).

        The score is the passage's own, its best sentence's, and a share of its headings'.
        `quote` is the length in characters that the shown sentences may have.
        """
        named = frozenset(one.document.id for one in self.passages if _names(query, one.document))
        asked = self._without_frame(query)
        best = np.zeros(len(self.passages), dtype=np.float32)
        np.maximum.at(best, self._owner, self._sentences.scores(asked))
        total = self._index.scores(asked) + best + HEADINGS * self._headings.scores(asked)
        total *= np.array([NAMED if one.document.id in named else 1.0 for one in self.passages], np.float32)
        if wanted := frozenset(documents):
            total *= np.array([one.document.id in wanted for one in self.passages], dtype=np.float32)
        return [
            Found(self.passages[row], float(total[row]), self.shorten(self.passages[row], asked, quote))
            for row in best_rows(total, limit)
        ]

    def _without_frame(self, query: str) -> str:
        """The question without the document's name and without what only frames it, if anything is left."""
        asked = query
        for name in sorted({name for one in self.passages for name in one.document.called}, key=len)[::-1]:
            asked = asked.replace(name, " ")
        asked = _FRAME.sub(" ", asked)
        return asked if terms(asked) else query

    def shorten(self, passage: Passage, query: str, limit: int = 160) -> str:
        """What of the passage answers: whole sentences up to `limit` characters, joined by “……” over gaps.

        The best sentence is always there; if it alone is longer than `limit`, its best clauses are.
        """
        parts = sentences(passage.text)
        if len(parts) == 1 and len(parts[0]) > limit:
            parts = clauses(parts[0])
        wanted = terms(query)
        worth = [self._worth(part, wanted) for part in parts]
        order = sorted(range(len(parts)), key=lambda i: (-worth[i], i))
        first = order[0]
        if len(parts[first]) > limit and len(clauses(parts[first])) > 1:
            return self._clauses(parts[first], query, limit)
        kept, room = [first], limit - len(parts[first])
        for index in order[1:]:
            if worth[index] >= worth[first] / 2 > 0 and len(parts[index]) <= room:
                kept.append(index)
                room -= len(parts[index])
        return _joined(parts, kept)

    def _clauses(self, sentence: str, query: str, limit: int) -> str:
        parts, wanted = clauses(sentence), terms(query)
        worth = [self._worth(part, wanted) for part in parts]
        kept: list[int] = []
        room = limit
        for index in sorted(range(len(parts)), key=lambda i: (-worth[i], i)):
            if not kept or (worth[index] > 0 and len(parts[index]) <= room):
                kept.append(index)
                room -= len(parts[index])
        return _joined(parts, kept)

    def _worth(self, sentence: str, wanted: Counter[str]) -> float:
        held = terms(sentence)
        return sum(self._sentences.idf(term) for term in wanted if term in held)


def _sum(bags: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for bag in bags:
        total.update(bag)
    return total


def _names(query: str, document: Document) -> bool:
    return any(name in query for name in document.called)


def _joined(parts: Sequence[str], kept: Iterable[int]) -> str:
    text = ""
    previous: int | None = None
    for index in sorted(kept):
        if previous is None:
            text = parts[index]
        else:
            text += ("" if index == previous + 1 else GAP) + parts[index]
        previous = index
    return for_reading(text)
