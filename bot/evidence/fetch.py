"""Gets a picture from WeChat: by its MediaId, or by its PicUrl where the account may not call media/get."""

from urllib.parse import urlsplit

import aiohttp
import structlog

from bot.evidence.pictures import MAX_BYTES
from bot.wechat_api.errors import WeChatError
from bot.wechat_api.media import MediaApi
from handlers.message import Message

PATIENCE = aiohttp.ClientTimeout(total=20, connect=3, sock_read=10)
PICTURE_HOST = ".qpic.cn"  # where WeChat lays pictures (mmbiz.qpic.cn)
CHUNK = 64 * 1024

log = structlog.get_logger()


class Unavailable(Exception):  # noqa: N818 it is an outcome, not an error of ours
    """WeChat does not have the picture (any more), or cannot be reached: it has to be sent again."""


class Fetch:
    """`await fetch(message)` gives the bytes. `api_base`: our WeChat's host may give pictures as well."""

    def __init__(self, media: MediaApi, api_base: str) -> None:
        self._media = media
        self._own = urlsplit(api_base).netloc

    async def __call__(self, message: Message) -> bytes:
        """The file as it was sent, up to a little more than the limit (so that the limit can be seen).

        Raises:
            Unavailable: expired (40007), unreachable, or no address that WeChat would give.
        """
        if message.media_id:
            try:
                return (await self._media.get(message.media_id)).content
            except WeChatError as error:
                if error.reason == "answer too large":
                    return bytes(MAX_BYTES + 1)
                log.info("evidence_not_fetched", code=error.code, kind=error.kind)
        if not self._trusted(message.picture_url):
            raise Unavailable
        return await self._by_address(message.picture_url)

    def _trusted(self, address: str) -> bool:
        """Only WeChat's own hosts: a message must not make us call any other address."""
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https"):
            return False
        return (parts.hostname or "").endswith(PICTURE_HOST) or parts.netloc == self._own

    async def _by_address(self, address: str) -> bytes:
        try:
            async with (
                aiohttp.ClientSession(timeout=PATIENCE) as http,
                http.get(address, allow_redirects=False) as answer,
            ):
                if answer.status != 200:
                    raise Unavailable
                return await _limited(answer)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.info("evidence_not_fetched", kind=type(error).__name__)
            raise Unavailable from None


async def _limited(answer: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in answer.content.iter_chunked(CHUNK):
        content += chunk
        if len(content) > MAX_BYTES:
            break
    return bytes(content)
