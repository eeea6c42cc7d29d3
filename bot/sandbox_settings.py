"""The sandbox signs and encrypts for real: what the operator did not set is made up once and kept."""

import base64
import json
import os
import secrets
from pathlib import Path

from pydantic import SecretStr

from config.settings import Settings

NAMES = ("wechat_app_id", "wechat_app_secret", "wechat_token", "wechat_encoding_aes_key")


API_PATH = "/sandbox/weixin"  # where the local WeChat API is mounted


def own_address(settings: Settings) -> str:
    """How this very process is reached from itself."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 no binding
    return f"http://{host}:{settings.port}"


def with_sandbox_secrets(settings: Settings) -> Settings:
    """`settings` with a complete WeChat account; made-up parts live in `DATA_DIR/sandbox.json` (mode 600).

    What the bot sends goes to the local WeChat API, unless WECHAT_API_BASE names another.
    """
    if not settings.sandbox:
        return settings
    kept = _kept(settings.data_dir / "sandbox.json")
    missing = {name: kept[name] for name in NAMES if not _is_set(settings, name)}
    update: dict[str, object] = {
        name: value if name == "wechat_app_id" else SecretStr(value) for name, value in missing.items()
    }
    if not _is_set(settings, "wechat_api_base"):
        update["wechat_api_base"] = own_address(settings) + API_PATH
    return settings.model_copy(update=update)


def _is_set(settings: Settings, name: str) -> bool:
    value = getattr(settings, name)
    if isinstance(value, SecretStr):
        return bool(value.get_secret_value())
    return bool(value != Settings.model_fields[name].default)


def _kept(path: Path) -> dict[str, str]:
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return kept
    made = {
        "wechat_app_id": f"wx{secrets.token_hex(8)}",
        "wechat_app_secret": secrets.token_hex(16),
        "wechat_token": secrets.token_hex(16),
        "wechat_encoding_aes_key": base64.b64encode(secrets.token_bytes(32)).decode().rstrip("="),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(made, file, indent=1)
    return made
