"""How official documents number their parts: 第三章 / 五、/（五）/ 1. /（1）, and boxes (专栏2)."""

import re
from dataclasses import dataclass
from itertools import pairwise

from knowledge.numerals import to_number
from knowledge.text import for_reading, in_quotes

CHAPTER, SECTION, SUBSECTION, POINT, ITEM = range(5)
BOX = -1  # stands outside the numbering of the text around it
LONGEST_HEADING = 32  # characters; what is longer is text that happens to be numbered

_MARKS: tuple[tuple[int, re.Pattern[str], str], ...] = (
    (BOX, re.compile(r"专栏(\d+)[:：]\s*"), "专栏{}"),
    (CHAPTER, re.compile(r"第([一二三四五六七八九十]+)章\s*"), "第{}章"),
    (SECTION, re.compile(r"([一二三四五六七八九十]+)、\s*"), "{}"),
    (SUBSECTION, re.compile(r"[（(]([一二三四五六七八九十]+)[)）]\s*"), "（{}）"),
    (POINT, re.compile(r"(\d{1,2})[.．](?!\d)\s*"), "{}"),
    (ITEM, re.compile(r"[（(](\d{1,2})[)）]\s*"), "（{}）"),
)


@dataclass(frozen=True, slots=True)
class Heading:
    """The number at the start of a line, and the title after it (“” where the text runs on at once)."""

    level: int
    number: int
    label: str  # as cited: “第三章”, “五”, “（五）”, “12”, “（3）”, “专栏2”
    title: str
    alone: bool  # the line holds nothing but number and title


def parse_heading(line: str) -> Heading | None:
    """The heading a line starts with, or None."""
    text = line.strip().rstrip("| ").strip()
    for level, pattern, label in _MARKS:
        if match := pattern.match(text):
            rest = text[match.end() :]
            title = _title(rest)
            numeral = match.group(1)
            number = int(numeral) if numeral.isdigit() else to_number(numeral) or 0
            alone = bool(title) and len(rest.rstrip("。")) == len(title)
            return Heading(level, number, label.format(numeral), title, alone)
    return None


def _title(rest: str) -> str:
    first = re.split(r"[。\s]", rest, maxsplit=1)[0]
    return first if len(first) <= LONGEST_HEADING else ""


def place_of(headings: tuple[Heading, ...], *, lost_headings: bool = False) -> str:
    """Where something stands, as one says it: “第三章五（五）”; “正文” where no heading is known.

    With `lost_headings` a number alone would be ambiguous, so the outermost heading is named by its title.
    """
    if not headings:
        return "正文"
    outermost = headings[0]
    named = lost_headings and outermost.level >= SUBSECTION and outermost.title
    place = in_quotes(for_reading(outermost.title)) if named else outermost.label
    for above, heading in pairwise(headings):
        apart = above.level in (SECTION, POINT) and heading.level == POINT
        place += ("、" if apart else "") + heading.label
    return place
