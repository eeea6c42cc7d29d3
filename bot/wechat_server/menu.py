"""The menu: three buttons, five below each, short names."""

from typing import Any

from bot.wechat_server.errors import ApiError

BUTTONS, SUB_BUTTONS = 3, 5
NAME_CHARS, SUB_NAME_CHARS = 4, 8  # Chinese characters; two Latin ones count as one
KEY_BYTES, URL_BYTES = 128, 1024
TYPES = {
    "click": "key",
    "view": "url",
    "scancode_push": "key",
    "scancode_waitmsg": "key",
    "pic_sysphoto": "key",
    "pic_photo_or_album": "key",
    "pic_weixin": "key",
    "location_select": "key",
}

Button = dict[str, Any]


class Menu:
    """What stands at the foot of the chat. `buttons` is empty until the account has created a menu."""

    def __init__(self) -> None:
        self.buttons: list[Button] = []

    def create(self, buttons: list[Button]) -> None:
        """Replace the menu. ApiError 40016 to 40025 for what does not fit."""
        if not 1 <= len(buttons) <= BUTTONS:
            raise ApiError(40016)
        for button in buttons:
            _check(button)
        self.buttons = buttons

    def delete(self) -> None:
        """No menu any more."""
        self.buttons = []


def width(text: str) -> float:
    """Length in Chinese characters."""
    return sum(1.0 if ord(char) > 0xFF else 0.5 for char in text)


def _check(button: Button) -> None:
    if not 0 < width(str(button.get("name", ""))) <= NAME_CHARS:
        raise ApiError(40018)
    below = button.get("sub_button") or []
    if len(below) > SUB_BUTTONS:
        raise ApiError(40023)
    if not below:
        _check_action(button)
    for sub in below:
        if not 0 < width(str(sub.get("name", ""))) <= SUB_NAME_CHARS:
            raise ApiError(40025)
        _check_action(sub)


def _check_action(button: Button) -> None:
    needed = TYPES.get(str(button.get("type", "")))
    if needed is None:
        raise ApiError(40017)
    value, most, code = (
        (button.get("url"), URL_BYTES, 40020) if needed == "url" else (button.get("key"), KEY_BYTES, 40019)
    )
    if not isinstance(value, str) or not 0 < len(value.encode()) <= most:
        raise ApiError(code)
