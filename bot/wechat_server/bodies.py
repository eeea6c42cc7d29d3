"""The JSON bodies of the API as the platform documents them."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.wechat_server.errors import ApiError


class Body(BaseModel):
    """Unknown members are ignored, as the platform does."""

    model_config = ConfigDict(extra="ignore")


B = TypeVar("B", bound=Body)


def read(model: type[B], data: Any) -> B:
    """`data` as a `model`. ApiError 47001 for what does not fit."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise ApiError(47001, f"{'.'.join(map(str, first['loc']))}: {first['type']}") from None


class TokenBody(Body):
    """stable_token."""

    grant_type: str = ""
    appid: str = ""
    secret: str = ""
    force_refresh: bool = False


class Text(Body):
    """Text content."""

    content: str


class MediaRef(Body):
    """Content that lies on the media shelf."""

    media_id: str


class Article(Body):
    """One article of a news message."""

    title: str
    description: str = ""
    url: str = ""
    picurl: str = ""


class News(Body):
    """News content."""

    articles: list[Article] = Field(min_length=1)


class Content(Body):
    """The part that customer-service and mass messages share: `msgtype` and the member of that name."""

    msgtype: str
    text: Text | None = None
    image: MediaRef | None = None
    voice: MediaRef | None = None
    mpnews: MediaRef | None = None
    news: News | None = None


class CustomBody(Content):
    """message/custom/send."""

    touser: str


class TypingBody(Body):
    """message/custom/typing."""

    touser: str
    command: str


class FieldValue(Body):
    """A template's field."""

    value: str


class TemplateBody(Body):
    """message/template/send and message/subscribe/bizsend."""

    touser: str
    template_id: str
    url: str = ""
    page: str = ""
    data: dict[str, FieldValue]


class MenuBody(Body):
    """menu/create."""

    button: list[dict[str, Any]]


class TagName(Body):
    """The tag inside tags/create."""

    name: str


class TagBody(Body):
    """tags/create."""

    tag: TagName


class TaggingBody(Body):
    """tags/members/batchtagging and batchuntagging."""

    openid_list: list[str]
    tagid: int


class TagMembersBody(Body):
    """user/tag/get."""

    tagid: int
    next_openid: str = ""


class MassFilter(Body):
    """Who a mass message is for."""

    is_to_all: bool = False
    tag_id: int | None = None


class MassToTagBody(Content):
    """message/mass/sendall."""

    filter: MassFilter
    clientmsgid: str = ""


class MassToUsersBody(Content):
    """message/mass/send."""

    touser: list[str]
    clientmsgid: str = ""


class PreviewBody(Content):
    """message/mass/preview."""

    touser: str


class DraftArticle(Body):
    """One article of draft/add."""

    title: str = ""
    author: str = ""
    digest: str = ""
    content: str = ""
    thumb_media_id: str = ""


class DraftBody(Body):
    """draft/add."""

    articles: list[DraftArticle] = Field(min_length=1, max_length=8)


class MassStatusBody(Body):
    """message/mass/get."""

    msg_id: int


class ClearQuotaBody(Body):
    """clear_quota."""

    appid: str
