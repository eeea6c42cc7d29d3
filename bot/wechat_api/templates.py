"""Template messages and subscription notifications: verified service accounts only."""

from collections.abc import Mapping

from bot.wechat_api.calls import Calls
from bot.wechat_api.results import SentTemplate
from bot.wechat_api.transport import Json

SEND = "/cgi-bin/message/template/send"
SUBSCRIPTION = "/cgi-bin/message/subscribe/bizsend"
FIELD_CHARS = 20


class TemplatesApi:
    """Fields are cut to the 20 characters that the platform allows. Refused: 43004, 43101, 48001."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def send(
        self, openid: str, template_id: str, fields: Mapping[str, str], url: str = ""
    ) -> SentTemplate:
        """A template message; its fate is told in TEMPLATESENDJOBFINISH."""
        body = {"touser": openid, "template_id": template_id, "url": url, "data": _data(fields)}
        return self._calls.parse(SentTemplate, SEND, await self._calls.post(SEND, body))

    async def send_subscription(
        self, openid: str, template_id: str, fields: Mapping[str, str], page: str = ""
    ) -> None:
        """A subscription notification; its fate is told in subscribe_msg_sent_event."""
        body = {"touser": openid, "template_id": template_id, "page": page, "data": _data(fields)}
        await self._calls.post(SUBSCRIPTION, body)


def _data(fields: Mapping[str, str]) -> Json:
    return {name: {"value": _fitted(value)} for name, value in fields.items()}


def _fitted(value: str) -> str:
    return value if len(value) <= FIELD_CHARS else value[: FIELD_CHARS - 1] + "…"
