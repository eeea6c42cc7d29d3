"""The conversation: which categories, then where; seeing, changing, leaving with one word."""

import re

from config.texts import say
from config.warnings import ALL, warning_rules
from handlers.deps import Deps
from handlers.message import Message
from handlers.ports import Subscriptions
from handlers.subscriptions.reading import (
    categories_in,
    categories_named,
    numbered,
    places_in,
    places_named,
)
from handlers.subscriptions.wishes import Wishes, added, lines, wants, without
from handlers.turn import Session, Turn
from intents.commands import command
from intents.normalise import plain_text

ASKED_CATEGORY = "subscribe"  # in `Session.question`
ASKED_PLACE = "subscribe:"  # followed by the categories chosen, with commas

_LIST = re.compile(
    r"(?:我|都|现在|已经)?(?:的)?(?:订阅?(?:了|过|的|哈)(?:些)?(?:什么|啥|哪些|哪几个|阿些)|我的订阅|订阅情况|查订阅|看订阅)"
)
_LEAVE = re.compile(r"退订|取消订阅|全部退订|退订全部|全退|td")
_LEAVE_SOME = re.compile(r"(?:退订|取消订阅|不订|不要)[\s:：,，]*(?P<what>.{1,20})")


async def claim(message: Message, session: Session, deps: Deps) -> Turn | None:
    """An answer to our open question, or words that mean subscriptions whatever else is open."""
    core = plain_text(message.text).strip(" 。.!?~,，")
    if _LEAVE.fullmatch(core):
        return await leave(message, session, deps)
    if session.draft is None:
        if _LIST.search(core) and len(core) <= 14:
            return await show(message, session, deps)
        some = _LEAVE_SOME.fullmatch(core)
        if some and categories_in(some["what"]):
            return await _leave_some(categories_in(some["what"]), message, session, deps)
    if session.question == ASKED_CATEGORY or session.question.startswith(ASKED_PLACE):
        return await _answered(message, session, deps)
    return None


async def begin(message: Message, session: Session, deps: Deps) -> Turn:
    """flow:subscribe. What the message names already is not asked again."""
    categories = categories_named(message.text)
    if not categories:
        choices = numbered(warning_rules().categories)
        return _turn(session, say("subscribe.ask", choices=choices), question=ASKED_CATEGORY)
    return await _with_categories(categories, places_named(message.text), message, session, deps)


async def stop(message: Message, session: Session, deps: Deps) -> Turn:
    """flow:unsubscribe. A message that names categories ends only those (“食品的提醒别发了”)."""
    named = tuple(each for each in categories_named(message.text) if each != ALL)
    if named and "只留" not in message.text:
        return await _leave_some(named, message, session, deps)
    return await leave(message, session, deps)


async def show(message: Message, session: Session, deps: Deps) -> Turn:
    """What one is subscribed to, and how to change it."""
    held = await _port(deps).of(message.user)
    if not held:
        return _turn(session, say("subscribe.none"))
    rules = warning_rules()
    example = next(rules.categories[id].name for id in rules.categories if id == ALL or wants(held, id))
    return _turn(session, say("subscribe.have", what="\n".join(lines(held)), example=example))


async def leave(message: Message, session: Session, deps: Deps) -> Turn:
    """Everything ends, at once and without a question."""
    held = await _port(deps).of(message.user)
    await _port(deps).replace(message.user, frozenset(), deps.clock.now())
    return _turn(session, say("unsubscribe.all" if held else "unsubscribe.nothing"), "flow:unsubscribe")


async def _leave_some(categories: tuple[str, ...], message: Message, session: Session, deps: Deps) -> Turn:
    held = await _port(deps).of(message.user)
    left = without(held, categories)
    what = "、".join(warning_rules().categories[id].name for id in categories)
    if left == held:
        text = say("unsubscribe.not_had", what=what, left=_left(held)) if held else say("unsubscribe.nothing")
        return _turn(session, text, "flow:unsubscribe")
    await _port(deps).replace(message.user, left, deps.clock.now())
    if not left:
        return _turn(session, say("unsubscribe.all"), "flow:unsubscribe")
    return _turn(session, say("unsubscribe.some", what=what, left=_left(left)), "flow:unsubscribe")


def _left(held: Wishes) -> str:
    return say("unsubscribe.left", what="、".join(lines(held)))


async def _answered(message: Message, session: Session, deps: Deps) -> Turn | None:
    """The answer to our question; anything that is none leaves it and is understood as usual."""
    if command(message.text) in ("cancel", "back"):
        return _turn(session, say("subscribe.cancelled"))
    if session.question == ASKED_CATEGORY:
        categories = categories_in(message.text)
        if categories:
            return await _with_categories(categories, places_named(message.text), message, session, deps)
    else:
        places = places_in(message.text)
        if places:
            chosen = tuple(session.question.removeprefix(ASKED_PLACE).split(","))
            return await _save(chosen, places, message, session, deps)
    if any(character.isdigit() for character in message.text) and len(message.text) <= 12:
        return _turn(session, say("subscribe.unclear"), question=session.question)
    return None


async def _with_categories(
    categories: tuple[str, ...], places: tuple[str, ...], message: Message, session: Session, deps: Deps
) -> Turn:
    if places:
        return await _save(categories, places, message, session, deps)
    text = say("subscribe.county", choices=numbered(warning_rules().places))
    return _turn(session, text, question=ASKED_PLACE + ",".join(categories))


async def _save(
    categories: tuple[str, ...], places: tuple[str, ...], message: Message, session: Session, deps: Deps
) -> Turn:
    held = added(await _port(deps).of(message.user), categories, places)
    await _port(deps).replace(message.user, held, deps.clock.now())
    return _turn(session, say("subscribe.done", what="、".join(lines(held))))


def _turn(session: Session, text: str, intent: str = "flow:subscribe", question: str = "") -> Turn:
    after = session.model_copy(update={"question": question, "offered": ()})
    return Turn(replies=(text,), session=after, intent=intent)


def _port(deps: Deps) -> Subscriptions:
    if deps.subscriptions is None:
        raise RuntimeError("this service was put together without subscriptions")
    return deps.subscriptions
