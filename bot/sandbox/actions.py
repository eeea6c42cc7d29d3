"""What a person can do in the sandbox's chat."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, TypeAdapter
from typing_extensions import override

from bot.sandbox.entries import Entry
from bot.wechat_server.phone import Delivery, Phone, Place
from bot.wechat_server.platform import Platform
from handlers.ports import Clock

# An AMR file of one empty frame: the bot gets the words from `Recognition` or asks to type.
SILENCE = b"#!AMR\n" + bytes(32)


class Action(BaseModel):
    """One thing done by one person. `shown` is the line it leaves in their own chat, if any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str

    async def perform(self, openid: str, phone: Phone) -> Delivery:
        """Post it to the webhook."""
        raise TypeError(f"{type(self).__name__} cannot be performed")

    def shown(self, clock: Clock) -> Entry | None:
        """The line in the chat; most events leave none, as in WeChat."""
        return None


class Text(Action):
    """A typed text, or one that a menu link in a message sends."""

    kind: Literal["text"]
    text: str = Field(min_length=1, max_length=4_000)
    menu_id: str = Field(default="", max_length=64)

    @override
    async def perform(self, openid: str, phone: Phone) -> Delivery:
        return await phone.text(openid, self.text, menu_id=self.menu_id)

    @override
    def shown(self, clock: Clock) -> Entry:
        return Entry(who="me", kind="text", at=clock.now(), text=self.text)


class Voice(Action):
    """A voice message; `recognition` None as accounts without recognition see it."""

    kind: Literal["voice"]
    recognition: str | None = Field(default=None, max_length=2_000)
    media_id: str = ""

    @override
    async def perform(self, openid: str, phone: Phone) -> Delivery:
        return await phone.voice(openid, self.media_id, self.recognition)

    @override
    def shown(self, clock: Clock) -> Entry:
        spoken = len(self.recognition or "") // 4 + 2
        data = {"seconds": min(60, spoken), "recognised": self.recognition is not None}
        return Entry(who="me", kind="voice", at=clock.now(), text=self.recognition or "", data=data)


class Location(Action):
    """A place on the map."""

    kind: Literal["location"]
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    label: str = Field(default="", max_length=200)

    @override
    async def perform(self, openid: str, phone: Phone) -> Delivery:
        return await phone.location(openid, Place(self.latitude, self.longitude, self.label))

    @override
    def shown(self, clock: Clock) -> Entry:
        data = {"latitude": self.latitude, "longitude": self.longitude}
        return Entry(who="me", kind="location", at=clock.now(), text=self.label, data=data)


class Link(Action):
    """A shared page."""

    kind: Literal["link"]
    page: str = Field(min_length=1, max_length=200)
    description: str = Field(default="", max_length=500)
    url: HttpUrl

    @override
    async def perform(self, openid: str, phone: Phone) -> Delivery:
        return await phone.link(openid, self.page, self.description, str(self.url))

    @override
    def shown(self, clock: Clock) -> Entry:
        data = {"url": str(self.url), "description": self.description}
        return Entry(who="me", kind="link", at=clock.now(), text=self.page, data=data)


class Picture(Action):
    """A picture that lies on the media shelf."""

    kind: Literal["image"]
    media_id: str
    url: str

    @override
    async def perform(self, openid: str, phone: Phone) -> Delivery:
        return await phone.image(openid, self.media_id, self.url)

    @override
    def shown(self, clock: Clock) -> Entry:
        return Entry(who="me", kind="image", at=clock.now(), data={"media_id": self.media_id})


class Click(Action):
    """A menu button that carries a key."""

    kind: Literal["click"]
    key: str = Field(max_length=128)

    @override
    async def perform(self, openid: str, phone: Phone) -> Delivery:
        return await phone.click(openid, self.key)


class View(Action):
    """A menu button that opens a page."""

    kind: Literal["view"]
    url: HttpUrl

    @override
    async def perform(self, openid: str, phone: Phone) -> Delivery:
        return await phone.view(openid, str(self.url))


class Follow(Action):
    """Follow the account."""

    kind: Literal["follow"]

    @override
    async def perform(self, openid: str, phone: Phone) -> Delivery:
        return await phone.follow(openid)

    @override
    def shown(self, clock: Clock) -> Entry:
        return Entry(who="note", kind="follow", at=clock.now(), text="已关注公众号")


class Unfollow(Action):
    """Unfollow the account."""

    kind: Literal["unfollow"]

    @override
    async def perform(self, openid: str, phone: Phone) -> Delivery:
        return await phone.unfollow(openid)

    @override
    def shown(self, clock: Clock) -> Entry:
        return Entry(who="note", kind="unfollow", at=clock.now(), text="已取消关注")


class Scan(Action):
    """Scan a code that carries a scene."""

    kind: Literal["scan"]
    scene: str = Field(min_length=1, max_length=64)

    @override
    async def perform(self, openid: str, phone: Phone) -> Delivery:
        return await phone.scan(openid, self.scene)

    @override
    def shown(self, clock: Clock) -> Entry:
        return Entry(who="note", kind="scan", at=clock.now(), text=f"扫描了带参数的二维码：{self.scene}")


class Subscription(Action):
    """Accept or refuse a subscription notification."""

    kind: Literal["subscription"]
    template: str = Field(min_length=1, max_length=64)
    accept: bool

    @override
    async def perform(self, openid: str, phone: Phone) -> Delivery:
        choose = phone.accept if self.accept else phone.refuse
        return await choose(openid, self.template)

    @override
    def shown(self, clock: Clock) -> Entry:
        chosen = "接受" if self.accept else "拒绝"
        text = f"{chosen}了订阅通知：{self.template}"
        return Entry(who="note", kind="subscription", at=clock.now(), text=text)


AnyAction = Annotated[
    Text | Voice | Location | Link | Picture | Click | View | Follow | Unfollow | Scan | Subscription,
    Field(discriminator="kind"),
]
ACTION: TypeAdapter[AnyAction] = TypeAdapter(AnyAction)


def with_recording(action: Voice, platform: Platform) -> Voice:
    """The voice message with a file on the media shelf, as a real one has."""
    media = platform.media.put("voice", SILENCE, "audio/amr")
    return action.model_copy(update={"media_id": media.id})
