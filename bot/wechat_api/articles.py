"""Articles with a cover picture, for mass messages: permanent material and drafts."""

from io import BytesIO

import aiohttp

from bot.wechat_api.calls import Calls
from bot.wechat_api.results import Material

ADD_MATERIAL, ADD_DRAFT = "/cgi-bin/material/add_material", "/cgi-bin/draft/add"
DIGEST_CHARS = 54  # what a card shows


class ArticlesApi:
    """material/add_material and draft/add."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def add_picture(self, content: bytes, content_type: str) -> Material:
        """Lay a cover picture down for good; at most 10 MB."""

        def form() -> aiohttp.FormData:
            data = aiohttp.FormData()
            suffix = content_type.removeprefix("image/").replace("jpeg", "jpg")
            data.add_field("media", BytesIO(content), filename=f"cover.{suffix}", content_type=content_type)
            return data

        answer = await self._calls.upload(ADD_MATERIAL, {"type": "image"}, form)
        return self._calls.parse(Material, ADD_MATERIAL, answer)

    async def draft(self, title: str, html: str, digest: str, cover: Material) -> Material:
        """A draft of one article; `html` must be free of scripts (WeChat strips them)."""
        article = {
            "title": title,
            "digest": digest[:DIGEST_CHARS],
            "content": html,
            "thumb_media_id": cover.media_id,
            "need_open_comment": 0,
        }
        answer = await self._calls.post(ADD_DRAFT, {"articles": [article]})
        return self._calls.parse(Material, ADD_DRAFT, answer)
