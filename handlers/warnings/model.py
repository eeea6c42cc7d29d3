"""A warning, and what its approval is bound to."""

import hashlib
import json
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from config.warnings import warning_rules

State = Literal["draft", "review", "approved", "scheduled", "sending", "sent", "recalled"]

STATES: dict[State, str] = {
    "draft": "草稿",
    "review": "待审",
    "approved": "已批准",
    "scheduled": "已排期",
    "sending": "发送中",
    "sent": "已发送",
    "recalled": "已撤回",
}
EDITABLE: frozenset[State] = frozenset({"draft", "review", "approved", "scheduled"})
UNSENT: frozenset[State] = EDITABLE

BODY_LIMIT = 500  # characters: with title and source it stays under the 2,048 bytes of a mass text
TEXT_BYTES = 2000


class Content(BaseModel):
    """What is said and to whom: all that an approval covers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=2, max_length=64)
    body: str = Field(min_length=5, max_length=BODY_LIMIT)
    category: str
    county: str
    source: str = Field(min_length=2, max_length=200)
    valid_until: date
    cover: str = ""  # id of a picture

    @field_validator("title", "body", "source")
    @classmethod
    def _plain(cls, text: str) -> str:
        """Line ends as WeChat has them, nothing that cannot be seen."""
        kept = text.replace("\r\n", "\n").replace("\r", "\n")
        return "".join(c for c in kept if c == "\n" or c.isprintable()).strip()

    @field_validator("category")
    @classmethod
    def _known_category(cls, id: str) -> str:
        if id not in warning_rules().categories:
            raise ValueError("没有这个类别")
        return id

    @field_validator("county")
    @classmethod
    def _known_place(cls, code: str) -> str:
        if code not in warning_rules().places:
            raise ValueError("没有这个县市")
        return code

    @property
    def category_name(self) -> str:
        """As citizens read it."""
        return warning_rules().categories[self.category].name

    @property
    def place_name(self) -> str:
        """As citizens read it."""
        return warning_rules().places[self.county].name

    def fingerprint(self) -> str:
        """SHA-256 over content and audience; the smallest change makes another."""
        return hashlib.sha256(
            json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True).encode()
        ).hexdigest()


class Approval(BaseModel):
    """Somebody's yes to exactly the content with this hash."""

    model_config = ConfigDict(frozen=True)

    step: str
    by: str
    at: datetime
    hash: str


class Warning_(BaseModel):  # noqa: N801 `Warning` is Python's own
    """A warning as it stands. `version` counts its events (for compare-and-set)."""

    model_config = ConfigDict(frozen=True)

    id: str
    content: Content
    author: str  # id of the account
    writers: frozenset[str] = frozenset()  # everybody who has edited it: none of them may approve
    state: State = "draft"
    approvals: tuple[Approval, ...] = ()
    scheduled: datetime | None = None
    version: int = 0
    made: datetime

    @property
    def valid_approvals(self) -> tuple[Approval, ...]:
        """Those that are for the content as it is now."""
        mark = self.content.fingerprint()
        return tuple(approval for approval in self.approvals if approval.hash == mark)


def text_of(content: Content) -> str:
    """The message as a subscriber reads it."""
    until = f"{content.valid_until.year}年{content.valid_until.month}月{content.valid_until.day}日"
    head = f"【消费警示】{content.title}"
    where = f"{content.category_name}·{content.place_name}"
    return f"{head}\n{content.body}\n（{where}；依据：{content.source}；{until}前有效。退订回复“退订”）"
