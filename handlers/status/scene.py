"""One message about a case, and how a turn is put together."""

from dataclasses import dataclass
from datetime import date

from handlers.cases.model import SHANGHAI
from handlers.deps import Deps
from handlers.message import Message
from handlers.turn import Session, Turn

ASKED = "status:"  # in `Session.question`: status:<what>:<number or action>[:<numbers>]


@dataclass(frozen=True)
class Scene:
    """What every step looks at."""

    message: Message
    session: Session
    deps: Deps

    @property
    def today(self) -> date:
        """The local day."""
        return self.deps.clock.now().astimezone(SHANGHAI).date()

    def turn(self, *replies: str, question: str = "") -> Turn:
        """Say this; `question` stays open."""
        session = self.session.model_copy(update={"question": question and ASKED + question, "offered": ()})
        return Turn(replies=("\n".join(replies),), session=session, intent="flow:status")

    @property
    def in_form(self) -> bool:
        """A form is open: what is said next belongs to it, so nothing else may be asked."""
        return self.session.draft is not None
