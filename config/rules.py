"""The statutory time limits of `config/rules.toml`, typed."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FILE = Path(__file__).parent / "rules.toml"

Unit = Literal["working_day", "natural_day"]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Extension(_Data):
    """One extension, by at most `days` days."""

    days: int = Field(gt=0)
    law: str
    article: str
    requires: str


class Pause(_Data):
    """The days after `begin` up to and including `end` are not counted.

    With `limit` an unanswered pause ends by itself when that rule's period is over; without it the
    clock stands still until `end`.
    """

    begin: str
    end: str
    why: str
    law: str
    article: str
    limit: str = ""


class Restart(_Data):
    """`request` stops the clock (once, within `limit`); `done` starts it afresh."""

    request: str
    done: str
    limit: str
    law: str
    article: str


class Rule(_Data):
    """A time limit: `amount` days of `unit` after the day of the event `start`."""

    id: str
    title: str
    start: str
    amount: int = Field(gt=0)
    unit: Unit
    law: str
    article: str
    since: date = Field(alias="from")
    until: date | None = None
    verified: bool = True
    extend: Extension | None = None
    pauses: tuple[Pause, ...] = ()
    restart: Restart | None = None

    def in_force(self, day: date) -> bool:
        """Whether this version of the rule is the one for a case of `day`."""
        return self.since <= day and (self.until is None or day <= self.until)


@cache
def load_rules(file: Path = FILE) -> tuple[Rule, ...]:
    """Read the rules, all versions of each, in the file's order."""
    return tuple(
        Rule.model_validate(item) for item in tomllib.loads(file.read_text(encoding="utf-8"))["rule"]
    )
