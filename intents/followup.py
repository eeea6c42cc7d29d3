"""Short messages that lean on the last answer: “那传真呢”, “周末呢”, “多少钱呢”."""

import re
from collections.abc import Callable
from functools import cache

from config.words import words
from intents.guess import Guess
from intents.query import Query
from knowledge.entries import ANSWERS, Entry

_LONGEST = 10
_TAIL = re.compile(r"(?:呢|的话|的呢|咋样|怎么样|怎么办|行吗|可以吗)[?!.]*$")
ENOUGH = 0.35  # of the reading together with the last subject


def leaned(query: Query, last: Entry, guess: Callable[[Query], Guess]) -> Guess | None:
    """What `query` means after the answer `last`; None where it does not lean on it."""
    core = _core(query.normal)
    if core is None or last.intent not in ANSWERS:
        return None
    alone = guess(Query.of(core))
    joined = [guess(Query.of(f"{last.title}{core}")), guess(Query.of(f"{core}{last.title}"))]
    near = [g for g in (alone, *joined) if g.top and g.top.id != last.id]
    best = max(near, key=lambda g: g.chance + (0.3 if g.top and _kin(g.top, last) else 0.0), default=None)
    return best if best and best.chance >= ENOUGH else None


def _core(normal: str) -> str | None:
    """What is asked about, without what shows that the message leans; None where nothing shows it."""
    text = normal.strip(" ,.;!?")
    if not text or len(text) > _LONGEST:
        return None
    stripped = _opening().sub("", _TAIL.sub("", text))
    return stripped if stripped and stripped != text else None


def _kin(one: Entry, other: Entry) -> bool:
    """Whether two entries belong together: related, or of one topic."""
    return one.id in other.related or other.id in one.related or _topic(one.id) == _topic(other.id)


def _topic(entry: str) -> str:
    return entry.rsplit(".", 1)[0]


@cache
def _opening() -> re.Pattern[str]:
    return re.compile("^(?:" + "|".join(map(re.escape, sorted(words().leaning, key=len, reverse=True))) + ")")
