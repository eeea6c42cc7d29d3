"""What understanding a message comes to."""

from dataclasses import dataclass, field
from typing import Literal

from knowledge.entries import Intent

Verdict = Intent | Literal["clarify"]


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that answers: an entry, or (policy questions) a passage with the part of it that answers."""

    entry: str = ""  # entry id, or "" for a bare passage
    passage: str = ""  # passage id ("market:46"), or ""
    quote: str = ""  # what of the passage answers, shortened at sentence ends; "" for an entry
    score: float = 0.0  # calibrated probability that it answers, 0 to 1


@dataclass(frozen=True, slots=True)
class Decision:
    """`hits` in the order to be said (two for two questions in one); `options` only for `clarify`."""

    intent: Verdict
    hits: tuple[Hit, ...] = ()
    confidence: float = 0.0
    options: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What the last exchange left behind that a short message can lean on."""

    last_entry: str = ""  # id of the entry that was answered last
    offered: tuple[str, ...] = field(default=())  # entry ids behind the numbered choices on screen
