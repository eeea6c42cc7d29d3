"""Table 4: how reviews (行政复议) and lawsuits (行政诉讼) about disclosure ended. Entered by clerks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

KINDS: dict[str, str] = {
    "review": "行政复议",
    "suit_direct": "未经复议直接起诉",
    "suit_after_review": "复议后起诉",
}
RESULTS: dict[str, str] = {
    "upheld": "结果维持",
    "corrected": "结果纠正",
    "other": "其他结果",
}
PENDING, TOTAL = "pending", "total"
COLUMNS: dict[str, str] = {**RESULTS, PENDING: "尚未审结", TOTAL: "总计"}


@dataclass(frozen=True, slots=True)
class Remedy:
    """A review or a lawsuit; `result` "" and `closed` None while it is open."""

    id: int
    number: str
    kind: str
    result: str
    opened: date
    closed: date | None
    note: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Table4:
    """Kind → column → ids of what is behind it."""

    year: int
    remedies: Mapping[str, Mapping[str, tuple[int, ...]]]

    def count(self, kind: str, column: str) -> int:
        """The figure of a cell."""
        return len(self.remedies[kind][column])


def table4(year: int, remedies: Iterable[Remedy]) -> Table4:
    """Those that ended in the year, by their result, and those that were open at its end."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    cells: dict[str, dict[str, list[int]]] = {kind: {column: [] for column in COLUMNS} for kind in KINDS}
    for remedy in remedies:
        if remedy.opened > last or (remedy.closed and remedy.closed < first):
            continue
        ended = remedy.closed is not None and remedy.closed <= last
        column = remedy.result if ended and remedy.result in RESULTS else "other" if ended else PENDING
        cells[remedy.kind][column].append(remedy.id)
        cells[remedy.kind][TOTAL].append(remedy.id)
    return Table4(year, {kind: {c: tuple(n) for c, n in columns.items()} for kind, columns in cells.items()})
