"""Office hours and the rules of a conversation with a person (`office.toml`), typed."""

import tomllib
from datetime import time
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

FILE = Path(__file__).parent / "office.toml"


class Office(BaseModel):
    """`open`: spans of local time on a working day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document: str
    lines: tuple[int, ...]
    open: tuple[tuple[time, time], ...]
    quiet_minutes: int = Field(gt=0)
    kept_days: int = Field(gt=0)


@cache
def load_office(file: Path = FILE) -> Office:
    """Read the file."""
    return Office.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
