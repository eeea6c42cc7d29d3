"""Temporary media: what a user sent is gone after three days, so it is fetched at once."""

from io import BytesIO
from typing import Literal

import aiohttp

from bot.wechat_api.calls import Calls
from bot.wechat_api.results import MediaFile, Uploaded

GET, UPLOAD = "/cgi-bin/media/get", "/cgi-bin/media/upload"


class MediaApi:
    """media/get and upload. 40007: it is gone or never was."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def get(self, media_id: str) -> MediaFile:
        """A file as it was sent. What it really is, its bytes have to tell: never trust the type given."""
        content, headers = await self._calls.download(GET, {"media_id": media_id})
        disposition = headers.get("Content-disposition", headers.get("Content-Disposition", ""))
        name = disposition.partition('filename="')[2].partition('"')[0]
        kind = headers.get("Content-Type", "application/octet-stream")
        return MediaFile(content=content, content_type=kind, filename=name)

    async def upload(
        self,
        kind: Literal["image", "voice", "video", "thumb"],
        content: bytes,
        filename: str,
        content_type: str,
    ) -> Uploaded:
        """Lay a file on the platform's shelf for three days."""

        def form() -> aiohttp.FormData:
            data = aiohttp.FormData()
            data.add_field("media", BytesIO(content), filename=filename, content_type=content_type)
            return data

        answer = await self._calls.upload(UPLOAD, {"type": kind}, form)
        return self._calls.parse(Uploaded, UPLOAD, answer)
