"""What the cited sources of an answer hold, ready for its claims to be looked up in."""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from rapidfuzz import fuzz

from knowledge.articles import references
from knowledge.base import Knowledge
from knowledge.claims import Claim, address_key, claims, digits_of, name_key, tidy
from knowledge.documents import Document
from knowledge.entries import Source
from knowledge.figures import figures
from knowledge.law import Fact
from knowledge.numerals import as_digits, in_chinese
from knowledge.text import plain

_WEEKDAYS = re.compile(r"周([一二三四五六日])[至到-]周([一二三四五六日])")
_PHONE = re.compile(r"0\d{2,3}-?\d{7,8}|\d{7,8}")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
_DAY = re.compile(r"(\d{2})-(\d{2})")

# The law data is partly written in English; the units are put into Chinese so that they can be compared.
NEARLY = 82  # percent; below it a piece is somebody's own words, not a wrong quotation
SHORTEST_QUOTE = 9  # characters
WRONG_END = 2  # characters
FEWEST_WORDS = 5  # characters that are hardly the same by chance
_LABELS = frozenset({"source", "article", "unit", "code", "id", "key"})  # what names an item says nothing
_UNIT = {"working_day": "个工作日", "natural_day": "日", "month": "个月"}
_ENGLISH = (
    (re.compile(r"(\d+)[- ]?(?:working[- ]days?|wd\b)"), r"\1个工作日"),
    (re.compile(r"(\d+)[- ](?:natural[- ])?days?"), r"\1日"),
    (re.compile(r"(\d+)[- ]years?"), r"\1年"),
    (re.compile(r"(\d+)[- ]months?"), r"\1个月"),
    (re.compile(r"\b(\d+)x\b"), r"\1倍"),
    (re.compile(r"\bunder (\d+)\b"), r"\1岁"),
    (re.compile(r"\barts?\. ?(\d+)"), r"第\1条"),
    (re.compile(r"\b(?:cap|floor) ([\d,]+)(?![\d,/]| ?yuan)"), r"\1元"),
)
_YUAN = re.compile(r"(\d[\d,/]*) ?(?:yuan|元)")


class Ground:
    """The text that stands behind an answer."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Prepare `texts` for look-ups."""
        self._text = tidy("\n".join(texts))
        self._names = name_key(self._text)

    @cached_property
    def _figures(self) -> set[tuple[Decimal, str]]:
        found = figures(_PHONE.sub(" ", self._text), claimed=False)
        return {(figure.value, figure.unit) for figure in found}

    def holds(self, claim: Claim) -> bool:
        """Whether the sources say what the answer claims."""
        if claim.figure is not None:
            value, unit = claim.figure.value, claim.figure.unit
            held = self._figures
            return (value, unit) in held or (not unit and any(value == known for known, _ in held))
        if claim.kind == "数字":
            return claim.key in {f"周{first}至周{last}" for first, last in _WEEKDAYS.findall(self._text)}
        if claim.kind == "电话":
            return any(digits_of(phone).endswith(claim.key) for phone in _PHONE.findall(self._text))
        if claim.kind in ("邮箱", "网址", "文号"):
            return claim.key in address_key(self._text)
        return claim.key in self._names or as_digits(claim.key) in as_digits(self._names)

    def has_words(self, text: str) -> bool:
        """Whether `text` stands in the sources literally (width, white space and closing mark aside)."""
        return name_key(text).strip("。.;；,，:") in self._names

    def longest_words(self, text: str) -> int:
        """The length of the longest part of `text` that stands in the sources; 0 below a few characters."""
        length = len(_longest_in(name_key(text), self._names))
        return length if length >= min(len(text), FEWEST_WORDS) else 0

    def nearly_has(self, text: str) -> bool:
        """Whether the sources hold words that differ from `text` in a few characters within it."""
        key = name_key(text)
        if key in self._names or fuzz.partial_ratio(key, self._names) < NEARLY:
            return False
        longest = _longest_in(key, self._names)
        own = len(key) - len(longest)  # a word or two changed at the end is no frame
        framed = key.endswith(longest) or (key.startswith(longest) and own > WRONG_END)
        return not (framed and len(longest) >= len(key) * 0.6)


def _longest_in(text: str, source: str) -> str:
    """The longest part of `text` that stands in `source`."""
    best = ""
    for start in range(len(text)):
        while start + len(best) < len(text) and text[start : start + len(best) + 1] in source:
            best = text[start : start + len(best) + 1]
    return best


def ground_of(sources: Iterable[Source], knowledge: Knowledge) -> Ground:
    """What the cited lines and articles hold, with what names them (title, number, date)."""
    return Ground(text for source in sources for text in _texts(source, knowledge))


def everything(knowledge: Knowledge) -> Ground:
    """All documents and all law: what an answer without a source may point to."""
    lines = [line for document in knowledge.documents.values() for line in document.lines]
    return Ground([*lines, *_strings(_verified(list(knowledge.law.data.values())))])


def _verified(node: Any) -> Any:
    """The node without the items that nobody has read up."""
    if isinstance(node, Mapping):
        return {key: _verified(value) for key, value in node.items()} if node.get("verified", True) else {}
    return [_verified(item) for item in node] if isinstance(node, list) else node


def _texts(source: Source, knowledge: Knowledge) -> Iterator[str]:
    if source.document and source.document in knowledge.documents:
        document = knowledge.documents[source.document]
        yield from (document.title, document.name, document.number, document.issuer, _in_words(document.date))
        for line in source.lines:
            yield from _of_line(document, line, knowledge)
    if source.law:
        yield from _of_law(source.law, source.article or "", knowledge)


def _of_line(document: Document, line: int, knowledge: Knowledge) -> Iterator[str]:
    """The line, where it stands and under which headings, and a table row in words."""
    if 1 <= line <= len(document.lines):
        yield document.lines[line - 1]
    after = (passage for passage in knowledge.of_document(document.id) if passage.line >= line)
    if passage := next(after, None):
        yield from (head.label for head in passage.headings if head.label[0] in "专第")
        yield from (heading.title for heading in passage.headings)
        if passage.line == line:
            yield passage.text


def _of_law(code: str, article: str, knowledge: Knowledge) -> Iterator[str]:
    if code in knowledge.law.sources:
        source = knowledge.law.sources[code]
        yield f"《{source.title}》{source.number} {_in_words(source.printed)}"
    for fact in knowledge.law.around(code, article):
        yield from _of_fact(fact)


def _of_fact(fact: Fact) -> Iterator[str]:
    yield from (f"第{in_chinese(one.article)}条" for one in references(fact.article))
    yield from _strings(fact.data)
    yield from (text for part in fact.context for text in _strings(part))


def _strings(node: Any) -> Iterator[str]:
    """Every string and number of an item, numbers with the unit that the item gives them."""
    if isinstance(node, Mapping):
        unit = _UNIT.get(str(node.get("unit")), "")
        for key, value in node.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield _with_unit(key, value, unit)
            elif key not in _LABELS:
                yield from _strings(value)
    elif isinstance(node, list):
        for item in node:
            yield from _strings(item)
    elif isinstance(node, str):
        yield _in_words(node)
    elif isinstance(node, int | float) and not isinstance(node, bool):
        yield str(node)


def _with_unit(key: str, value: float, unit: str) -> str:
    if key == "yuan":
        return f"{value}元"
    if key in ("from", "to", "n_requests", "pages"):  # the tiers of fees.json count requests and pages
        return f"{value}件 {value}页"
    return f"{value}{unit}"


def _in_words(text: str) -> str:
    text = _ISO_DATE.sub(lambda m: f"{m[1]}年{int(m[2])}月" + (f"{int(m[3])}日" if m[3] else ""), text)
    if day := _DAY.fullmatch(text):
        return f"{int(day[1])}月{int(day[2])}日"
    for pattern, chinese in _ENGLISH:
        text = pattern.sub(chinese, text)
    return _YUAN.sub(lambda m: " ".join(f"{part}元" for part in m[1].split("/")), text)


def missing(answer: str, ground: Ground) -> tuple[Claim, ...]:
    """The claims of an answer that its sources do not hold."""
    return tuple(claim for claim in claims(answer) if not ground.holds(claim))


def misquoted(answer: str, ground: Ground) -> list[str]:
    """Pieces of a policy answer that are nearly, but not quite, the document's wording.

    Words put before or after a literal piece (“规划要求……”) are no misquotation.
    """
    return [piece for piece in _pieces(answer) if len(piece) >= SHORTEST_QUOTE and ground.nearly_has(piece)]


def _pieces(answer: str) -> list[str]:
    return [plain(piece) for piece in re.split(r"[。；;，,：:…“”（）()\n]+", answer)]


def literal_share(answer: str, ground: Ground) -> float:
    """How much of an answer (0 to 1, by characters) is the document's own wording."""
    pieces = _pieces(answer)
    total = sum(map(len, pieces))
    return sum(map(ground.longest_words, pieces)) / total if total else 1.0
