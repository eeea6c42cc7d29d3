"""Following and leaving the account."""

from config.texts import say
from handlers.deps import Deps
from handlers.message import Message
from handlers.turn import Event, Session, Turn


async def subscribe(message: Message, session: Session, deps: Deps) -> Turn:
    """Someone follows, perhaps by a QR code whose scene is in the key (`qrscene_…`)."""
    scene = message.event_key.removeprefix("qrscene_")
    event = Event(type="followed", data={"scene": scene} if scene else {})
    return Turn(replies=(say("follow.welcome"),), session=session, intent="welcome", events=(event,))


async def scan(message: Message, session: Session, deps: Deps) -> Turn:
    """A follower scans one of our QR codes."""
    event = Event(type="scanned", data={"scene": message.event_key})
    return Turn(replies=(say("follow.scanned"),), session=session, intent="welcome", events=(event,))


async def unsubscribe(message: Message, session: Session, deps: Deps) -> Turn:
    """Someone leaves. Nothing can be said to them any more; a half-filled form waits its days."""
    if deps.subscriptions is not None:
        await deps.subscriptions.forget(message.user)
    return Turn(
        session=Session(draft=session.draft, shelved=session.shelved), events=(Event(type="unfollowed"),)
    )
