"""Temporary media: what users send and what the bot uploads is gone after three days."""

import secrets
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from bot.wechat_server.account import Limits
from bot.wechat_server.errors import ApiError
from handlers.ports import Clock

FOR_GOOD = timedelta(days=36_500)
SUFFIX = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "audio/amr": "amr", "video/mp4": "mp4"}


class Media(BaseModel):
    """One file with its end."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: str
    content: bytes
    content_type: str
    created: datetime
    expires: datetime

    @property
    def filename(self) -> str:
        """The name that the platform puts into Content-Disposition."""
        return f"{self.id}.{SUFFIX.get(self.content_type, 'bin')}"


class MediaShelf:
    """The files of one account."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits, self._clock = limits, clock
        self._files: dict[str, Media] = {}

    def put(self, kind: str, content: bytes, content_type: str, *, for_good: bool = False) -> Media:
        """Keep a file, for three days or (material) for good.

        ApiError for an unknown kind (40004) or too many bytes (40009, 40010).
        """
        sizes = {
            "image": (self._limits.image_bytes, 40009),
            "thumb": (64 * 1024, 40009),
            "voice": (self._limits.voice_bytes, 40010),
            "video": (self._limits.image_bytes, 40010),
        }
        if kind not in sizes:
            raise ApiError(40004)
        most, code = sizes[kind]
        if not content:
            raise ApiError(41005)
        if len(content) > most:
            raise ApiError(code)
        now = self._clock.now()
        media = Media(
            id=secrets.token_urlsafe(48),
            kind=kind,
            content=content,
            content_type=content_type,
            created=now,
            expires=now + (FOR_GOOD if for_good else self._limits.media_life),
        )
        self._drop_expired()
        self._files[media.id] = media
        return media

    def get(self, media_id: str) -> Media:
        """ApiError 40007 for one that never was or is older than three days."""
        media = self._files.get(media_id)
        if media is None or media.expires <= self._clock.now():
            raise ApiError(40007)
        return media

    def _drop_expired(self) -> None:
        now = self._clock.now()
        self._files = {id_: media for id_, media in self._files.items() if media.expires > now}
