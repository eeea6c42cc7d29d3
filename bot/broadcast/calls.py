"""One call of a warning: made, made sure of, or turned into single messages.

A call that may have been made is made again under the same `clientmsgid`: within 24 hours WeChat answers
with the first job instead of sending twice. After that nobody can know, so it is not made again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import structlog

from bot.broadcast.members import Hold, TagMembers
from bot.broadcast.posts import Posts
from bot.broadcast.results import Results
from bot.clock import SHANGHAI
from bot.store.outbox_rows import insert_messages
from bot.store.subscriptions import SubscriptionStore
from bot.store.warning_batches import Batch, BatchStore
from bot.wechat_api import WeChatApi
from bot.wechat_api.errors import WeChatError
from handlers.ports import Clock, OutMessage
from handlers.warnings.model import Warning_, text_of
from handlers.warnings.quota import FEWEST

SAME_JOB = timedelta(hours=23)  # WeChat knows a clientmsgid for 24 hours
QUOTA_USED_UP, NOT_AUTHORISED = 45028, 48001
NOBODY_KNOWS = "没有得到微信的答复，不知道发出没有，不再重发"

log = structlog.get_logger()


@dataclass(frozen=True)
class MassCalls:
    """Makes the calls of a warning."""

    batches: BatchStore
    subscriptions: SubscriptionStore
    members: TagMembers
    posts: Posts
    results: Results
    api: WeChatApi
    clock: Clock

    async def settle(self, warning: Warning_, batch: Batch, hold: Hold) -> bool:
        """Whether the call is settled now; False: it has to wait for better times."""
        if batch.route == "outbox":
            return await self._one_by_one(warning, batch)
        now = self.clock.now()
        if batch.tried and now - batch.tried > SAME_JOB:
            return await self._unknown(batch)
        openids = sorted((await self.subscriptions.openids(await self.batches.users(batch))).values())
        if len(openids) < FEWEST:  # they left between choosing and calling
            return await (self._unknown(batch) if batch.tried else self._one_by_one(warning, batch))
        await self.batches.change(batch, state="sending", tried=batch.tried or now)
        return await self._called(warning, batch, openids, hold)

    async def _called(self, warning: Warning_, batch: Batch, openids: Sequence[str], hold: Hold) -> bool:
        try:
            msg_id = await self._call(warning, batch, openids, hold)
        except WeChatError as error:
            return await self._failed(warning, batch, error)
        except FileNotFoundError:
            await self.batches.change(batch, state="failed", reason="封面图不见了，没有发")
            return True
        if msg_id is None:
            return False
        await self.batches.change(batch, state="sent", msg_id=msg_id, sent=self.clock.now(), reason="")
        await self.results.take(msg_id)
        return True

    async def _call(self, warning: Warning_, batch: Batch, openids: Sequence[str], hold: Hold) -> int | None:
        what = await self.posts.of(warning.content)
        if batch.route == "users":
            return (await self.api.mass.send_to_users(openids, what, batch.client_id)).msg_id
        tag = await self.members.exactly(openids, hold)
        return None if tag is None else (await self.api.mass.send_to_tag(tag, what, batch.client_id)).msg_id

    async def _failed(self, warning: Warning_, batch: Batch, error: WeChatError) -> bool:
        """What a call that did not succeed means for its people."""
        log.warning("mass_call_failed", id=warning.id, batch=batch.number, code=error.code, kind=error.kind)
        if error.code in (QUOTA_USED_UP, NOT_AUTHORISED):
            return await self._one_by_one(warning, batch)  # surely not sent
        reason = str(error)[:200]
        if error.temporary or error.maybe_done:
            await self.batches.change(batch, reason=reason)
            return False
        await self.batches.change(batch, state="failed", reason=reason)
        return True

    async def _unknown(self, batch: Batch) -> bool:
        await self.batches.change(batch, state="unknown", reason=NOBODY_KNOWS)
        return True

    async def _one_by_one(self, warning: Warning_, batch: Batch) -> bool:
        """Into the outbox: inside the 48-hour window at once, else when they write the next time."""
        users = await self.batches.users(batch)
        openids = await self.subscriptions.openids(users)
        now = self.clock.now()
        messages = [_message(warning, user, openids[user], now) for user in users if user in openids]
        store = self.subscriptions
        async with store.database.write() as connection:
            await insert_messages(connection, store.vault, messages)
            await self.batches.change_in(
                connection, batch, state="done", route="outbox", total=len(messages), sent=now
            )
        return True


def outbox_prefix(warning: str) -> str:
    """What the keys of a warning's single messages begin with."""
    return f"warning:{warning}:"


def _message(warning: Warning_, user: str, openid: str, now: datetime) -> OutMessage:
    end = datetime.combine(warning.content.valid_until, time(23, 59), SHANGHAI)
    payload = {"text": text_of(warning.content), "good_until": end.isoformat()}
    return OutMessage(f"{outbox_prefix(warning.id)}{user}", "mass", now, payload, user=openid, day=end)
