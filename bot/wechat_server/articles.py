"""Articles for mass messages: drafts over permanent material."""

import secrets
from typing import Any

from bot.wechat_server.bodies import DraftBody, read
from bot.wechat_server.errors import ApiError
from bot.wechat_server.platform import Platform

TITLE_CHARS, DIGEST_CHARS = 64, 120

Answer = dict[str, Any]


def draft_add(platform: Platform, data: Any) -> Answer:
    """POST draft/add: one article or more, each over a cover picture that was laid down for good."""
    body = read(DraftBody, data)
    for article in body.articles:
        if not article.title or len(article.title) > TITLE_CHARS:
            raise ApiError(45003)
        if len(article.digest) > DIGEST_CHARS:
            raise ApiError(45004)
        if not article.content:
            raise ApiError(44004)
        platform.media.get(article.thumb_media_id)
    media_id = secrets.token_urlsafe(48)
    platform.drafts[media_id] = [article.model_dump() for article in body.articles]
    return {"media_id": media_id}
