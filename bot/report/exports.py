"""Lists of cases as .csv and .xlsx, written piece by piece; people masked unless asked otherwise."""

import csv
import io
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.papers.words import mask_name, mask_text
from bot.report.cells import Value, safe
from bot.report.overview import KINDS
from bot.store.figures import CaseLine, Figures
from handlers.cases.model import SHANGHAI
from handlers.forms.checks.masks import mask_phone

HEAD = (
    *("编号", "类别", "阶段", "结果", "县市", "申请人类别", "承办人"),
    *("提交", "收到", "到期", "办结", "姓名", "电话", "被投诉举报人"),
)
PIECE = 200  # cases at a time
BOM = "\ufeff"  # without it Excel takes UTF-8 for GBK


@dataclass(frozen=True)
class Export:
    """The cases that were submitted in some days. `names`: stage, outcome, county, person → code → name."""

    figures: Figures
    names: Mapping[str, Mapping[str, str]]
    masked: bool = True

    async def csv(self, first: date, last: date) -> AsyncIterator[bytes]:
        """The file in pieces."""
        yield (BOM + _line(HEAD)).encode()
        async for rows in self._rows(first, last):
            yield "".join(_line(row) for row in rows).encode()

    async def xlsx(self, first: date, last: date) -> AsyncIterator[bytes]:
        """The file in pieces; the sheet itself is written to disk row by row."""
        from openpyxl import Workbook

        book = Workbook(write_only=True)
        sheet = book.create_sheet("案件")
        sheet.append(HEAD)
        async for rows in self._rows(first, last):
            for row in rows:
                sheet.append([safe(value) for value in row])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "cases.xlsx"
            book.save(path)
            for piece in _pieces(path):
                yield piece

    async def _rows(self, first: date, last: date) -> AsyncIterator[list[tuple[Value, ...]]]:
        lines = await self.figures.lines(first, last)
        for start in range(0, len(lines), PIECE):
            some = lines[start : start + PIECE]
            answers = await self.figures.answers([line.number for line in some])
            yield [self._row(line, answers.get(line.number, {})) for line in some]

    def _row(self, line: CaseLine, answers: Mapping[str, object]) -> tuple[Value, ...]:
        name = str(answers.get("name") or answers.get("org_name") or "")
        phone = str(answers.get("phone") or answers.get("org_phone") or "")
        about = str(answers.get("resp_name") or "")
        if self.masked:
            name, phone, about = mask_name(name), mask_phone(phone) if phone else "", mask_text(about)
        return (
            line.number,
            KINDS.get(line.kind, line.kind),
            self.names["stage"].get(line.stage, line.stage),
            self.names["outcome"].get(line.outcome, line.outcome),
            self.names["county"].get(line.county, ""),
            "自然人" if line.applicant == "natural" else line.applicant,
            self.names["person"].get(line.assignee, ""),
            line.submitted.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            *(day.isoformat() if day else "" for day in (line.received, line.due, line.closed)),
            name,
            phone,
            about,
        )


def _line(row: Sequence[Value]) -> str:
    held = io.StringIO()
    csv.writer(held).writerow([safe(value) for value in row])
    return held.getvalue()


def _pieces(path: Path, size: int = 64 * 1024) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(size):
            yield piece
