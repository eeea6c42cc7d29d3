"""The sandbox's account and people, as `sandbox.toml` says them."""

import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

FILE = Path(__file__).parent / "sandbox.toml"


class Person(BaseModel):
    """Someone to be in the sandbox."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    openid: str = Field(pattern=r"^o[A-Za-z0-9_-]{27}$")
    name: str = Field(min_length=1, max_length=12)
    about: str = Field(default="", max_length=40)
    colour: str = Field(default="#576b95", pattern=r"^#[0-9a-f]{6}$")


class Profile(BaseModel):
    """What the account shows of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    about: str


class Cast(BaseModel):
    """The account and everyone one can be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: Profile
    person: tuple[Person, ...] = Field(min_length=1)


@cache
def cast() -> Cast:
    """The file, read once."""
    return Cast.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))
