"""What a mass message consists of: the text, or an article where the warning has a cover picture."""

import html

from redis.asyncio import Redis

from bot.broadcast.covers import Covers
from bot.wechat_api import WeChatApi
from bot.wechat_api.mass import Content
from bot.wechat_api.results import Material
from handlers.warnings import model

KEEP_SECONDS = 3 * 86_400


class Posts:
    """Makes the article once for a content, and remembers it for the calls that follow."""

    def __init__(self, api: WeChatApi, covers: Covers, redis: Redis) -> None:
        self._api, self._covers, self._redis = api, covers, redis

    async def of(self, content: model.Content) -> Content:
        """The text, or the draft of the article.

        Raises:
            WeChatError: WeChat does not take the picture or the draft.
            FileNotFoundError: the picture is gone.
        """
        if not content.cover:
            return model.text_of(content)
        key = f"mass:draft:{content.fingerprint()}"
        known = await self._redis.get(key)
        if known:
            return Material(media_id=known.decode() if isinstance(known, bytes) else known)
        picture = await self._covers.read(content.cover)
        cover = await self._api.articles.add_picture(picture.content, picture.mime)
        draft = await self._api.articles.draft(content.title, _html(content), content.body, cover)
        await self._redis.set(key, draft.media_id, ex=KEEP_SECONDS)
        return draft


def _html(content: model.Content) -> str:
    """The text as paragraphs; nothing in it is markup of ours or of the author's."""
    return "".join(f"<p>{html.escape(line)}</p>" for line in model.text_of(content).splitlines() if line)
