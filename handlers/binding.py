"""A clerk types the code that the console shows, so that test sends reach the clerk's own WeChat."""

import re

from config.texts import say
from handlers.deps import Deps
from handlers.message import Message
from handlers.turn import Session, Turn
from intents.normalise import plain_text

_CODE = re.compile(r"绑定\s*([0-9]{8})")


async def claim(message: Message, session: Session, deps: Deps) -> Turn | None:
    """“绑定 12345678”."""
    found = _CODE.fullmatch(plain_text(message.text).strip())
    if not found or deps.bindings is None:
        return None
    bound = await deps.bindings.bind(found[1], message.user, deps.clock.now())
    return Turn(replies=(say("binding.done" if bound else "binding.wrong"),), session=session, intent="bind")
