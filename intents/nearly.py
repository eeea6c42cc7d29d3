"""A text that is a wording but for a slip: found by edit distance, before anything is weighed."""

import re
from collections.abc import Sequence

from rapidfuzz import fuzz, process

from intents.lexicon import Ints

_NEAR = 88.0  # ratio: one character in eight is another, or one in four is missing
_APART = 4.0  # by how much the wordings of other entries have to be farther away
_SHORTEST = 5  # characters; in shorter texts a slip may be another word
_LONGEST = 40  # longer texts are stories, which no wording nearly equals
_FIGURES = re.compile(r"\d+|[一二三四五六七八九十百]+")


def nearly(text: str, wordings: Sequence[str], owner: Ints) -> int | None:
    """The owner of the wording that `text` all but is; None where none is, or several owners are near.

    Figures have to be the same: “2024年” is no slip for “2025年”.
    """
    if not _SHORTEST <= len(text) <= _LONGEST:
        return None
    found = process.extract(text, wordings, scorer=fuzz.ratio, score_cutoff=_NEAR, limit=8)
    if not found:
        return None
    best = found[0][1]
    owners = {owner[place] for _, score, place in found if score > best - _APART}
    same_figures = _FIGURES.findall(text) == _FIGURES.findall(found[0][0])
    return int(owners.pop()) if len(owners) == 1 and same_figures else None
