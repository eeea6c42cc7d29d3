"""The notices of `notices.toml`, typed."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

FILE = Path(__file__).parent / "notices.toml"
KINDS = ("disclosure", "complaint", "report", "any")

Level = Literal["all", "important", "must"]
Role = Literal["clerk", "head"]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hours(_Data):
    """Local hours: nothing goes out from `quiet_from` to `quiet_until`; what is planned does at `morning`."""

    quiet_from: int = Field(ge=0, le=23)
    quiet_until: int = Field(ge=0, le=23)
    morning: int = Field(ge=0, le=23)
    soon_days: int = Field(gt=0)
    satisfaction_days: int = Field(gt=0)


class Notice(_Data):
    """What an applicant is told."""

    level: Level
    status: str = Field(max_length=20)
    text: str
    night: bool = False
    page: bool = False

    @field_validator("text")
    @classmethod
    def _trimmed(cls, text: str) -> str:
        return text.strip()


class StaffNotice(_Data):
    """What is mailed to the bureau."""

    to: tuple[Role, ...]
    subject: str
    text: str

    @field_validator("text")
    @classmethod
    def _trimmed(cls, text: str) -> str:
        return text.strip()


class Notices(_Data):
    """The whole file. `words` holds the small tables: outcome, ground, deed …"""

    hours: Hours
    template: Mapping[str, str]
    levels: Mapping[Level, str]
    notices: Mapping[str, Notice]  # "disclosure.received", "any.soon"
    staff: Mapping[str, StaffNotice]
    words: Mapping[str, Mapping[str, Any]]

    def of(self, kind: str, name: str) -> Notice | None:
        """The notice `name` of a kind of case; None if an applicant is told nothing."""
        return self.notices.get(f"{kind}.{name}") or self.notices.get(f"any.{name}")

    def word(self, table: str, key: str, default: str = "") -> str:
        """A word of a small table."""
        return str(self.words[table].get(key, default))


@cache
def load_notices(file: Path = FILE) -> Notices:
    """Read the file.

    Raises:
        pydantic.ValidationError: something in it does not fit.
    """
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    notices = {f"{kind}.{name}": notice for kind in KINDS for name, notice in data.pop(kind).items()}
    fixed = {name: data.pop(name) for name in ("hours", "template", "levels", "staff")}
    return Notices.model_validate({**fixed, "notices": notices, "words": data})
