"""What clerks should hear of: questions without an answer, and answers that did not please.

Texts go to the clerks encrypted and are purged after some days; the counts hold no text at all.
"""

import re

from config.texts import say
from handlers.deps import Deps
from handlers.message import Message
from handlers.ports import Question, QuestionKind
from handlers.turn import Session, Turn
from intents.decision import Decision
from intents.normalise import plain_text
from knowledge.entries import ANSWERS

LONGEST = 300  # characters of a question that are kept
KNOWN_REFUSAL = 0.6  # of a refusal, to be sure that the question is not ours

_DISLIKED = re.compile(
    r"(?:这个?|你|回答得?|说得?|答得?)?(?:(?:完全|根本|一点)?(?:没用|没有用|没什么用|不对|不是这个|不是我问的|答非所问|没回答(?:我)?"
    r"|没答上|错了|答错了|听不懂|看不懂|没帮上忙?|没解决|没有解决|乱说|胡说))(?:啊|呀|吧|的|了|哩|呢)?"
)
_LIKED = re.compile(r"(?:这个?|很|挺|蛮|真|太)?(?:有用|管用|有帮助|解决了)(?:啊|呀|的|了|谢谢)*")


async def claim(message: Message, session: Session, deps: Deps) -> Turn | None:
    """“没用”, “不对”: the last answer is noted for the clerks. “有用” is counted."""
    if session.draft is not None or not session.asked:
        return None
    core = plain_text(message.text).strip(" 。.!?~,，")
    if _DISLIKED.fullmatch(core):
        return await _disliked(message, session, deps)
    if _LIKED.fullmatch(core):
        if deps.questions is not None:
            deps.questions.count("liked", session.last_entry, message.at)
        return Turn(replies=(say("feedback.liked"),), session=_heard(session), intent="liked")
    return None


async def _disliked(message: Message, session: Session, deps: Deps) -> Turn:
    if deps.questions is not None:
        deps.questions.count("disliked", session.last_entry, message.at)
        await deps.questions.note(
            Question(_name(message), session.asked, "disliked", message.at, session.last_entry)
        )
    return Turn(replies=(say("feedback.disliked"),), session=_heard(session), intent="disliked")


async def noted(decision: Decision, message: Message, turn: Turn, deps: Deps) -> Turn:
    """The turn of an answer; remembers what it answered, and keeps what could not be answered."""
    kind = _kind(decision)
    if not kind:
        return turn
    if deps.questions is not None:
        shown = turn.entry or (decision.hits[0].passage if decision.hits else "")
        deps.questions.count(kind, shown if kind == "answered" else "", message.at)
        if kind in ("unanswered", "unsure"):
            open_kind: QuestionKind = "unsure" if kind == "unsure" else "unanswered"
            text = message.text[:LONGEST]
            await deps.questions.note(
                Question(_name(message), text, open_kind, message.at, turn.entry, decision.confidence)
            )
    asked = message.text[:LONGEST] if kind == "answered" else ""
    unsure = message.text[:LONGEST] if kind == "unsure" else ""
    session = turn.session.model_copy(update={"asked": asked, "unsure": unsure})
    return turn.model_copy(update={"session": session})


def _kind(decision: Decision) -> str:
    """answered, unsure, unanswered, declined (it is not ours, and we know it); "" for chat and flows."""
    if decision.intent in ANSWERS:
        return "answered"
    if decision.intent == "clarify":
        return "unsure"
    if decision.intent != "oos":
        return ""
    return "declined" if decision.hits and decision.confidence >= KNOWN_REFUSAL else "unanswered"


def _heard(session: Session) -> Session:
    return session.model_copy(update={"asked": ""})


def _name(message: Message) -> str:
    return f"{message.user}\0{message.id}"
