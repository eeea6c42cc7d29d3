"""Sends a notice over the first channel that is open."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

import structlog
from redis.exceptions import RedisError

from bot.clock import SHANGHAI
from bot.outbox.channels import Channel
from bot.outbox.results import AtContact, Claimed, Dead, Later, Result, Uncertain
from bot.wechat_api import WeChatError
from handlers.notices.messages import TOO_LATE
from handlers.ports import Clock

DAY_QUOTA = 45009
MINUTE_QUOTA = 45011

log = structlog.get_logger()


class NoticeSender:
    """Implements `Sender` for `notice`.

    A channel that refuses (48001, 43004, 43101, 45015, 45047 …) or cannot carry the message makes room for
    the next one at once; a quota (45009, 45011), a busy platform or a broken network makes the message wait.
    """

    def __init__(self, channels: Sequence[Channel], clock: Clock) -> None:
        self._channels, self._clock = tuple(channels), clock

    async def send(self, message: Claimed) -> Result:
        """Try the channels in their order."""
        if message.outlived(self._clock.now()):
            return Dead(TOO_LATE)
        reasons = []
        for channel in self._channels:
            if channel.name in message.tried:
                continue
            try:
                sent = await channel.send(message)
            except WeChatError as error:
                if (verdict := self._verdict(error, channel.name)) is not None:
                    return verdict
                reasons.append(f"{channel.name} {error.code or error.reason}")
                log.info("channel_refused", channel=channel.name, code=error.code)
                continue
            except RedisError as error:
                return Later(f"{channel.name} {type(error).__name__}", channel=channel.name)
            if sent is not None:
                return sent
            reasons.append(f"{channel.name} closed")
        return AtContact("；".join(reasons) or "账号没有可用的推送渠道")

    def _verdict(self, error: WeChatError, channel: str) -> Result | None:
        """What the failure means for the message; None: try the next channel."""
        if error.maybe_done:
            return Uncertain(str(error), channel)
        if error.temporary:
            return Later(str(error), self._not_before(error.code), channel)
        return None

    def _not_before(self, code: int) -> datetime | None:
        now = self._clock.now()
        if code == DAY_QUOTA:  # counted anew from midnight
            tomorrow = now.astimezone(SHANGHAI).date() + timedelta(days=1)
            return datetime.combine(tomorrow, time(0), SHANGHAI)
        return now + timedelta(minutes=1) if code == MINUTE_QUOTA else None
