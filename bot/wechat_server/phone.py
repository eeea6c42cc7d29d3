"""A citizen's phone: what a person does in the chat reaches the webhook as WeChat would post it."""

import itertools
import time
from dataclasses import dataclass

from bot.wechat_server.platform import Platform
from bot.wechat_server.webhook import Delivery
from bot.wechat_server.xml import Value

LONG_TERM = 1_000_000  # an accepted long-term subscription has no count

__all__ = ["Delivery", "Phone", "Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the map."""

    latitude: float
    longitude: float
    label: str = ""
    scale: int = 16


class Phone:
    """Acts for any openid; each method returns the delivery with the bot's passive reply."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._ids = itertools.count(time.time_ns() // 1000 * 1000)

    async def text(self, openid: str, content: str, *, menu_id: str = "") -> Delivery:
        """A typed text; `menu_id` when it came from a `weixin://bizmsgmenu` link."""
        extra: dict[str, Value] = {"bizmsgmenuid": menu_id} if menu_id else {}
        return await self._message(openid, "text", Content=content, **extra)

    async def image(self, openid: str, media_id: str, picture_url: str = "") -> Delivery:
        """A picture that lies on the platform's media shelf."""
        return await self._message(openid, "image", PicUrl=picture_url, MediaId=media_id)

    async def voice(self, openid: str, media_id: str, recognition: str | None = None) -> Delivery:
        """A voice message; `recognition` None leaves the element out, as accounts without it see it."""
        extra: dict[str, Value] = {} if recognition is None else {"Recognition": recognition}
        return await self._message(openid, "voice", MediaId=media_id, Format="amr", **extra)

    async def location(self, openid: str, place: Place) -> Delivery:
        """A place on the map."""
        return await self._message(
            openid,
            "location",
            Location_X=place.latitude,
            Location_Y=place.longitude,
            Scale=place.scale,
            Label=place.label,
        )

    async def link(self, openid: str, title: str, description: str, url: str) -> Delivery:
        """A shared page."""
        return await self._message(openid, "link", Title=title, Description=description, Url=url)

    async def other(self, openid: str, msgtype: str, **fields: Value) -> Delivery:
        """Any other kind of message: video, shortvideo, file, or one that does not exist yet."""
        return await self._message(openid, msgtype, **fields)

    async def follow(self, openid: str, scene: str = "") -> Delivery:
        """Follow the account, with `scene` by a code that carries it."""
        self._platform.followers.follow(openid, scene)
        extra: dict[str, Value] = {"EventKey": f"qrscene_{scene}", "Ticket": "TICKET"} if scene else {}
        return await self.event(openid, "subscribe", **({"EventKey": ""} | extra))

    async def unfollow(self, openid: str) -> Delivery:
        """Unfollow the account."""
        self._platform.followers.unfollow(openid)
        return await self.event(openid, "unsubscribe", EventKey="")

    async def scan(self, openid: str, scene: str) -> Delivery:
        """Scan a code with a scene; a stranger follows by it."""
        person = self._platform.followers.people.get(openid)
        if person is None or not person.following:
            return await self.follow(openid, scene)
        self._platform.followers.tapped(openid)
        return await self.event(openid, "SCAN", EventKey=scene, Ticket="TICKET")

    async def click(self, openid: str, key: str) -> Delivery:
        """Tap a menu button that carries a key."""
        self._platform.followers.tapped(openid)
        return await self.event(openid, "CLICK", EventKey=key)

    async def view(self, openid: str, url: str) -> Delivery:
        """Tap a menu button that opens a page."""
        return await self.event(openid, "VIEW", EventKey=url)

    async def accept(self, openid: str, template: str, times: int = LONG_TERM) -> Delivery:
        """Say yes to a subscription notification."""
        self._platform.followers.grant(openid, template, times)
        return await self._subscription(openid, "subscribe_msg_popup_event", template, "accept")

    async def refuse(self, openid: str, template: str) -> Delivery:
        """Switch a subscription notification off in the account's settings."""
        self._platform.followers.refuse(openid, template)
        return await self._subscription(openid, "subscribe_msg_change_event", template, "reject")

    async def event(self, openid: str, event: str, **fields: Value) -> Delivery:
        """Any event."""
        return await self._platform.webhook.post(self._platform.event_fields(openid, event, **fields))

    async def _subscription(self, openid: str, event: str, template: str, status: str) -> Delivery:
        choice = {"TemplateId": template, "SubscribeStatusString": status, "PopupScene": 2}
        wrapper = "".join(part.capitalize() for part in event.split("_"))
        return await self.event(openid, event, **{wrapper: {"List": choice}})

    async def _message(self, openid: str, msgtype: str, **fields: Value) -> Delivery:
        self._platform.followers.wrote(openid)
        return await self._platform.webhook.post(
            {
                "ToUserName": self._platform.account.original_id,
                "FromUserName": openid,
                "CreateTime": int(self._platform.clock.now().timestamp()),
                "MsgType": msgtype,
                **fields,
                "MsgId": next(self._ids),
            }
        )
