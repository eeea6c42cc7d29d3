"""What people say about notices: how much they want to hear, and how content they are with a case."""

from datetime import timedelta

from config.notices import Level, load_notices
from config.texts import say
from handlers.cases.model import Case, Happened
from handlers.deps import Deps
from handlers.message import Message
from handlers.turn import Session, Turn
from intents.commands import choice
from intents.normalise import plain_text

ASKED = "notice_level"  # in `Session.question`
ASK = frozenset(
    {"通知设置", "设置通知", "通知偏好", "少发通知", "少发点通知", "通知太多", "不要发通知", "别发通知"}
)
NAMES: dict[str, Level] = {"全部": "all", "重要": "important", "必要": "must"}
SCORES = {
    "非常满意": "good", "很满意": "good", "满意": "good", "基本满意": "fair", "一般": "fair",
    "不太满意": "poor", "不满意": "poor", "很不满意": "poor", "非常不满意": "poor",
}  # fmt: skip
RATED_WITHIN = timedelta(days=30)
_EDGE = " 。.!！?？~,，"


async def claim(message: Message, session: Session, deps: Deps) -> Turn | None:
    """“通知设置”, the answer to what that asks, or a rating of the case that ended last."""
    core = plain_text(message.text).strip(_EDGE)
    if core in ASK:
        texts = {str(level): text for level, text in load_notices().levels.items()}
        session = session.model_copy(update={"question": ASKED, "offered": ()})
        return Turn(replies=(say("notices.choose", **texts),), session=session, intent="notices")
    if session.question == ASKED and (level := _level(core, message.text)):
        return await _chosen(level, message, session, deps)
    if core in SCORES and session.draft is None:
        return await _rated(SCORES[core], message, session, deps)
    return None


def _level(core: str, text: str) -> Level | None:
    number = choice(text)
    names = tuple(NAMES.values())
    if number is not None and number <= len(names):
        return names[number - 1]
    return NAMES.get(core)


async def _chosen(level: Level, message: Message, session: Session, deps: Deps) -> Turn:
    await deps.service.preferences.choose(message.user, level, message.at)
    told = say("notices.chosen", level=load_notices().levels[level])
    after = session.model_copy(update={"question": ""})
    return Turn(replies=(told,), session=after, intent="notices")


async def _rated(score: str, message: Message, session: Session, deps: Deps) -> Turn | None:
    """Keep the rating with the case that ended last; without one the word means something else."""
    ended = [case for case in await deps.cases.own(message.user) if _may_be_rated(case, message)]
    if not ended:
        return None
    case = max(ended, key=lambda case: case.closed or message.at)
    if not case.first("rated"):
        event = Happened(type="rated", at=message.at, by="applicant", data={"score": score})
        await deps.service.happen(case.number, event)
    told = say("notices.thanks_poor" if score == "poor" else "notices.thanks_good")
    return Turn(replies=(told,), session=session, intent="rated")


def _may_be_rated(case: Case, message: Message) -> bool:
    recent = case.closed is not None and message.at - case.closed < RATED_WITHIN
    rated = case.first("rated")
    # Rated at the moment of this very message: an earlier attempt at it got so far.
    return recent and not case.erased and (rated is None or rated.at == message.at)
