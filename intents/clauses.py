"""A message cut into the clauses that may each hold a question."""

import re
from functools import cache

from config.words import words

_MARKS = re.compile(r"[,.;:!?~\n]+")
_END = re.compile(r"多少(?:号|钱|天)?|[吗呢么]|哪里|哪儿|几[点楼天号]|什么(?:时候|地方)?")
_SENTENCE = re.compile(r"[.;!?\n]+")
SHORTEST = 2  # characters below which a clause says nothing by itself
SHORTEST_HALF = 4
MOST = 8


def clauses(normal: str) -> list[str]:
    """The clauses between punctuation marks and before connectives (“…还有…”), in order, at most `MOST`."""
    found = [part.strip() for part in _joint().split(_MARKS.sub("\n", normal))]
    return [part for part in found if len(part) >= SHORTEST][:MOST]


def sentences(normal: str) -> list[str]:
    """The sentences, for messages in which a question takes more than one clause."""
    return [part.strip(" ,") for part in _SENTENCE.split(normal) if len(part.strip(" ,")) >= SHORTEST][:MOST]


def halves(normal: str) -> list[tuple[str, str]]:
    """Ways to cut speech without punctuation in two: after a word that ends a question, if enough follows."""
    if _MARKS.search(normal.strip(" ,.;:!?~")):
        return []
    cuts = [found.end() for found in _END.finditer(normal)]
    return [(normal[:c], normal[c:]) for c in cuts if c >= SHORTEST_HALF and len(normal) - c >= SHORTEST_HALF]


@cache
def _joint() -> re.Pattern[str]:
    return re.compile("\n|" + "|".join(map(re.escape, sorted(words().connectives, key=len, reverse=True))))
