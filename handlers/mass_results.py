"""WeChat tells what became of a mass message."""

from handlers.deps import Deps
from handlers.message import Message
from handlers.turn import Event, Session, Turn


async def finished(message: Message, session: Session, deps: Deps) -> Turn:
    """MASSSENDJOBFINISH: nothing is said, the result goes to the record."""
    if deps.mass_results is not None:
        await deps.mass_results.finished(message.extra)
    return Turn(session=session, events=(Event(type="mass_finished", data=dict(message.extra)),))
