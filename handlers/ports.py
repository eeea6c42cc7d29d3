"""The outside as handlers see it. `bot/` implements these; nothing here does I/O itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

from handlers.cases.model import Case, Happened
from handlers.cases.number import Kind
from handlers.message import Message
from handlers.subscriptions.wishes import Wishes
from knowledge.calendar import Calendar


class Clock(Protocol):
    """Tells the time; the sandbox can move it forward."""

    def now(self) -> datetime:
        """The present moment, aware, in Asia/Shanghai."""
        ...


MessageKind = Literal["notice", "mail", "staff_mail", "mass", "talk"]


@dataclass(frozen=True, slots=True)
class OutMessage:
    """Something to be sent, stored in the transaction of the event that causes it.

    `key` names it for good: a second message with the same key is the same message. `payload` is what the
    sender of its kind needs (texts, template data, recipient of a mail). "{number}" in both becomes the
    number of a case that is only being filed.
    """

    key: str
    kind: MessageKind
    due: datetime  # not before
    payload: dict[str, Any]
    user: str = ""  # openid, "" for mail
    number: str = ""  # of the case it belongs to
    must: bool = False  # may go out at night
    day: datetime | None = None  # if it has not reached the person by then, a clerk calls
    dropped: str = ""  # why it will not be sent: kept as a dead letter from the start


@dataclass(frozen=True, slots=True)
class Planned:
    """A notice that a case will lead to at `moment` if nothing else happens; one row of the agenda.

    `version` is that of the deadline (`rule@date`) or names the event it comes from: with the case's number
    and `notice` it is the key, so whatever moves the date makes another notice of it.
    """

    notice: str
    version: str
    moment: datetime
    day: date | None = None  # the date that the notice speaks of


@dataclass(frozen=True, slots=True)
class Agenda:
    """A case's part of the agenda: `planned` is all that the case leads to, `upcoming` what of it is still
    to be put there (`handlers/notices/planned.py`).
    """

    planned: tuple[Planned, ...]
    upcoming: tuple[Planned, ...]


@dataclass(frozen=True, slots=True)
class Filing:
    """A form that was confirmed, ready to become a case."""

    draft: str
    kind: Kind
    filer: str  # openid; "" when a clerk enters a paper request
    answers: dict[str, Any]
    at: datetime
    by: str = "applicant"
    county: str = ""  # division code, "" outside the prefecture or unknown
    applicant: str = ""  # natural, or the kind of organisation (annual report, table 3)
    lookups: dict[str, str] = field(default_factory=dict)  # field → value for the blind index
    events: tuple[
        Happened, ...
    ] = ()  # what happened with the filing itself (applicant_confirmed, handed_over …)
    messages: tuple[OutMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class Filed:
    """The case that came of a filing, and its query code; `fresh` is false if it was there already."""

    case: Case
    code: str
    fresh: bool


class VersionConflictError(Exception):
    """Somebody else changed the case in the meantime; read it again."""


class Cases(Protocol):
    """The record of cases."""

    async def submit(self, filing: Filing) -> Filed:
        """File a case; idempotent by the draft's id."""
        ...

    async def find(self, number: str) -> Case | None:
        """The case of that (tidy) number."""
        ...

    async def own(self, filer: str, *, only_open: bool = False) -> tuple[Case, ...]:
        """The cases that this openid filed, newest first."""
        ...

    async def code_fits(self, number: str, code: str) -> bool:
        """Whether `code` is the query code of that case."""
        ...

    async def append(
        self,
        case: Case,
        events: Sequence[Happened],
        messages: Sequence[OutMessage] = (),
        agenda: Agenda | None = None,
    ) -> None:
        """Store `events`, `case` being the state after them; in the same transaction queue `messages` and
        bring the case's agenda up to date (None leaves it as it is). Use `CaseService.happen`.

        Raises:
            VersionConflictError: the case has changed since it was read.
        """
        ...


EVIDENCE_LIMIT = 9  # images of one draft

RefusedWhy = Literal["full", "type", "size", "gone"]


@dataclass(frozen=True, slots=True)
class Kept:
    """An image that is stored; `count` is how many the draft has now."""

    id: str
    count: int


@dataclass(frozen=True, slots=True)
class Refused:
    """An image that is not stored: the draft has nine already, it is no image that we take, it is too big,
    or WeChat does not have it any more.
    """

    reason: RefusedWhy


class Evidence(Protocol):
    """Images that belong to a draft, and so to the case that is filed from it."""

    async def keep(self, draft: str, message: Message) -> Kept | Refused:
        """Fetch the image of `message` from WeChat and store it; idempotent by the message's id."""
        ...

    async def count(self, draft: str) -> int:
        """How many images the draft has."""
        ...

    async def attach(self, draft: str, number: str) -> int:
        """Give the images of a draft to a case that is there already; how many."""
        ...

    async def drop(self, draft: str) -> None:
        """Delete the images of a draft that was cancelled; those of a filed case stay."""
        ...


class Attempts(Protocol):
    """Counts tries, so that nobody can guess a query code."""

    async def allowed(self, key: str, limit: int, seconds: int) -> bool:
        """Count one try under `key`; whether there were no more than `limit` within `seconds`."""
        ...


class Calendars(Protocol):
    """The working-day calendar, with the holiday notices that clerks entered."""

    async def current(self) -> Calendar:
        """The calendar as of now, the same for every process."""
        ...


class Preferences(Protocol):
    """How much each person wants to hear."""

    async def level(self, user: str) -> str:
        """`all`, `important` or `must` of `config/notices.toml`."""
        ...

    async def choose(self, user: str, level: str, at: datetime) -> None:
        """Keep what the person chose."""
        ...


class Links(Protocol):
    """Addresses of pages that open in WeChat."""

    def calendar(self, case: Case) -> str:
        """The calendar page of the case's days; "" if the service has no public address."""
        ...


class Subscriptions(Protocol):
    """Who is subscribed to which warnings. WeChat's tags follow by themselves."""

    async def of(self, openid: str) -> Wishes:
        """What this person is subscribed to; empty for nothing."""
        ...

    async def replace(self, openid: str, wishes: Wishes, at: datetime) -> None:
        """From now on exactly `wishes`; idempotent."""
        ...

    async def forget(self, openid: str) -> None:
        """They left the account: nothing is kept (WeChat takes the tags off by itself)."""
        ...


class Bindings(Protocol):
    """Which WeChat account a clerk uses, for test sends."""

    async def bind(self, code: str, openid: str, at: datetime) -> bool:
        """Bind the clerk who was shown `code`; false if there is no such code any more."""
        ...


class MassResults(Protocol):
    """What became of mass messages."""

    async def finished(self, told: Mapping[str, str]) -> None:
        """MASSSENDJOBFINISH: the elements of the event (MsgID, Status, TotalCount …); idempotent."""
        ...


QuestionKind = Literal["unanswered", "unsure", "disliked"]


@dataclass(frozen=True, slots=True)
class Question:
    """Something that was asked, and not answered as it should be. `text` may hold personal data."""

    message: str  # "user\0id" of the message that showed it
    text: str
    kind: QuestionKind
    at: datetime
    entry: str = ""  # that was shown
    score: float = 0.0


class Questions(Protocol):
    """What clerks should see of the conversation: open questions, and counts without any text."""

    async def note(self, question: Question) -> None:
        """Keep a question for the clerks; idempotent by its message."""
        ...

    def count(self, kind: str, entry: str, at: datetime) -> None:
        """One more of this kind on that day (answered, unsure, unanswered, liked, disliked)."""
        ...


TalkState = Literal["waiting", "left", "taken", "closed"]


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation that a person has, or is wanted for.

    `waiting`: a person is asked for and nobody has answered yet; `taken`: a clerk answers; in both the bot
    keeps quiet until `until`. `left`: nobody answers just now, the bot does; what is written until `until` is
    kept for the clerk.
    """

    id: str
    state: TalkState
    until: datetime

    def quiet(self, now: datetime) -> bool:
        """Whether the bot is to keep quiet."""
        return self.state in ("waiting", "taken") and now <= self.until

    def lapsed(self, now: datetime) -> bool:
        """Whether the time in which a clerk could have answered is over, and nobody has noticed yet."""
        return self.state in ("waiting", "taken") and now > self.until


class Talks(Protocol):
    """Conversations with a person."""

    async def current(self, user: str) -> Talk | None:
        """The conversation of this person that is not closed."""
        ...

    async def open(self, message: Message, state: TalkState, until: datetime) -> Talk:
        """Ask for a person; one that is open already goes on in this state. Idempotent by the message."""
        ...

    async def hear(self, talk: Talk, message: Message, picture: str = "") -> None:
        """Keep what the person wrote, `picture` being the id of a kept image; idempotent by the message."""
        ...

    async def lapse(self, talk: Talk, now: datetime) -> bool:
        """Nobody answered in time: the bot answers again. False if a clerk was quicker."""
        ...

    async def close(self, talk: Talk, now: datetime) -> None:
        """The person wants the bot again."""
        ...
