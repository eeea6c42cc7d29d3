"""All that the bot knows, loaded once: `load()` reads the files of this package, nothing else."""

from collections.abc import Mapping
from copy import copy
from functools import cached_property
from pathlib import Path

from knowledge import cite
from knowledge.documents import FOLDER, Document, load_documents
from knowledge.entries import Entry, load_entries
from knowledge.law import FOLDER as LAW
from knowledge.law import Law
from knowledge.passages import Passage, passages
from knowledge.search import Search
from knowledge.table import Indicator, find_indicator, indicators


class Knowledge:
    """Entries, documents, passages, law and indicators, each by its id, and the search over the passages."""

    def __init__(self, entries: tuple[Entry, ...], documents: Mapping[str, Document], law: Law) -> None:
        """Cut the documents into passages; the search index is built when first used."""
        self.entries = {entry.id: entry for entry in entries}
        self.documents = documents
        self.law = law
        self._by_document = {key: passages(document) for key, document in documents.items()}
        self.passages = {part.id: part for parts in self._by_document.values() for part in parts}
        self.indicators: tuple[Indicator, ...] = tuple(
            row for document in documents.values() for row in indicators(document)
        )

    def with_entries(self, entries: Mapping[str, Entry]) -> "Knowledge":
        """The same documents, law and search, with other entries."""
        other = copy(self)
        other.entries = dict(entries)
        return other

    @cached_property
    def search(self) -> Search:
        """The index over all passages."""
        return Search(tuple(self.passages.values()))

    def of_document(self, document: str) -> tuple[Passage, ...]:
        """The passages of a document (id), in order; empty for an unknown one."""
        return self._by_document.get(document, ())

    def indicator(self, name: str) -> Indicator | None:
        """The row of the indicator table with that name, or the only one whose name contains it."""
        return find_indicator(self.indicators, name)

    def cite(self, entry: Entry) -> str:
        """The source line to put under an entry's answer, or “”."""
        return cite.cite(entry.sources, self.documents, self.passages.values(), self.law, entry.answer)

    def cite_passage(self, passage: Passage) -> str:
        """The source line to put under a quotation of the passage."""
        return cite.cite_passage(passage)


def load(folder: Path = FOLDER, law: Path = LAW) -> Knowledge:
    """Read everything; keep the result, it takes some tenths of a second.

    Raises:
        EntryError, DocumentError, LawError: a file does not fit; the message names it.
    """
    return Knowledge(load_entries(folder / "faq"), load_documents(folder), Law(law))
