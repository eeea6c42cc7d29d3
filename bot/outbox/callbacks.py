"""What WeChat says afterwards about what it took: a template message can still fail to arrive."""

from bot.outbox.store import OutboxStore
from handlers.message import Message
from handlers.ports import Clock
from handlers.turn import Event

SUCCESS = "success"


class Callbacks:
    """Acts on `template_finished` and `subscription_sent` of `handlers/dispatch.py`."""

    def __init__(self, outbox: OutboxStore, clock: Clock) -> None:
        self._outbox, self._clock = outbox, clock

    async def heard(self, message: Message, event: Event) -> None:
        """A message that did not arrive goes on over the next channel."""
        data, now = event.data, self._clock.now()
        if event.type == "template_finished" and data.get("Status") != SUCCESS:
            which = self._outbox.by_message_id(str(data.get("MsgID", "")))
            await self._outbox.came_back(which, "template", f"template {data.get('Status')}", now)
        elif event.type == "subscription_sent" and str(data.get("ErrorCode", "0")) != "0":
            which = self._outbox.by_user(message.user)
            await self._outbox.came_back(which, "subscribe", f"subscribe {data.get('ErrorStatus')}", now)
