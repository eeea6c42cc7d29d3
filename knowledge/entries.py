"""One answer the bot can give, with the many ways people ask for it and the source that supports it.

Entries are data: `knowledge/faq/*.toml`, one file a topic, read by `load_entries`.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Literal, get_args

import tomli  # tomllib's own code, compiled: a third of the time for two megabytes of wordings
from pydantic import BaseModel, ConfigDict, Field, model_validator

FOLDER = Path(__file__).parent / "faq"

Intent = Literal[
    "faq",
    "policy",
    "law",
    "smalltalk",
    "oos",
    "flow:disclosure",
    "flow:complaint",
    "flow:report",
    "flow:status",
    "flow:subscribe",
    "flow:unsubscribe",
    "flow:human",
]
INTENTS: tuple[str, ...] = get_args(Intent)
ANSWERS = frozenset({"faq", "policy", "law"})


class Source(BaseModel):
    """Where a fact stands: lines of a document, or an article of a law."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document: str | None = None
    lines: tuple[int, ...] = ()
    law: str | None = None
    article: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Source":
        if (self.document is None) == (self.law is None):
            raise ValueError("a source names either a document with lines or a law with an article")
        if self.document and not self.lines:
            raise ValueError("a document source names its lines")
        if self.law and not self.article:
            raise ValueError("a law source names its article")
        return self


class Entry(BaseModel):
    """An answer: `faq` from the guide, `law` from `config/law`, `policy` from a policy document,
    or the reply to a greeting (`smalltalk`), to something that is not ours (`oos`), to a wish (`flow:*`).

    `answer` is plain simplified Chinese without the source: that is added from `sources` when it is shown.
    `title` names the entry in a numbered choice (at most 16 characters).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$")
    intent: Intent
    title: str = Field(min_length=2, max_length=24)
    answer: str = Field(min_length=2)
    wordings: tuple[str, ...] = Field(min_length=1)
    sources: tuple[Source, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    related: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _answers_have_sources(self) -> "Entry":
        if self.intent in ANSWERS and not self.sources:
            raise ValueError(f"{self.id}: an answer needs its source")
        return self

    def valid_on(self, day: date) -> bool:
        """Whether the entry may be used on `day` (local date)."""
        return not (self.valid_from and day < self.valid_from) and not (
            self.valid_until and day > self.valid_until
        )


class EntryError(ValueError):
    """A data file cannot be read; the message names the file and what is wrong."""


def load_entries(folder: Path = FOLDER) -> tuple[Entry, ...]:
    """Read every `*.toml` of `folder`, in the order of their names.

    Raises:
        EntryError: a file is not TOML, an entry does not fit, or two entries share an id.
    """
    entries = [entry for path in sorted(folder.glob("*.toml")) for entry in _read(path)]
    _refuse_twins(entries)
    return tuple(entries)


def _read(path: Path) -> Iterable[Entry]:
    try:
        for item in tomli.loads(path.read_text(encoding="utf-8")).get("entry", []):
            yield Entry.model_validate(item)
    except ValueError as error:
        raise EntryError(f"{path.name}: {error}") from error


def _refuse_twins(entries: Iterable[Entry]) -> None:
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            raise EntryError(f"two entries are called {entry.id}")
        seen.add(entry.id)
