"""Which official account the server plays, and the platform's figures for it."""

from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Account(BaseModel):
    """What the administrator of an account sets on mp.weixin.qq.com, and what kind of account it is.

    `ip_allowed` None means that the white list is switched off; `templates` None accepts any template id;
    `protected`: API protection is on, a mass message to all waits for the administrator.
    """

    model_config = ConfigDict(frozen=True)

    app_id: str
    secret: str
    token: str = ""
    aes_key: str = ""
    mode: Literal["plain", "compatible", "safe"] = "safe"
    webhook_url: str = ""
    original_id: str = "gh_linxia000001"
    kind: Literal["subscription", "service"] = "service"
    verified: bool = True
    protected: bool = False
    ip_allowed: frozenset[str] | None = None
    templates: frozenset[str] | None = None

    @property
    def may_push(self) -> bool:
        """Whether template and long-term subscription messages are open to it: verified service accounts."""
        return self.verified and self.kind == "service"


class Limits(BaseModel):
    """The platform's published figures (a test may lower one to reach it sooner)."""

    model_config = ConfigDict(frozen=True)

    token_life: timedelta = timedelta(hours=2)
    token_renewed_early: timedelta = timedelta(minutes=5)
    forced_refreshes_a_day: int = 20
    forced_refresh_gap: timedelta = timedelta(seconds=30)
    # Customer-service messages: 5 within 48 h of the last message (20 before mid-2023),
    # 3 within a minute after follow, scan or menu click.
    reply_window: timedelta = timedelta(hours=48)
    reply_count: int = 5
    event_window: timedelta = timedelta(minutes=1)
    event_count: int = 3
    text_bytes: int = 2048
    field_chars: int = 20
    media_life: timedelta = timedelta(days=3)
    image_bytes: int = 10 * 1024 * 1024
    voice_bytes: int = 2 * 1024 * 1024
    tags: int = 100
    tags_a_user: int = 20
    openids_a_tag_call: int = 50
    mass_calls_a_day: int = 1  # verified subscription account
    mass_a_month_per_user: int = 4  # service account
    mass_openids: int = 10_000
    client_id_bytes: int = 64
    client_id_life: timedelta = timedelta(hours=24)
    clear_quota_a_month: int = 10
    # Calls a day of a new account; a path that is not named has no limit here.
    daily: dict[str, int] = {
        "/cgi-bin/stable_token": 2_000,
        "/cgi-bin/message/custom/send": 500_000,
        "/cgi-bin/message/template/send": 100_000,
        "/cgi-bin/message/subscribe/bizsend": 100_000,
        "/cgi-bin/media/upload": 100_000,
        "/cgi-bin/media/get": 200_000,
        "/cgi-bin/menu/create": 1_000,
        "/cgi-bin/menu/get": 10_000,
        "/cgi-bin/menu/delete": 1_000,
        "/cgi-bin/message/mass/sendall": 100,
        "/cgi-bin/message/mass/send": 100,
        "/cgi-bin/message/mass/preview": 100,
        "/cgi-bin/user/info": 5_000_000,
    }
