"""Contradictions in the sources: two time limits for the same act, within a document or between several."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from knowledge.documents import Document
from knowledge.text import plain

_AMOUNT = r"(?P<amount>\d+)个?(?P<unit>工作日|自然日|日|天|个月|月)"
_LIMITS = (
    # 自收到申请之日起20个工作日内予以答复
    re.compile(rf"自(?P<start>[^,。;]{{2,12}})之日起{_AMOUNT}内(?:予以|主动|及时)?(?P<act>[^,。;(]{{2,6}})"),
    # 延长答复期限最长不得超过15个工作日, 将答复的期限最多延长20个工作日, 延期的时间不超过20个工作日
    re.compile(rf"(?P<act>延长|延期)[^。;]{{0,16}}?(?:不得?超过|最多|最长)?{_AMOUNT}"),
)


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit as a document states it, and the act it is for."""

    act: str
    amount: str
    document: str
    line: int
    text: str


def limits(document: Document) -> Iterator[Limit]:
    """Every time limit that a document states."""
    for number, line in enumerate(document.lines, start=1):
        for pattern in _LIMITS:
            for match in pattern.finditer(plain(line)):
                parts = match.groupdict()
                act = "延期" if not parts.get("start") else f"自{parts['start']}之日起{parts['act']}"
                yield Limit(act, match["amount"] + match["unit"], document.id, number, match.group())


def contradictions(documents: Iterable[Document]) -> list[tuple[Limit, ...]]:
    """For each act with several different time limits: those limits, each amount once, in order."""
    by_act: defaultdict[str, dict[str, Limit]] = defaultdict(dict)
    for document in documents:
        for limit in limits(document):
            by_act[limit.act].setdefault(limit.amount, limit)
    return [tuple(held.values()) for held in by_act.values() if len(held) > 1]
