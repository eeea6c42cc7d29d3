"""Draws .docx templates with python-docx: A4, the fonts that offices here use, tables with thin lines."""

from collections.abc import Sequence
from typing import NamedTuple

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table
from docx.text.paragraph import Paragraph

BODY, HEADING = "仿宋", "宋体"
SIZE, LEAD = Pt(14), 1.5  # 四号, one and a half lines
IN_BOXES = Pt(11)
WIDTH = 15.6  # cm between the margins

# Parts of python-docx's blank document that nobody needs, and that make up half of it.
UNUSED = ("stylesWithEffects", "customXml", "thumbnail")

COLUMNS = 12  # of the grid that a form is drawn on


class Box(NamedTuple):
    """A box of a form: `wide` columns, `down` rows, at least `tall` cm; a `label` stands in its middle."""

    text: str
    wide: int = 3
    down: int = 1
    tall: float = 0
    label: bool = False


def label(text: str, wide: int = 2, down: int = 1) -> Box:
    """A box that says what the next one holds."""
    return Box(text, wide, down, label=True)


def blank(title: str) -> DocumentType:
    """An empty A4 page in the house style; `title` goes into the file's properties."""
    document = Document()
    for rels in (document.part.rels, document.part.package.rels):
        for key in [key for key, rel in rels.items() if rel.reltype.endswith(UNUSED)]:
            del rels[key]
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.7)
    section.top_margin, section.bottom_margin = Cm(2.6), Cm(2.2)
    style = document.styles["Normal"]
    style.font.name, style.font.size = BODY, SIZE
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), BODY)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = title, "临夏州市场监督管理局", ""
    return document


def heading(document: DocumentType, title: str, office: str = "", style: str = "") -> None:
    """The office's name, the title, both in the middle; `style` is the number among the official forms."""
    if style:
        write(document.add_paragraph(), f"投诉举报处理文书式样{style}", size=Pt(10.5))
    for text, size in ((office, Pt(18)), (title, Pt(20))):
        if text:
            paragraph = document.add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            paragraph.paragraph_format.space_after = Pt(4)
            write(paragraph, text, font=HEADING, size=size, bold=True)


def right(document: DocumentType, text: str, size: Pt = SIZE) -> None:
    """A line at the right margin."""
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    write(paragraph, text, size=size)


def prose(document: DocumentType, text: str, *, indent: bool = True, size: Pt = SIZE) -> None:
    """A paragraph of running text."""
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.line_spacing = LEAD if size == SIZE else 1.2
    paragraph.paragraph_format.space_after = Pt(0)
    if indent:
        paragraph.paragraph_format.first_line_indent = size * 2
    write(paragraph, text, size=size)


def write(paragraph: Paragraph, text: str, font: str = "", size: Pt = SIZE, *, bold: bool = False) -> None:
    """One run, so that a placeholder is not torn apart."""
    run = paragraph.add_run(text)
    run.font.size, run.font.bold = size, bold or None
    if font:
        run.font.name = font
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def grid(document: DocumentType, rows: Sequence[Sequence[Box]], *, size: Pt = IN_BOXES) -> None:
    """A form of lined boxes on a grid of `COLUMNS`; boxes that reach down are left out in the rows below."""
    table = document.add_table(rows=len(rows), cols=COLUMNS, style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column in table.columns:
        column.width = Cm(WIDTH / COLUMNS)
    taken: set[tuple[int, int]] = set()
    for number, row in enumerate(rows):
        place = 0
        for box in row:
            while (number, place) in taken:
                place += 1
            _draw(table, (number, place), box, size)
            taken |= {(number + i, place + j) for i in range(box.down) for j in range(box.wide)}
            place += box.wide


def _draw(table: Table, place: tuple[int, int], box: Box, size: Pt) -> None:
    row, column = place
    cell = table.cell(row, column).merge(table.cell(row + box.down - 1, column + box.wide - 1))
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    if box.tall:
        table.rows[row].height = Cm(box.tall)
    lines = box.text.split("\n")
    paragraphs = [cell.paragraphs[0], *(cell.add_paragraph() for _ in lines[1:])]
    for paragraph, line in zip(paragraphs, lines, strict=True):
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(3)
        if box.label:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        write(paragraph, line, size=size)
