"""Somebody may be dying: whom to call comes before everything else, whether a form is open or not."""

from config.texts import say
from handlers.deps import Claim, Deps
from handlers.forms.engine import QUESTION
from handlers.forms.respondent import danger
from handlers.forms.scene import Aside
from handlers.message import Message
from handlers.turn import Session, Turn
from intents.decision import Context

# These begin a form that says it itself.
_FORMS = ("flow:complaint", "flow:report")


def danger_claim(aside: Aside) -> Claim:
    """The claim of a message that tells of danger while no form is open; a question is answered as well."""

    async def claim(message: Message, session: Session, deps: Deps) -> Turn | None:
        first = danger(message.text) if session.draft is None else ""
        if not first:
            return None
        decision = await deps.understand(message.text, Context(session.last_entry, session.offered))
        if decision.intent in _FORMS:
            return None
        if not QUESTION.search(message.text):
            return Turn(replies=(f"{first}{say('danger.after')}",), session=session, intent="danger")
        turn = await aside(decision, message, session, deps)
        return turn.model_copy(update={"replies": (first, *turn.replies)})

    return claim
