"""Next contact: what could not be pushed leads the reply when the person writes the next time."""

from datetime import datetime

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.clock import SHANGHAI
from bot.outbox.store import OutboxStore
from bot.outbox.windows import Windows
from config.texts import say
from handlers.message import Message
from handlers.ports import Clock
from handlers.turn import Turn

log = structlog.get_logger()


class NextContact:
    """Part of what `Conversation.perform` does with a turn; idempotent by the message's id."""

    def __init__(self, outbox: OutboxStore, windows: Windows, clock: Clock) -> None:
        self._outbox, self._windows, self._clock = outbox, windows, clock

    async def perform(self, message: Message, turn: Turn) -> Turn:
        """Note the window that the message opens, and put what waits for this person before the reply."""
        await self._windows.heard(message)
        if not turn.replies:
            return turn
        try:
            waiting = await self._outbox.told_at_contact(message.user, message.id, self._clock.now())
        except (OperationalError, InterfaceError) as error:
            # Questions are answered even when the database is away; what waits goes on waiting.
            log.warning("contact_notices_put_off", exc_info=error)
            return turn
        lead = [say("notices.contact", date=_day(m.made), text=m.text) for m in waiting]
        return turn.model_copy(update={"replies": (*lead, *turn.replies)})


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%-m月%-d日}"
