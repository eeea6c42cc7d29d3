"""The papers that can be made for a case, as data: forms, letters, answers (`*.toml` here)."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parent
FILES = ("forms", "disclosure", "answers", "complaint")

Role = Literal["form", "letter", "internal"]
Kind = Literal["text", "date", "moment", "ground", "refusal", "termination"]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PaperField(_Data):
    """What a clerk says for a paper. `key` is its name in the event's data, `name` the placeholder and label.

    `kind`: a date, a moment, or a code of the law (a ground of exemption, refusal or termination) that is
    printed with its article.
    """

    key: str
    name: str
    kind: Kind = "text"
    required: bool = True
    long: bool = False
    hint: str = ""
    default: str = ""  # may name other placeholders


class Paper(_Data):
    """A paper and the template `bot/papers/templates/<id>.docx`.

    `event` (and `outcome`) say which event of a case it announces; `style` its number among the official
    forms of complaints; `law` and `article` what it rests on.
    """

    id: str
    title: str
    kinds: tuple[str, ...]
    role: Role = "letter"
    event: str = ""
    outcome: str = ""
    style: str = ""
    law: str
    article: str
    to: str = ""
    opening: str = ""
    body: tuple[str, ...] = ()
    table: tuple[tuple[str, str], ...] = ()
    slip: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    remedy: str = ""
    fields: tuple[PaperField, ...] = ()


class Bureau(_Data):
    """Who we are, as papers print it."""

    name: str
    phone: str
    fax: str
    mailbox: str
    postcode: str
    address: str
    reconsideration: str


class Common(_Data):
    """What several papers share."""

    bureau: Bureau
    remedies: dict[str, str]


@cache
def load_papers() -> dict[str, Paper]:
    """Every paper by its id, in the order of the files."""
    found: dict[str, Paper] = {}
    for name in FILES:
        data = _read(name)
        shared: dict[str, Any] = data.get("answer", {})
        for item in data["paper"]:
            paper = Paper.model_validate({**shared, **item})
            if paper.id in found:
                raise ValueError(f"two papers are called {paper.id}")
            found[paper.id] = paper
    return found


@cache
def load_common() -> Common:
    """The bureau and the sentences about remedies."""
    return Common.model_validate(_read("common"))


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
