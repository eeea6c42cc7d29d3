"""What the API answers, parsed."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Result(BaseModel):
    """Members that we do not use are left aside; a missing one that we need is an error."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class IssuedToken(Result):
    """stable_token. `expires_in` in seconds."""

    access_token: str = Field(min_length=1, repr=False)
    expires_in: int = Field(gt=0)


class SentTemplate(Result):
    """message/template/send; `msgid` comes back in TEMPLATESENDJOBFINISH."""

    msgid: int


class MassJob(Result):
    """message/mass/sendall and send; `msg_id` comes back in MASSSENDJOBFINISH."""

    msg_id: int


class MassStatus(Result):
    """message/mass/get."""

    msg_id: int
    msg_status: str


class Uploaded(Result):
    """media/upload; good for three days."""

    media_id: str
    type: str = ""
    created_at: int = 0


class Material(Result):
    """material/add_material and draft/add; good until it is deleted."""

    media_id: str


class MediaFile(Result):
    """media/get."""

    content: bytes = Field(repr=False)
    content_type: str
    filename: str = ""


class Tag(Result):
    """One of the account's tags."""

    id: int
    name: str
    count: int = 0


class User(Result):
    """user/info; everything but `subscribe` is empty for someone who does not follow."""

    openid: str
    subscribe: Literal[0, 1]
    subscribe_time: int = 0
    tagid_list: tuple[int, ...] = ()
    subscribe_scene: str = ""
    qr_scene_str: str = ""


class Article(Result):
    """The one article of a news message."""

    title: str
    description: str = ""
    url: str = ""
    picurl: str = ""


class CachedToken(Result):
    """The token as it lies in Redis (encrypted); `expires` by the clock of this program."""

    token: str = Field(repr=False)
    expires: datetime
