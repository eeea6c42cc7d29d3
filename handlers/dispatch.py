"""Which handler gets a message. Everything WeChat can send stands in these tables, and nowhere else."""

from typing import cast

import structlog

from config.menu import menu
from config.texts import say
from handlers import binding, feedback, handover, mass_results
from handlers.danger import danger_claim
from handlers.deps import Claim, Deps, Handler
from handlers.follow import scan, subscribe, unsubscribe
from handlers.forms.beginning import begin
from handlers.forms.draft import without_expired
from handlers.forms.engine import form_claim, place
from handlers.forms.pictures import image, reminded
from handlers.location import location
from handlers.media import received
from handlers.message import Kind, Message
from handlers.notices import talk as notices
from handlers.paging import more
from handlers.status import talk as status
from handlers.subscriptions import talk as subscriptions
from handlers.turn import Event, Session, Turn
from intents.decision import Context, Decision, Hit, Verdict

LONGEST = 2000  # characters of a text that are looked at; WeChat lets through about 600 Chinese ones

log = structlog.get_logger()


async def dispatch(message: Message, session: Session, deps: Deps) -> Turn:
    """The turn that this message leads to."""
    session = without_expired(session, deps.clock.now())
    held = await handover.hold(message, session, deps)
    if held.turn is not None:
        return held.turn
    return handover.led(await handled(message, session, deps), held.lead)


async def handled(message: Message, session: Session, deps: Deps) -> Turn:
    """The turn of a message that no person has taken over."""
    if message.kind == "event":
        handler = EVENTS.get(message.event)
        if handler is None:
            # What would fix it: a line for this event in EVENTS below.
            log.info("event_without_handler", name=message.event)
            handler = silent
        return await handler(message, session, deps)
    return await MESSAGES[message.kind](message, session, deps)


async def text(message: Message, session: Session, deps: Deps) -> Turn:
    """Typed text, recognised speech, or what a menu button says for the citizen."""
    said = message.model_copy(update={"text": message.text.strip()[:LONGEST]})
    if not said.text:
        return Turn(replies=(say("media.empty"),), session=session, intent="media")
    for claim in CLAIMS:
        turn = await claim(said, session, deps)
        if turn is not None:
            return turn
    decision = await deps.understand(said.text, Context(session.last_entry, session.offered))
    return await decided(decision, said, session, deps)


async def decided(decision: Decision, message: Message, session: Session, deps: Deps) -> Turn:
    """Begin the flow that is wished for, or answer. Pages left over from before are dropped by either."""
    session = session.model_copy(update={"more": (), "question": ""})
    flow = FLOWS.get(decision.intent)
    if flow is not None:
        return await flow(message, session, deps)
    turn = await feedback.noted(decision, message, deps.render(decision, session), deps)
    return turn if turn.intent else turn.model_copy(update={"intent": decision.intent})


async def voice(message: Message, session: Session, deps: Deps) -> Turn:
    """Speech that WeChat recognised is text; otherwise it has to be said again or typed."""
    handler = text if message.text.strip() else received("media.voice")
    return await handler(message, session, deps)


async def click(message: Message, session: Session, deps: Deps) -> Turn:
    """A menu button. One that is no longer on our menu (WeChat shows old menus for minutes) is explained."""
    button = menu().find(message.event_key)
    if button is None:
        return Turn(replies=(say("media.unknown"),), session=session, intent="menu")
    if button.intent:
        return await decided(_wish(button.intent), message, session, deps)
    return await text(message.model_copy(update={"text": button.text}), session, deps)


def _wish(intent: str) -> Decision:
    """What a typed wish would lead to; the entry of `flow:complaint` is `flow.complaint`."""
    return Decision(cast(Verdict, intent), (Hit(entry=intent.replace(":", "."), score=1.0),), 1.0)


async def silent(message: Message, session: Session, deps: Deps) -> Turn:
    """Nothing is said and nothing changes."""
    return Turn(session=session)


def recorded(event: str) -> Handler:
    """A handler for callbacks about something we sent: silent, with an event for the shell to record."""

    async def handle(message: Message, session: Session, deps: Deps) -> Turn:
        return Turn(session=session, events=(Event(type=event, data=dict(message.extra)),))

    return handle


# What may answer a text before it is understood, first come first served. Flows under way belong here.
# The forms come last: what another handler asked and waits for goes before the field being asked.
CLAIMS: list[Claim] = [
    more,
    binding.claim,
    subscriptions.claim,
    notices.claim,
    feedback.claim,
    danger_claim(decided),
    status.claim,
    form_claim(decided),
]

# intent → what begins it. An intent without a flow is answered by its entry in knowledge/faq.
FLOWS: dict[str, Handler] = {
    "flow:human": handover.begin,
    "flow:disclosure": begin("disclosure", decided),
    "flow:complaint": begin("complaint", decided),
    "flow:report": begin("report", decided),
    "flow:status": status.begin,
    "flow:subscribe": subscriptions.begin,
    "flow:unsubscribe": subscriptions.stop,
}

MESSAGES: dict[Kind, Handler] = {
    "text": text,
    "voice": voice,
    "image": status.image(image(received("media.image"), decided)),
    "video": reminded(received("media.video"), decided),
    "shortvideo": reminded(received("media.video"), decided),
    "location": place(location, decided),
    "link": reminded(received("media.link"), decided),
    "file": reminded(received("media.file"), decided),
    "unknown": reminded(received("media.unknown"), decided),
}

EVENTS: dict[str, Handler] = {
    "subscribe": subscribe,
    "unsubscribe": unsubscribe,
    "scan": scan,
    "click": click,
    # The citizen did something on the phone that needs no answer; what they send follows as a message.
    "view": silent,
    "view_miniprogram": silent,
    "scancode_push": silent,
    "scancode_waitmsg": silent,
    "pic_sysphoto": silent,
    "pic_photo_or_album": silent,
    "pic_weixin": silent,
    "location_select": silent,
    "media_id": silent,
    "view_limited": silent,
    "location": silent,  # sent by itself each time a chat is opened: answering would be talking over people
    # What became of something we sent.
    "templatesendjobfinish": recorded("template_finished"),
    "masssendjobfinish": mass_results.finished,
    "subscribe_msg_popup_event": recorded("subscription_answered"),
    "subscribe_msg_change_event": recorded("subscription_changed"),
    "subscribe_msg_sent_event": recorded("subscription_sent"),
}
