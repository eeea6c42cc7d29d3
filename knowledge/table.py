"""The indicator table of the certification plan (专栏1): one row an indicator, cells split by “|”."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from knowledge.documents import Document
from knowledge.text import plain

_NAME = re.compile(r"(?P<name>.+?)\((?P<unit>[^()]+)\)")


@dataclass(frozen=True, slots=True)
class Indicator:
    """A row: the figure reached in 2020 and the one aimed at for 2025, both in `unit`, as printed."""

    group: str
    name: str
    unit: str
    y2020: Decimal
    y2025: Decimal
    nature: str  # 预期性 or 约束性
    line: int

    def value(self, year: int) -> Decimal | None:
        """The figure of a year, or None for a year the table does not hold."""
        return {2020: self.y2020, 2025: self.y2025}.get(year)

    @property
    def sentence(self) -> str:
        """The row in words: “有效认证证书总数：2020年270万张，2025年目标320万张（预期性指标）。”."""
        now, goal = f"2020年{self.y2020}{self.unit}", f"2025年目标{self.y2025}{self.unit}"
        return f"{self.name}：{now}，{goal}（{self.nature}指标）。"


def cells(line: str) -> list[str]:
    """The cells of a table line, empty ones left out."""
    return [cell.strip() for cell in line.split("|") if cell.strip()]


def indicators(document: Document) -> tuple[Indicator, ...]:
    """Every row of the document's indicator table, in order; empty where the document has none."""
    found: list[Indicator] = []
    group = ""
    for number, line in enumerate(document.lines, start=1):
        row = cells(line)
        if len(row) == 1 and row[0].startswith("·"):
            group = row[0].removeprefix("·")
        elif len(row) == 4 and (head := _NAME.fullmatch(row[0])):
            name, unit = head.group("name"), head.group("unit")
            found.append(Indicator(group, name, unit, Decimal(row[1]), Decimal(row[2]), row[3], number))
    return tuple(found)


def find_indicator(rows: Iterable[Indicator], name: str) -> Indicator | None:
    """The row with that name, or the only one whose name contains all of it."""
    wanted = plain(name)
    rows = tuple(rows)
    exact = [row for row in rows if plain(row.name) == wanted]
    if exact:
        return exact[0]
    close = [row for row in rows if wanted and wanted in plain(row.name)]
    return close[0] if len(close) == 1 else None
