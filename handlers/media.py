"""Pictures, recordings, files: what the bot cannot read it says so, and how to go on."""

from config.texts import say
from handlers.deps import Deps, Handler
from handlers.message import Message
from handlers.turn import Session, Turn


def received(key: str) -> Handler:
    """A handler that says the sentence `key`; the conversation stays where it was."""

    async def handle(message: Message, session: Session, deps: Deps) -> Turn:
        return Turn(replies=(say(key),), session=session, intent="media")

    return handle
