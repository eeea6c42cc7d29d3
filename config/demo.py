"""What a sandbox is filled with (`demo.toml`), typed."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).parent / "demo.toml"
CROWD = "oDemo"  # what the openids of the subscribers without names begin with


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Outcome(_Data):
    """How a request is answered; `weight`: how often."""

    code: str
    weight: int
    ground: str = ""
    reason: str = ""
    report_row: str = ""


class Step(BaseModel):
    """What is recorded `after` days; what else stands there is what the event says."""

    model_config = ConfigDict(frozen=True, extra="allow")

    after: int
    event: str

    @property
    def data(self) -> dict[str, Any]:
        """What the event says."""
        return dict(self.model_extra or {})


class StoryPlan(_Data):
    """A case: filed `ago` days ago, and `past` more like it in the months before."""

    kind: Literal["disclosure", "complaint", "report"]
    ago: int
    past: int = 0
    steps: tuple[Step, ...]


class Account(_Data):
    """A clerk."""

    login: str
    name: str
    roles: tuple[str, ...]


class DemoWarning(_Data):
    """A warning, and how far it is."""

    state: str
    title: str
    body: str
    category: str
    county: str
    source: str


class DemoQuestion(_Data):
    """Something that the bot could not answer."""

    text: str
    times: int
    kind: str
    entry: str = ""


class DemoTalk(_Data):
    """Somebody of the sandbox's cast who asks for a person."""

    person: str
    lines: tuple[str, ...]


class Demo(_Data):
    """The file as a whole."""

    names: tuple[str, ...]
    streets: tuple[str, ...]
    counties: tuple[str, ...]
    wanted: tuple[str, ...]
    shops: tuple[str, ...]
    facts: tuple[str, ...]
    clues: tuple[str, ...]
    outcome: tuple[Outcome, ...]
    story: tuple[StoryPlan, ...]
    account: tuple[Account, ...]
    warning: tuple[DemoWarning, ...]
    question: tuple[DemoQuestion, ...]
    talk: tuple[DemoTalk, ...]


@cache
def demo() -> Demo:
    """The file, read once."""
    return Demo.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))
