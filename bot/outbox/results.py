"""What a sender makes of a message."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this worker has the lease of."""

    id: int
    key: str
    kind: str
    number: str
    user: str  # openid, "" for mail
    payload: dict[str, Any]
    must: bool
    due: datetime
    until: datetime
    attempts: int  # this one included
    tried: frozenset[str]  # channels that refused it for good
    lease: str
    made: datetime

    def outlived(self, now: datetime) -> bool:
        """Whether it would be wrong by now (“今天到期” the day after)."""
        good_until = self.payload.get("good_until")
        return bool(good_until) and datetime.fromisoformat(str(good_until)) < now

    @property
    def text(self) -> str:
        """The whole text."""
        return str(self.payload.get("text", ""))


@dataclass(frozen=True, slots=True)
class Sent:
    """It went out. `rest` is what the channel could not carry: it follows at the next contact."""

    channel: str
    message_id: str = ""
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """It certainly did not go out and may at another time; `not_before` if a quota says when."""

    reason: str
    not_before: datetime | None = None
    channel: str = ""


@dataclass(frozen=True, slots=True)
class AtContact:
    """No channel is open: tell it when the person writes the next time."""

    reason: str
    channel: str = "contact"


@dataclass(frozen=True, slots=True)
class Dead:
    """It will never go out."""

    reason: str
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Uncertain:
    """It may have gone out; sending it again could say it twice."""

    reason: str
    channel: str = ""


Result = Sent | Later | AtContact | Dead | Uncertain


class Sender(Protocol):
    """Sends one kind of message (`OutMessage.kind`)."""

    async def send(self, message: Claimed) -> Result:
        """Try every channel there is, once. What it raises is a fault of ours and counts as uncertain."""
        ...
