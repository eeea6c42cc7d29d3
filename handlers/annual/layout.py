"""The lines of table 3 as the official form groups them; the same for the page and for the workbook."""

import re
from dataclasses import dataclass
from itertools import groupby

from handlers.annual.table3 import labels

RESULTS = "三、本年度办理结果"
NOTE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"

_GROUPS = {
    "granted": "（一）予以公开",
    "partial": "（二）部分公开（区分处理的，只计这一情形，不计其他情形）",
    "d": "（三）不予公开",
    "u": "（四）无法提供",
    "n": "（五）不予处理",
    "o": "（六）其他处理",
    "total": "（七）总计",
}
_ITEM = re.compile(r"(\d\..+)$")


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `group` "" for the lines that stand outside “三”; `item` "" where the group is the line.

    `span`: how many lines the group reaches over, on its first one; 0 on the others.
    """

    key: str
    group: str
    item: str
    span: int = 1

    @property
    def label(self) -> str:
        """The line in words, on its own."""
        return f"{self.group} {self.item}".strip()


def lines() -> tuple[Line, ...]:
    """All lines in order: 一, 二, the results, 四."""
    found: list[Line] = []
    for group, held in groupby(labels().items(), key=lambda row: _group(row[0])):
        rows = list(held)
        for index, (key, label) in enumerate(rows):
            name = _GROUPS.get(group, "")
            item = _ITEM.search(label)
            words = (item[1] if item else "") if name else label
            found.append(Line(key, name, words, len(rows) if index == 0 else 0))
    return tuple(found)


def _group(key: str) -> str:
    return key[0] if len(key) == 2 and key[1].isdigit() else key
