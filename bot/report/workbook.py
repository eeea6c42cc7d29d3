"""Tables 3 and 4 as a workbook in the layout of the official form."""

from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bot.report.cells import safe
from handlers.annual import table4
from handlers.annual.layout import NOTE, RESULTS, Line, lines
from handlers.annual.table3 import COLUMNS, Table3
from handlers.annual.table4 import Table4

FIRST = 4  # column of the first figure: three columns of words before it
HEAD = 4  # rows above the first line: title and three rows of headings
THIN = Border(*(Side("thin"),) * 4)
MIDDLE = Alignment("center", "center", wrap_text=True)
LEFT = Alignment("left", "center", wrap_text=True)
NEXT_TO_ORGANISATIONS = 5


def workbook(third: Table3, fourth: Table4) -> bytes:
    """The .xlsx file."""
    book = Workbook()
    for sheet in book.worksheets:
        book.remove(sheet)
    _table3(book.create_sheet("表三"), third)
    _table4(book.create_sheet("表四"), fourth)
    held = BytesIO()
    book.save(held)
    return held.getvalue()


def _table3(sheet: Worksheet, table: Table3) -> None:
    _put(sheet, (1, 1, 1, 10), f"三、收到和处理政府信息公开申请情况（{table.year}年）", bold=True)
    _put(sheet, (2, 1, 4, 3), NOTE)
    _put(sheet, (2, 4, 2, 10), "申请人情况")
    _put(sheet, (3, 4, 4, 4), COLUMNS["natural"])
    _put(sheet, (3, 5, 3, 9), "法人或其他组织")
    for offset, code in enumerate(list(COLUMNS)[1:-1]):
        _put(sheet, (4, NEXT_TO_ORGANISATIONS + offset, 4, NEXT_TO_ORGANISATIONS + offset), COLUMNS[code])
    _put(sheet, (3, 10, 4, 10), COLUMNS["total"])
    for row, line in enumerate(lines(), start=HEAD + 1):
        _words(sheet, row, line)
        for offset, column in enumerate(COLUMNS):
            _put(sheet, (row, FIRST + offset, row, FIRST + offset), table.count(line.key, column))
    _widths(sheet, (14, 22, 40, *(11,) * 7))


def _words(sheet: Worksheet, row: int, line: Line) -> None:
    if not line.group:
        _put(sheet, (row, 1, row, 3), line.item, align=LEFT)
        return
    if line.key == "granted":
        count = sum(bool(each.group) for each in lines())
        _put(sheet, (row, 1, row + count - 1, 1), RESULTS)
    if not line.item:
        _put(sheet, (row, 2, row, 3), line.group, align=LEFT)
        return
    if line.span:
        _put(sheet, (row, 2, row + line.span - 1, 2), line.group, align=LEFT)
    _put(sheet, (row, 3, row, 3), line.item, align=LEFT)


def _table4(sheet: Worksheet, table: Table4) -> None:
    _put(sheet, (1, 1, 1, 15), f"四、政府信息公开行政复议、行政诉讼情况（{table.year}年）", bold=True)
    _put(sheet, (2, 1, 3, 5), "行政复议")
    _put(sheet, (2, 6, 2, 15), "行政诉讼")
    _put(sheet, (3, 6, 3, 10), table4.KINDS["suit_direct"])
    _put(sheet, (3, 11, 3, 15), table4.KINDS["suit_after_review"])
    column = 0
    for kind in table4.KINDS:
        for code, name in table4.COLUMNS.items():
            column += 1
            _put(sheet, (4, column, 4, column), name)
            _put(sheet, (5, column, 5, column), table.count(kind, code))
    _widths(sheet, (9,) * 15)


def _put(
    sheet: Worksheet,
    place: tuple[int, int, int, int],
    value: str | int,
    *,
    bold: bool = False,
    align: Alignment = MIDDLE,
) -> None:
    """Write into the cells from (row, column) to (row, column), merged if there are several."""
    top, left, bottom, right = place
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            sheet.cell(row, column).border = THIN
    if (top, left) != (bottom, right):
        sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
    cell = sheet.cell(top, left)
    cell.value, cell.alignment, cell.font = safe(value), align, Font(bold=bold)


def _widths(sheet: Worksheet, widths: tuple[int, ...]) -> None:
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
