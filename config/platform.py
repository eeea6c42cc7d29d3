"""What is entered on the national 12315 platform, and in which order (`platform.toml`), typed."""

import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).parent / "platform.toml"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlatformField(_Data):
    """A field of the platform; the first of the answers `keys` that was given goes in."""

    label: str
    keys: tuple[str, ...]


class Section(_Data):
    """Fields under one heading."""

    title: str
    fields: tuple[PlatformField, ...]


@cache
def load_platform(file: Path = FILE) -> dict[str, tuple[Section, ...]]:
    """Sections by kind of case (complaint, report)."""
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    return {kind: tuple(map(Section.model_validate, sections)) for kind, sections in tables.items()}
