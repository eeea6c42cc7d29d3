"""The table of what may happen in a case (`lifecycle.toml`), typed."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

FILE = Path(__file__).parent / "lifecycle.toml"

Stage = Literal[
    "submitted",  # filed by the citizen, the clock has not started
    "handed_over",  # complaint or report with the national 12315 platform, not received yet
    "received",  # the clock runs
    "correction",  # waiting for the applicant's correction
    "third_party",  # waiting for a third party's opinion
    "mediation",
    "testing",
    "investigation",  # report: filed (立案)
    "closed",
]
OPEN: tuple[Stage, ...] = tuple(stage for stage in get_args(Stage) if stage != "closed")


def _any_open(stages: Any) -> Any:
    return OPEN if stages == "*" else stages


class Transition(BaseModel):
    """One row: `event` may be recorded in one of `stages` and leads to `to` (None: the stage stays)."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    event: str
    label: str
    stages: Annotated[tuple[Stage, ...], BeforeValidator(_any_open)] = Field(alias="from")
    to: Stage | None = None
    law: str
    article: str
    closes: bool = False
    once: bool = False
    needs: tuple[str, ...] = ()
    after: str = ""  # only once this event has happened


@cache
def load_lifecycle(file: Path = FILE) -> dict[str, tuple[Transition, ...]]:
    """Rows by kind of case (`disclosure`, `complaint`, `report`), those of any case included."""
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    rows = {kind: tuple(map(Transition.model_validate, items)) for kind, items in tables.items()}
    return {kind: rows[kind] + rows["any"] for kind in rows if kind != "any"}
