"""Typed settings, read from the environment (see README, "Settings")."""

from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent

Mode = Literal["plain", "compatible", "safe"]
Account = Literal["subscription", "service"]


class Settings(BaseSettings):
    """What an operator may set; every name is an environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(env_file=None, env_ignore_empty=True, extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = 8080
    data_dir: Path = ROOT / "var"
    database_url: str | None = None
    redis_url: str | None = None

    wechat_app_id: str = "wx0000000000000000"
    wechat_app_secret: SecretStr = SecretStr("")
    wechat_token: SecretStr = SecretStr("")
    wechat_encoding_aes_key: SecretStr = SecretStr("")
    wechat_previous_encoding_aes_key: SecretStr = SecretStr("")
    wechat_mode: Mode = "safe"
    wechat_account: Account = "subscription"
    wechat_verified: bool = True
    wechat_api_base: str = "https://api.weixin.qq.com"
    wechat_message_template: str = ""  # id of the account's template for notices (`config/notices.toml`)
    wechat_subscription_template: str = ""  # id of its subscription notification, long-term or one-time

    pii_key: SecretStr = SecretStr("")
    sandbox: bool = False
    smtp_url: SecretStr = SecretStr("")
    reception_mailbox: str = "lxzscjgj@163.com"
    head_mailbox: str = ""  # of the head of office, for what is overdue; default: the reception's
    public_base_url: str = ""
    local_holidays: bool = False
    user_messages_per_minute: int = Field(default=300, ge=10)
    warning_steps: Literal["1", "3"] = "1"  # approvals of a warning: 审核, or 初审 复审 终审
    question_days: int = Field(default=30, ge=1)  # unanswered questions are purged after so many days
    purge_days: int = Field(default=730, ge=30)  # personal data of a case, after it was closed
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    @cached_property
    def sql_url(self) -> str:
        """SQLAlchemy's async URL: `DATABASE_URL`, or SQLite in the data folder."""
        if not self.database_url:
            return f"sqlite+aiosqlite:///{self.data_dir / 'linxia.db'}"
        for plain in ("postgresql://", "postgres://"):
            if self.database_url.startswith(plain):
                return "postgresql+asyncpg://" + self.database_url.removeprefix(plain)
        return self.database_url
