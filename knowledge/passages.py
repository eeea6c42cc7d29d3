"""Documents cut into passages that know where they stand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.documents import Document
from knowledge.headings import BOX, SUBSECTION, Heading, parse_heading, place_of
from knowledge.table import cells, indicators

FRONT, BACK = "印发通知", "文末"
_BOX_ITEM = re.compile(r"\s+(?=[（(][一二三四五六七八九十]+[)）])")


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """A paragraph (or an item of a box, or a table row put into words) and the headings it stands under.

    `id` is “document:line”, “document:line.item” for an item of a box. `line` is 1-based.
    """

    id: str
    document: Document
    line: int
    text: str
    place: str
    headings: tuple[Heading, ...] = ()

    @property
    def number(self) -> str:
        """The document's number (国发〔2021〕30号), or “”."""
        return self.document.number

    @property
    def date(self) -> str:
        """The document's date, or “”."""
        return self.document.date

    @property
    def chapter(self) -> str:
        """The chapter's label and title (“第三章 重点任务”), or “”."""
        return next((f"{head.label} {head.title}" for head in self.headings if head.label[0] == "第"), "")

    @property
    def section(self) -> str:
        """The title of the innermost heading above the text, or “”."""
        return next((head.title for head in reversed(self.headings) if head.title), "")


def passages(document: Document) -> tuple[Passage, ...]:
    """All passages of a document, in order. Lines that are only headings are attached to what follows."""
    return tuple(_Cutter(document).cut())


class _Cutter:
    """Walks the lines of a document and keeps the headings that are open."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.open: list[Heading] = []
        self.last: dict[int, int] = {}  # the number seen last on each level
        self.rows = {row.line: row for row in indicators(document)}
        self.after_heading = False
        self.closed = False  # the text is over: annex, signature
        self.title_line = document.lines.index(document.title) + 1 if document.title in document.lines else 0

    def cut(self) -> Iterator[Passage]:
        for number, line in enumerate(self.document.lines, start=1):
            text = line.strip().rstrip("| ").strip()
            if not text or number == self.title_line:
                continue
            if number < self.title_line:
                yield Passage(self._id(number), self.document, number, text, FRONT)
            elif number in self.rows:
                self.after_heading = False
                yield self._passage(number, self.rows[number].sentence)
            elif not self._head_of_table(line):
                self._leave_box(line)
                yield from self._text(number, text)

    def _leave_box(self, line: str) -> None:
        """A box goes on while lines end with its “|”, or an item follows its title at once."""
        heading = parse_heading(line)
        item = self.after_heading and heading is not None and heading.level == SUBSECTION
        if not item and not line.rstrip().endswith("|"):
            self.open = [head for head in self.open if head.level != BOX]

    def _head_of_table(self, line: str) -> bool:
        return bool(self.rows) and (len(cells(line)) > 1 or line.startswith("·"))

    def _text(self, number: int, text: str) -> Iterator[Passage]:
        heading = parse_heading(text)
        if heading is None:
            yield self._paragraph(number, text)
        elif self._only_heading(heading, number):
            self._enter(heading)
            self.open.append(heading)
            self.after_heading = True
        else:
            yield from self._numbered(number, text, heading)

    def _paragraph(self, number: int, text: str) -> Passage:
        if text.startswith(("附件:", "附件：")):
            self.open, self.closed = [], True
        if self.document.lost_headings and not self.after_heading:
            self.open = []  # the heading that this paragraph opens under may be one of those lost
        self.after_heading = False
        return self._passage(number, text)

    def _numbered(self, number: int, text: str, heading: Heading) -> Iterator[Passage]:
        items = _BOX_ITEM.split(text) if heading.level == SUBSECTION else [text]
        self.after_heading = False
        for index, item in enumerate(items, start=1):
            head = parse_heading(item) or heading
            self._enter(head)
            suffix = f".{index}" if len(items) > 1 else ""
            yield self._passage(number, item, head, suffix)

    def _only_heading(self, heading: Heading, number: int) -> bool:
        """A short line is a heading only if something that it can head follows; else it is a list item."""
        if not heading.alone:
            return False
        following = next((line for line in self.document.lines[number:] if line.strip("| ")), "")
        after = parse_heading(following)
        return bool(following) and (after is None or after.level > heading.level)

    def _enter(self, heading: Heading) -> None:
        """Close what the heading ends. A number that starts again under no new heading shows a lost one."""
        restarts = heading.number <= self.last.get(heading.level, 0)
        expected = any(head.level in (BOX, heading.level) for head in self.open)
        if self.document.lost_headings and restarts and not expected:
            self.open = []
        self.open = [head for head in self.open if head.level < heading.level]
        self.last = {level: seen for level, seen in self.last.items() if level < heading.level}
        self.last[heading.level] = heading.number

    def _id(self, number: int, suffix: str = "") -> str:
        return f"{self.document.id}:{number}{suffix}"

    def _passage(self, number: int, text: str, head: Heading | None = None, suffix: str = "") -> Passage:
        headings = (*self.open, head) if head else tuple(self.open)
        place = BACK if self.closed else place_of(headings, lost_headings=self.document.lost_headings)
        return Passage(self._id(number, suffix), self.document, number, text, place, headings)
