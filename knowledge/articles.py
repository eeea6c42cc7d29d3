"""Article references as the law data writes them: “33(2)”, “23(1)(4), 24(1)(1)”, “35-36”."""

import re
from dataclasses import dataclass
from functools import cache

from knowledge.numerals import in_chinese

_REFERENCE = re.compile(r"(\d+)((?:\(\d+\))*)(?!\d)")
_RANGE = re.compile(r"(\d+)-(\d+)")

# Articles that have a single paragraph with numbered items: “36(1)” is 第三十六条第一项, not 第一款.
# 政府信息公开条例 31, 36; 投诉举报处理办法 16; 消费者权益保护法 39.
_ITEMS_ONLY = frozenset({("TL", 31), ("TL", 36), ("BF", 16), ("XB", 39)})


@dataclass(frozen=True, slots=True)
class Reference:
    """One article, with paragraph and item numbers where given: 23(1)(4) is article 23, parts (1, 4)."""

    article: int
    parts: tuple[int, ...] = ()

    def covers(self, other: "Reference") -> bool:
        """Whether `other` is this article or a part of it (33 covers 33(2))."""
        return self.article == other.article and other.parts[: len(self.parts)] == self.parts

    def label(self, law: str) -> str:
        """As statutes are cited: 第二十三条第一款第四项."""
        units = ["项"] if (law, self.article) in _ITEMS_ONLY and len(self.parts) == 1 else ["款", "项", "目"]
        tail = "".join(f"第{in_chinese(n)}{unit}" for n, unit in zip(self.parts, units, strict=False))
        return f"第{in_chinese(self.article)}条{tail}"


@cache
def references(article: str) -> tuple[Reference, ...]:
    """The articles that a string names; empty where it names none (“summary”, “table 3”)."""
    if not article[:1].isdigit():
        return ()
    if whole := _RANGE.fullmatch(article.strip()):
        return tuple(Reference(number) for number in range(int(whole[1]), int(whole[2]) + 1))
    clean = re.split(r" (?=[^\d,(])", article)[0]  # “31(2) first half”, “33 (the 2007 origin is memory)”
    clean = re.sub(r"\s*\((?!\d).*", "", clean)
    return tuple(
        Reference(int(number), tuple(int(part) for part in re.findall(r"\d+", parts)))
        for number, parts in _REFERENCE.findall(clean)
    )


def article_label(law: str, article: str) -> str:
    """An article string in words for citizens: “第三十三条第二款”; “” for “summary”."""
    found = references(article)
    if found:
        return "、".join(reference.label(law) for reference in found)
    return article if re.search(r"[一-龥]", article) else ""
