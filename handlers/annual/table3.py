"""Table 3: requests received and dealt with, by what came of them and by who asked.

A request counts in the year of its day of receipt (art. 31); one that was withdrawn before anybody confirmed
its receipt was never received. 新收 + 结转 = 总计 + 结转下年 holds in every column by construction, and is
checked all the same.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import config

TOTAL_COLUMN = "total"
# Column code (`Filing.applicant`) → its place in `table3.cols` of config/law/annual_report.json.
COLUMNS: dict[str, str] = {
    "natural": "自然人",
    "商业企业": "商业企业",
    "科研机构": "科研机构",
    "社会公益组织": "社会公益组织",
    "法律服务机构": "法律服务机构",
    "其他": "其他",
    TOTAL_COLUMN: "总计",
}
KINDS = tuple(code for code in COLUMNS if code != TOTAL_COLUMN)

# Outcome (config/law/disclosure.json) → row. DENY goes by its ground, see `rows_for`.
_ROWS: dict[str, str] = {
    "ALREADY_PUBLIC": "granted",
    "GRANT": "granted",
    "PARTIAL": "partial",
    "NOT_EXIST": "u1",
    "NOT_THIS_AGENCY": "u1",
    "NEEDS_PROCESSING": "u2",
    "STILL_UNCLEAR": "u3",
    "SPECIAL_REGISTER": "d8",
    "PETITION_OR_COMPLAINT": "n1",
    "REPEAT": "n2",
    "PUBLICATION": "n3",
    "EXCESSIVE_UNREASONABLE": "n4",
    "CONFIRM_OR_REISSUE": "n5",
    "ABANDONED": "o1",
    "abandoned": "o1",
    "FEE_UNPAID": "o2",
}
OTHER = "o3"


@dataclass(frozen=True, slots=True)
class Fact:
    """What of a case the table needs. `data`: of the event that closed it."""

    number: str
    applicant: str
    received: date
    closed: date | None
    outcome: str = ""
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Table3:
    """Row key → column code → numbers of the cases behind it."""

    year: int
    cases: Mapping[str, Mapping[str, tuple[str, ...]]]

    def count(self, row: str, column: str) -> int:
        """The figure of a cell."""
        return len(self.cases[row][column])

    def unbalanced(self) -> tuple[str, ...]:
        """Columns in which 新收 + 结转 ≠ 总计 + 结转下年; () if the table adds up."""
        return tuple(
            column
            for column in COLUMNS
            if self.count("new", column) + self.count("carried_in", column)
            != self.count("total", column) + self.count("carried_out", column)
        )


@cache
def labels() -> dict[str, str]:
    """Row key → what stands there, in the order of the official table."""
    path = Path(config.__file__).parent / "law" / "annual_report.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["table3"]["rows"]
    return {row["key"]: row["label"] for row in rows}


ADDED_UP = frozenset({"new", "carried_in", "total", "carried_out"})


def table3(year: int, facts: Iterable[Fact]) -> Table3:
    """The table of a year, from all cases that were received by its end and not closed before it."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    cells: dict[str, dict[str, list[str]]] = {row: {column: [] for column in COLUMNS} for row in labels()}
    for fact in facts:
        if fact.received > last or (fact.closed and fact.closed < first):
            continue
        for row in _rows(fact, first, last):
            for column in (column_of(fact.applicant), TOTAL_COLUMN):
                cells[row][column].append(fact.number)
    return Table3(
        year, {row: {c: tuple(sorted(n)) for c, n in columns.items()} for row, columns in cells.items()}
    )


def _rows(fact: Fact, first: date, last: date) -> tuple[str, ...]:
    began = "new" if fact.received >= first else "carried_in"
    if fact.closed is None or fact.closed > last:
        return began, "carried_out"
    return began, row_of(fact.outcome, fact.data or {}), "total"


def column_of(applicant: str) -> str:
    """The column of an applicant; an unknown kind of organisation is 其他."""
    return applicant if applicant in KINDS else "其他" if applicant else "natural"


# A refusal's ground (art. 14 to 16) → the rows that it may be counted in; without one, any of them.
_GROUNDS: dict[str, tuple[str, ...]] = {
    "14": ("d1", "d2", "d3"),
    "15": ("d4",),
    "16(1)": ("d5",),
    "16(2)": ("d6", "d7"),
}
REFUSALS = tuple(row for rows in _GROUNDS.values() for row in rows)


def rows_for(outcome: str, ground: str = "") -> tuple[str, ...]:
    """The rows that an outcome may be counted in. Where there are several, a clerk chooses (`report_row`)."""
    if outcome != "DENY":
        return (_ROWS.get(outcome, OTHER),)
    return next((rows for start, rows in _GROUNDS.items() if ground.startswith(start)), REFUSALS)


def row_of(outcome: str, data: Mapping[str, Any]) -> str:
    """The row of an outcome: what a clerk chose for it, if the ground allows that; else by its words."""
    possible = rows_for(outcome, str(data.get("ground", "")))
    chosen = str(data.get("report_row", ""))
    return chosen if chosen in possible else _by_words(possible, data)


def _by_words(possible: tuple[str, ...], data: Mapping[str, Any]) -> str:
    """For answers in which nobody chose: 14 and 16(2) hold several rows, told apart by words."""
    said = f"{data.get('ground', '')}{data.get('reason', '')}"
    words = {"d7": ("案卷",), "d3": ("危及", "社会稳定"), "d2": ("禁止公开",)}
    said_so = (row for row, some in words.items() if row in possible and any(word in said for word in some))
    return next(said_so, possible[0])
