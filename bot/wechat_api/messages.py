"""Customer-service messages: inside 48 hours of the user's last message, at most five."""

from bot.wechat_api.calls import Calls
from bot.wechat_api.results import Article
from bot.wechat_api.transport import Json

SEND = "/cgi-bin/message/custom/send"
TYPING = "/cgi-bin/message/custom/typing"


class MessagesApi:
    """message/custom. Refused: 43004 not following, 45015 window closed, 45047 count used up."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def send_text(self, openid: str, text: str) -> None:
        """A text of at most 2,048 bytes."""
        await self._send(openid, "text", {"content": text})

    async def send_image(self, openid: str, media_id: str) -> None:
        """A picture that was uploaded before."""
        await self._send(openid, "image", {"media_id": media_id})

    async def send_article(self, openid: str, article: Article) -> None:
        """A card with title, summary and link."""
        await self._send(openid, "news", {"articles": [article.model_dump()]})

    async def typing(self, openid: str, on: bool = True) -> None:
        """Show or hide 对方正在输入."""
        await self._calls.post(TYPING, {"touser": openid, "command": "Typing" if on else "CancelTyping"})

    async def _send(self, openid: str, msgtype: str, content: Json) -> None:
        await self._calls.post(SEND, {"touser": openid, "msgtype": msgtype, msgtype: content})
