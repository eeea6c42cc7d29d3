"""One message to a form: everything the moves look at, and how a turn is put together."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from config.texts import say
from handlers.cases.model import SHANGHAI
from handlers.deps import Deps
from handlers.forms import draft as drafts
from handlers.forms.form import FormField, FormSpec
from handlers.message import Message
from handlers.turn import Draft, Session, Turn
from intents.decision import Decision

Aside = Callable[[Decision, Message, Session, Deps], Awaitable[Turn]]


@dataclass(frozen=True)
class Scene:
    """`aside` answers what is no answer to the form (a question, another wish) as if no form were open."""

    message: Message
    session: Session
    deps: Deps
    form: FormSpec
    draft: Draft
    aside: Aside
    lead: tuple[str, ...] = ()  # what is said before the next question

    @property
    def text(self) -> str:
        """What was typed."""
        return self.message.text

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.deps.clock.now()

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.astimezone(SHANGHAI).date()

    @property
    def field(self) -> FormField | None:
        """The field being asked, None on the review page."""
        return drafts.current(self.form, self.draft)

    def but(self, **changes: Any) -> "Scene":
        """The scene with the draft changed."""
        return replace(self, draft=self.draft.model_copy(update=changes))

    def with_draft(self, draft: Draft) -> "Scene":
        """The scene with another draft."""
        return replace(self, draft=draft)

    def saying(self, *texts: str) -> "Scene":
        """The scene with more to say before the next question."""
        return replace(self, lead=(*self.lead, *(text for text in texts if text)))

    def turn(self, *replies: str, intent: str = "") -> Turn:
        """Say this, and keep the draft."""
        draft = self.draft.model_copy(update={"touched": self.now})
        session = self.session.model_copy(update={"draft": draft, "offered": (), "more": ()})
        text = "\n".join(part for part in (*self.lead, *replies) if part)
        return Turn(replies=(text,), session=session, intent=intent or f"form:{self.form.name}")

    def ended(self, *replies: str, **changes: Any) -> Turn:
        """Say this, and have no draft any more; one that was put aside is mentioned."""
        session = self.session.model_copy(update={"draft": None, "offered": (), "more": (), **changes})
        text = "\n".join(part for part in (*self.lead, *replies) if part)
        return Turn(replies=(text,), session=session, intent=f"form:{self.form.name}")


def told(scene: Scene, pairs: Iterable[tuple[FormField, Any]]) -> str:
    """“记下了：姓名 马小花、联系电话 139****2345。”"""
    parts = [
        say("form.noted_one", label=field.text.label, value=field.shown(value)) for field, value in pairs
    ]
    return say("form.noted", what="、".join(parts)) if parts else ""
