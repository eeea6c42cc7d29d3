"""The menu at the foot of the chat."""

from collections.abc import Sequence
from typing import Any

from bot.wechat_api.calls import Calls
from bot.wechat_api.errors import WeChatError

CREATE, GET, DELETE = "/cgi-bin/menu/create", "/cgi-bin/menu/get", "/cgi-bin/menu/delete"
NO_MENU = 46003


class MenuApi:
    """menu/create, get, delete. Users see a change after up to five minutes."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def create(self, buttons: Sequence[dict[str, Any]]) -> None:
        """Replace the menu: at most three buttons, five below each."""
        await self._calls.post(CREATE, {"button": list(buttons)})

    async def get(self) -> list[dict[str, Any]]:
        """The buttons as they are now; empty when there is no menu."""
        try:
            answer = await self._calls.get(GET)
        except WeChatError as error:
            if error.code == NO_MENU:
                return []
            raise
        buttons = answer.get("menu", {}).get("button", [])
        return [button for button in buttons if isinstance(button, dict)]

    async def delete(self) -> None:
        """Take the menu away."""
        await self._calls.get(DELETE)
