"""Everything that WeChat keeps about one official account."""

import itertools
from typing import Any

from pydantic import BaseModel

from bot.wechat_server.account import Account, Limits
from bot.wechat_server.faults import Faults
from bot.wechat_server.followers import Follower, Followers
from bot.wechat_server.mass import Mass, MassJob
from bot.wechat_server.media import MediaShelf
from bot.wechat_server.menu import Menu
from bot.wechat_server.quotas import Quotas
from bot.wechat_server.records import Channel, Delivered, Records
from bot.wechat_server.tags import Tags
from bot.wechat_server.tokens import Tokens
from bot.wechat_server.webhook import Callbacks, Webhook
from bot.wechat_server.xml import Value
from handlers.ports import Clock

MASS_SENDER = "oLinxiaMassAssistant00000000"  # who MASSSENDJOBFINISH is said to come from


class Snapshot(BaseModel):
    """What of the platform outlives a restart of the sandbox."""

    people: dict[str, Follower] = {}
    tags: dict[int, str] = {}
    menu: list[dict[str, Any]] = []


class Platform:
    """One account with its followers, limits, quotas, media and records."""

    def __init__(self, account: Account, clock: Clock, limits: Limits | None = None) -> None:
        self.account, self.clock, self.limits = account, clock, limits or Limits()
        self.tokens = Tokens(account, self.limits, clock)
        self.followers = Followers(self.limits, clock)
        self.quotas = Quotas(self.limits, clock)
        self.media = MediaShelf(self.limits, clock)
        self.tags = Tags(self.limits, self.followers)
        self.menu = Menu()
        self.mass = Mass(account, self.limits, clock, self.followers)
        self.faults = Faults()
        self.records = Records()
        self.drafts: dict[str, list[dict[str, Any]]] = {}  # media id → articles
        self.webhook = Webhook(account, clock)
        self.callbacks = Callbacks(self.webhook)
        self._ids = itertools.count(3_000_000_001)
        self.mass.on_done = self._mass_done

    async def close(self) -> None:
        """Stop callbacks and close connections."""
        await self.callbacks.close()
        await self.webhook.close()

    def deliver(self, openid: str, channel: Channel, msgtype: str, content: dict[str, Any]) -> int:
        """Put a message on a person's phone; returns its id."""
        message = Delivered(openid, channel, msgtype, content, self.clock.now(), next(self._ids))
        self.records.deliver(message)
        return message.id

    def post_event(self, openid: str, event: str, **fields: Value) -> None:
        """An event callback through the signed webhook."""
        self.callbacks.send(self.event_fields(openid, event, **fields))

    def event_fields(self, openid: str, event: str, **fields: Value) -> dict[str, Value]:
        """The elements of an event as WeChat writes them."""
        return {
            "ToUserName": self.account.original_id,
            "FromUserName": openid,
            "CreateTime": int(self.clock.now().timestamp()),
            "MsgType": "event",
            "Event": event,
            **fields,
        }

    def snapshot(self) -> Snapshot:
        """What to keep for the next start."""
        return Snapshot(people=self.followers.people, tags=self.tags.names, menu=self.menu.buttons)

    def restore(self, kept: Snapshot) -> None:
        """Take over what an earlier run kept."""
        self.followers.people = dict(kept.people)
        self.tags.restore(kept.tags)
        self.menu.buttons = kept.menu

    def _mass_done(self, job: MassJob) -> None:
        for openid in job.sent:
            self.deliver(openid, "mass", job.msgtype, job.content)
        self.post_event(
            MASS_SENDER,
            "MASSSENDJOBFINISH",
            MsgID=job.id,
            Status="send success",
            TotalCount=len(job.openids),
            FilterCount=len(job.openids) - job.filtered,
            SentCount=len(job.sent),
            ErrorCount=job.failed,
        )
