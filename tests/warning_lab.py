"""A service's end of sending warnings, against the local WeChat: what bot/clerk_parts.py wires, for tests."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from bot.broadcast.calls import MassCalls
from bot.broadcast.covers import Covers
from bot.broadcast.desk import WarningDesk
from bot.broadcast.members import TagMembers
from bot.broadcast.posts import Posts
from bot.broadcast.results import Results
from bot.broadcast.sender import Broadcast
from bot.broadcast.tags import TagSync
from bot.store.bindings import BindingStore
from bot.store.database import Database
from bot.store.subscriptions import SubscriptionStore
from bot.store.switches import SwitchStore
from bot.store.warning_batches import BatchStore
from bot.store.warnings import WarningStore
from bot.vault import Vault
from bot.wechat_api import WeChatApi
from handlers.subscriptions.wishes import Wish
from handlers.warnings.model import Content, Warning_
from handlers.warnings.steps import Actor
from tests.wechat_lab import Lab

WRITER = Actor("writer", ("publisher",))
OTHER_WRITER = Actor("writer2", ("publisher",))
REVIEWER = Actor("rev1", ("reviewer",))
SECOND, THIRD = Actor("rev2", ("reviewer",)), Actor("rev3", ("reviewer",))
BOTH = Actor("both", ("publisher", "reviewer"))


def content(**changes: Any) -> Content:
    """A warning about milk powder in 临夏市."""
    values: dict[str, Any] = {
        "title": "某品牌奶粉不合格",
        "body": "抽检发现某批次奶粉维生素A不合格，请停止食用，找商家退货。",
        "category": "food",
        "county": "622901",
        "source": "州市场监管局抽检通告2026年第12期",
        "valid_until": date(2026, 12, 31),
    }
    return Content(**(values | changes))


def openid(number: int) -> str:
    """An openid of a crowd."""
    return f"oCrowd{number:022}"


@dataclass
class Side:
    """One replica."""

    desk: WarningDesk
    tags: TagSync
    subscriptions: SubscriptionStore
    results: Results
    api: WeChatApi
    lab: Lab

    async def subscribe(self, *numbers: int, wish: Wish = Wish("food", "622901")) -> None:  # noqa: B008
        """People who follow and wish for it."""
        for number in numbers:
            self.lab.platform.followers.follow(openid(number))
            await self.subscriptions.replace(openid(number), frozenset({wish}), self.lab.clock.now())
        self.lab.clock.move(timedelta(minutes=2))

    async def approved(self, **changes: Any) -> Warning_:
        """A warning that was written and approved."""
        warning = await self.desk.write(content(**changes), WRITER)
        warning = await self.desk.submit(warning.id, warning.version, WRITER)
        return await self.desk.approve(warning.id, warning.content.fingerprint(), REVIEWER)

    async def send(self, warning: Warning_) -> Warning_:
        """Schedule it for now and let the sender run."""
        await self.desk.schedule(warning.id, None, WRITER)
        await self.desk.broadcast.run_once()
        return await self.desk.find(warning.id)


def side(lab: Lab, database: Database, vault: Vault, redis: Redis, folder: Path, **changes: Any) -> Side:
    """A replica over these stores."""
    account = {"wechat_account": lab.platform.account.kind, "wechat_verified": lab.platform.account.verified}
    settings = lab.settings(folder).model_copy(update=account | changes)
    api = WeChatApi.open(settings, redis, vault, lab.clock)
    subscriptions, batches, store = (
        SubscriptionStore(database, vault),
        BatchStore(database),
        WarningStore(database),
    )
    tags, results = TagSync(subscriptions, api), Results(batches, redis)
    posts = Posts(api, Covers(folder, vault), redis)
    calls = MassCalls(batches, subscriptions, TagMembers(tags, api), posts, results, api, lab.clock)
    broadcast = Broadcast(settings, SwitchStore(database, settings), store, batches, calls, lab.clock)
    desk = WarningDesk(store, broadcast, BindingStore(database, vault, redis), api, lab.clock)
    return Side(desk, tags, subscriptions, results, api, lab)
