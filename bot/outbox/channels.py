"""The channels that reach a person in WeChat, each with what the account and the person must allow."""

from dataclasses import dataclass
from typing import Protocol

from bot.outbox.results import Claimed, Sent
from bot.outbox.windows import Windows
from bot.wechat_api import WeChatApi, WeChatError
from config.settings import Settings
from handlers.paging import pages_of
from handlers.ports import Clock

WINDOW_CLOSED = frozenset({43004, 45015, 45047})


class Channel(Protocol):
    """`name` stands in the outbox beside what went over it."""

    name: str

    async def send(self, message: Claimed) -> Sent | None:
        """Send it; None if this channel is closed for the person now.

        Raises:
            WeChatError: the platform refused, or did not answer.
            RedisError: the store of windows is away; nothing was sent.
        """
        ...


@dataclass
class Subscription:
    """A long-term subscription notification: verified service accounts, people who accepted it."""

    api: WeChatApi
    template: str
    name: str = "subscribe"

    async def send(self, message: Claimed) -> Sent:
        """A pointer; the whole text follows at the next contact."""
        fields, url = message.payload["fields"], message.payload["url"]
        await self.api.templates.send_subscription(message.user, self.template, fields, url)
        return Sent(self.name, rest=message.text)


@dataclass
class Template:
    """A template message: verified service accounts, people who follow."""

    api: WeChatApi
    template: str
    name: str = "template"

    async def send(self, message: Claimed) -> Sent:
        """A pointer; the whole text follows at the next contact."""
        fields, url = message.payload["fields"], message.payload["url"]
        sent = await self.api.templates.send(message.user, self.template, fields, url)
        return Sent(self.name, str(sent.msgid), rest=message.text)


@dataclass
class CustomerService:
    """A customer-service message: verified accounts, within the window that the person opened."""

    api: WeChatApi
    windows: Windows
    clock: Clock
    name: str = "custom"

    async def send(self, message: Claimed) -> Sent | None:
        """The whole text."""
        window = await self.windows.spend(message.user, self.clock.now())
        if window == "closed":
            return None
        try:
            await self.api.messages.send_text(message.user, pages_of(message.text)[0])
        except WeChatError as error:
            if error.code in WINDOW_CLOSED:
                await self.windows.close(message.user)
            elif not error.maybe_done:
                await self.windows.give_back(message.user, window)
            raise
        return Sent(self.name)


def channels(settings: Settings, api: WeChatApi, windows: Windows, clock: Clock) -> tuple[Channel, ...]:
    """What this account may call, in the order in which it is tried. Next contact works for every account
    and comes after all of these.
    """
    found: list[Channel] = []
    if settings.wechat_verified and settings.wechat_account == "service":
        if settings.wechat_subscription_template:
            found.append(Subscription(api, settings.wechat_subscription_template))
        if settings.wechat_message_template:
            found.append(Template(api, settings.wechat_message_template))
    if settings.wechat_verified:
        found.append(CustomerService(api, windows, clock))
    return tuple(found)
