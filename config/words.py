"""Words that citizens use and the classifier should not have to learn: fillers, dialect, slips, English."""

import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).parent / "words.toml"


class Words(BaseModel):
    """The lists of `words.toml`. Every replacement maps what is typed to the standard word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    openings: tuple[str, ...]  # polite phrases before the question
    endings: tuple[str, ...]  # polite phrases after it
    fillers: tuple[str, ...]  # empty anywhere
    dialect: dict[str, str]
    typos: dict[str, str]
    english: dict[str, str]
    pictures: dict[str, str]  # what a picture alone says → the pictures, a blank between them
    commands: dict[str, tuple[str, ...]]  # command → the words for it
    policy_cues: tuple[str, ...]  # a question that names a plan or a document
    plans: dict[str, tuple[str, ...]]  # document → what it is about, said before “规划”
    connectives: tuple[str, ...]  # between two questions in one message
    asks_terms: tuple[str, ...]  # asking how long or how much: no wish to begin a flow
    practical: tuple[str, ...]  # matters of daily business that no plan answers
    leaning: tuple[str, ...]  # openings of a message that leans on the last answer


@cache
def words() -> Words:
    """The lists, read once."""
    return Words.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))
