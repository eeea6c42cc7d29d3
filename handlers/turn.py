"""What a handler returns: replies, the session as it is to be, what else is to happen. `bot/` performs it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

SESSION_VERSION = 1


class Draft(BaseModel):
    """A half-filled form. Answers are kept as the JSON that the form's fields parse again on every load."""

    model_config = ConfigDict(frozen=True)

    id: str  # submitting is idempotent by this id
    form: str
    answers: dict[str, Any] = {}
    cursor: str = ""  # key of the field that was gone back to; "" is the first without an answer
    asking: str = ""  # a question of the engine's own that is open (cancel, edit, switch:<form>)
    opening: str = ""  # the message that asked for another form, until it is decided
    guesses: dict[str, Any] = {}  # field → what was said before it was asked, to be confirmed
    notes: dict[str, Any] = {}  # what the form drew from the answers
    misses: int = 0  # bad inputs in a row on the field being asked
    began: datetime | None = None
    touched: datetime | None = None


class Session(BaseModel):
    """What is remembered of a conversation between two messages; typed, versioned, re-parsed on load."""

    model_config = ConfigDict(frozen=True)

    v: int = SESSION_VERSION
    last_entry: str = ""
    asked: str = ""  # the question that it answered, for “没用”
    unsure: str = ""  # what could mean several things, until one of them is chosen
    offered: tuple[str, ...] = ()  # entry ids behind the numbered choices on screen
    more: tuple[str, ...] = ()  # pages still to be shown after “更多”
    question: str = ""  # what the pending numbered choice or yes/no is about, owned by a handler
    draft: Draft | None = None
    shelved: tuple[Draft, ...] = ()  # drafts put aside when another flow was begun
    filed: str = ""  # number of the case filed last, so that a second 确认 is not a new wish


class Event(BaseModel):
    """Something that is to be recorded or done with a turn, committed together with the session."""

    model_config = ConfigDict(frozen=True)

    type: str
    data: dict[str, Any] = {}


class Turn(BaseModel):
    """The outcome of one message. No `replies` means a silent `success`."""

    model_config = ConfigDict(frozen=True)

    replies: tuple[str, ...] = ()
    session: Session = Session()
    intent: str = ""  # for metrics and the log; never what the citizen wrote
    entry: str = ""
    events: tuple[Event, ...] = ()
