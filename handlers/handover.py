"""人工: a person takes the conversation, and the bot keeps quiet until they give it back.

Bots that talk over a person who took the conversation are a known plague (chatwoot issue 4410): so this comes
before every other handler, for every kind of message. The citizen is told at each change.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from config.office import load_office
from config.texts import say
from handlers.cases.model import SHANGHAI
from handlers.deps import Deps
from handlers.message import Message
from handlers.ports import Kept, Talk
from handlers.turn import Session, Turn
from intents.commands import command
from knowledge.office import is_open, opens_next

WEEKDAYS = "一二三四五六日"
# With these words the citizen wants the bot again.
BACK_TO_BOT = frozenset({"back", "menu"})


@dataclass(frozen=True)
class Held:
    """What the conversation with a person makes of a message: the `turn` that answers it (none: go on as
    usual), and what has to be said first.
    """

    turn: Turn | None = None
    lead: str = ""


async def begin(message: Message, session: Session, deps: Deps) -> Turn:
    """The citizen asks for a person."""
    if deps.talks is None:
        return Turn(replies=(say("human.by_phone"),), session=session, intent="flow:human")
    now = deps.clock.now().astimezone(SHANGHAI)
    calendar = await deps.service.calendars.current()
    until = now + timedelta(minutes=load_office().quiet_minutes)
    if is_open(now, calendar):
        await deps.talks.open(message, "waiting", until)
        text = say("human.asked", minutes=load_office().quiet_minutes)
    else:
        await deps.talks.open(message, "left", until)
        text = say("human.closed", when=_say(opens_next(now, calendar), now))
    return Turn(replies=(text,), session=session, intent="flow:human")


async def hold(message: Message, session: Session, deps: Deps) -> Held:
    """Keep quiet while a person has the conversation; keep what is written for them."""
    if deps.talks is None or message.kind == "event":
        return Held()
    talk, now = await deps.talks.current(message.user), deps.clock.now()
    if talk is None:
        return Held()
    if talk.quiet(now) and command(message.text) in BACK_TO_BOT:
        await deps.talks.close(talk, now)
        return Held(_back(session))
    if talk.quiet(now) or talk.lapsed(now) or now <= talk.until:
        await deps.talks.hear(talk, message, await _picture(talk, message, deps))
    if talk.quiet(now):
        return Held(Turn(session=session, intent="human"))
    lapsed = talk.lapsed(now) and await deps.talks.lapse(talk, now)
    return Held(lead=say("human.lapsed") if lapsed else "")


def _back(session: Session) -> Turn:
    rest = (say("human.draft"),) if session.draft else ()
    return Turn(replies=(say("human.back"), *rest), session=session, intent="human")


async def _picture(talk: Talk, message: Message, deps: Deps) -> str:
    """The id of the kept image, if the message is one that can be kept."""
    kept = await deps.evidence.keep(f"talk:{talk.id}", message) if message.kind == "image" else None
    return kept.id if isinstance(kept, Kept) else ""


def led(turn: Turn, lead: str) -> Turn:
    """The turn with a sentence before its first reply."""
    if not lead:
        return turn
    first, *rest = turn.replies or ("",)
    return turn.model_copy(update={"replies": (f"{lead}\n{first}".strip(), *rest)})


def _say(when: datetime, now: datetime) -> str:
    days = (when.date() - now.date()).days
    named = {0: "今天", 1: "明天"}.get(days)
    day = named or f"{when.month}月{when.day}日（周{WEEKDAYS[when.weekday()]}）"
    return f"{day}{when:%H:%M}"
