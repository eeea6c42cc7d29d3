"""An incoming WeChat message or event, already verified, decrypted and parsed by `bot/webhook`."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal[
    "text", "image", "voice", "video", "shortvideo", "location", "link", "file", "event", "unknown"
]


class Message(BaseModel):
    """One message of one user. Which of the optional fields are filled depends on `kind`.

    `text` holds the typed text, a voice message's recognition, or the label of a location.
    `event` is lower case (`subscribe`, `click`, `subscribe_msg_popup_event` …).
    """

    model_config = ConfigDict(frozen=True)

    user: str  # openid
    account: str  # the official account's original id (ToUserName)
    kind: Kind
    at: datetime  # CreateTime, aware
    id: str  # MsgId, or for events FromUserName+CreateTime+Event+EventKey
    text: str = ""
    media_id: str = ""
    media_format: str = ""
    picture_url: str = ""
    latitude: float | None = None
    longitude: float | None = None
    url: str = ""
    title: str = ""
    event: str = ""
    event_key: str = ""
    extra: dict[str, str] = {}  # other leaf elements of an event (Status, MsgID, TotalCount …)
