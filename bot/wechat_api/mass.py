"""Mass sending. `client_id` (at most 64 bytes) makes a repeated call harmless for 24 hours."""

from collections.abc import Sequence

from bot.wechat_api.calls import Calls
from bot.wechat_api.errors import WeChatError
from bot.wechat_api.results import MassJob, MassStatus, Material
from bot.wechat_api.transport import Json

TO_TAG, TO_USERS = "/cgi-bin/message/mass/sendall", "/cgi-bin/message/mass/send"
PREVIEW, STATUS = "/cgi-bin/message/mass/preview", "/cgi-bin/message/mass/get"


Content = str | Material  # a text, or the draft of an article


class MassApi:
    """message/mass. 45028: no quota left (subscription 1 call a day, service 4 a month per user)."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def send_to_tag(self, tag_id: int | None, what: Content, client_id: str) -> MassJob:
        """A text or an article to everyone with a tag, or (None) to all followers."""
        audience: Json = {"is_to_all": True} if tag_id is None else {"is_to_all": False, "tag_id": tag_id}
        return await self._start(TO_TAG, {"filter": audience} | _body(what), client_id)

    async def send_to_users(self, openids: Sequence[str], what: Content, client_id: str) -> MassJob:
        """A text or an article to 2 to 10,000 people."""
        return await self._start(TO_USERS, {"touser": list(openids)} | _body(what), client_id)

    async def send_image_to_tag(self, tag_id: int | None, media_id: str, client_id: str) -> MassJob:
        """A picture to everyone with a tag, or (None) to all followers."""
        audience: Json = {"is_to_all": True} if tag_id is None else {"is_to_all": False, "tag_id": tag_id}
        body: Json = {"filter": audience, "msgtype": "image", "image": {"media_id": media_id}}
        return await self._start(TO_TAG, body, client_id)

    async def preview(self, openid: str, what: Content) -> None:
        """What it will look like, to one person; 100 a day."""
        await self._calls.post(PREVIEW, {"touser": openid} | _body(what))

    async def status(self, msg_id: int) -> MassStatus:
        """How far a job is."""
        return self._calls.parse(MassStatus, STATUS, await self._calls.post(STATUS, {"msg_id": msg_id}))

    async def _start(self, path: str, body: Json, client_id: str) -> MassJob:
        """Start a job; a call that the platform knows already (45065) gives the job of the first one."""
        try:
            answer = await self._calls.post(path, body | {"clientmsgid": client_id})
        except WeChatError as error:
            if error.kind != "duplicate" or "msg_id" not in error.data:
                raise
            answer = error.data
        return self._calls.parse(MassJob, path, answer)


def _body(what: Content) -> Json:
    if isinstance(what, str):
        return {"msgtype": "text", "text": {"content": what}}
    # The article is our own: WeChat need not look for an original elsewhere and refuse (45110).
    return {"msgtype": "mpnews", "mpnews": {"media_id": what.media_id}, "send_ignore_reprint": 1}
