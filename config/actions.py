"""What a clerk can do in a case (`actions.toml`), typed."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FILE = Path(__file__).parent / "actions.toml"

FieldKind = Literal["text", "area", "date", "moment", "days", "choice", "person", "code"]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class ActionField(_Data):
    """Something that the clerk says. `options` and `suggest` name a list of choices."""

    key: str
    label: str
    kind: FieldKind = "text"
    required: bool = True
    future: bool = False
    hint: str = ""
    options: str = ""
    suggest: str = ""
    default: str = ""


class Action(_Data):
    """One thing to do. `id` is the table's name in the file."""

    id: str
    does: str
    label: str = ""  # else the label of the event in lifecycle.toml
    event: str = ""
    verb: str = ""
    allowed_while: str = Field(default="", alias="while")
    data: dict[str, Any] = {}
    dated: bool = False
    fields: tuple[ActionField, ...] = ()

    @property
    def records(self) -> str:
        """The event that is recorded."""
        return self.event or self.id


@cache
def load_actions(file: Path = FILE) -> dict[str, Action]:
    """Every action by its id, in the file's order.

    Raises:
        pydantic.ValidationError: something in the file does not fit.
    """
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    return {name: Action.model_validate({"id": name, **table}) for name, table in tables.items()}
