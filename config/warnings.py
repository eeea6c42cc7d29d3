"""Categories and places of consumer warnings (`warnings.toml`), typed."""

import json
import tomllib
from functools import cache, cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).parent / "warnings.toml"
ALL = "all"  # every category


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Category(_Data):
    """Something to be warned about; `words` are how people name it."""

    id: str
    name: str
    words: tuple[str, ...]


class Place(_Data):
    """A county or the whole prefecture; `name` is the short one."""

    code: str
    name: str
    words: tuple[str, ...]


class WarningRules(_Data):
    """The file as a whole."""

    category: tuple[Category, ...]
    whole: Place
    county_words: dict[str, tuple[str, ...]]
    short: dict[str, str]
    steps: dict[str, tuple[str, ...]]

    @cached_property
    def categories(self) -> dict[str, Category]:
        """By id, in the order of their numbers."""
        return {each.id: each for each in self.category}

    @cached_property
    def places(self) -> dict[str, Place]:
        """The eight counties by code, in order, and the whole prefecture last."""
        found = {
            code: Place(code=code, name=self.short.get(code, name), words=self.county_words[code])
            for code, name in _divisions().items()
        }
        return {**found, self.whole.code: self.whole}


def _divisions() -> dict[str, str]:
    path = FILE.parent / "law" / "divisions.json"
    return {item["code"]: item["name"] for item in json.loads(path.read_text(encoding="utf-8"))}


@cache
def warning_rules() -> WarningRules:
    """The file, read once."""
    return WarningRules.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))
