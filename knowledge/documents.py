"""The bureau's documents as printed lines: `documents.toml` lists them, the texts stand in `documents/`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


class DocumentError(ValueError):
    """A document cannot be read; the message names it and what is wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A document and what is printed on it; `lines` hold the text, line 1 first.

    `date` is ISO, possibly only a year, or empty where none is printed. `printed_title` is false where the
    copy we hold bears no title: it is then named by our description, without 《》.
    `lost_headings` is true where headings are missing from the copy, so that a place may not be guessed.
    """

    id: str
    title: str
    short: str
    issuer: str = ""
    number: str = ""
    date: str = ""
    printed_title: bool = True
    lost_headings: bool = False
    called: tuple[str, ...] = ()  # what people call it: such a name in a question points to it
    lines: tuple[str, ...] = ()

    def line(self, number: int) -> str:
        """The text of a line (1-based).

        Raises:
            DocumentError: the document has no such line.
        """
        if not 1 <= number <= len(self.lines):
            raise DocumentError(f"{self.id} has no line {number}, only 1 to {len(self.lines)}")
        return self.lines[number - 1]

    @property
    def name(self) -> str:
        """The document as one names it in a sentence: 《title》, or our description."""
        return f"《{self.short}》" if self.printed_title else self.short


def load_documents(folder: Path = FOLDER) -> dict[str, Document]:
    """Read `documents.toml` of `folder` and the texts it names, in its order.

    Raises:
        DocumentError: the list or a text is missing or does not fit.
    """
    path = folder / "documents.toml"
    try:
        items = tomllib.loads(path.read_text(encoding="utf-8"))["document"]
        found = [_read(item, folder / "documents") for item in items]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise DocumentError(f"{path.name}: {error}") from error
    return {document.id: document for document in found}


def _read(item: dict[str, Any], texts: Path) -> Document:
    fields = item | {"called": tuple(item.get("called", ()))}
    text = (texts / fields.pop("file")).read_text(encoding="utf-8")
    return Document(**fields, lines=tuple(text.splitlines()))
