"""The account's menu, as `menu.toml` says it, checked against WeChat's limits."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

FILE = Path(__file__).parent / "menu.toml"


class Button(BaseModel):
    """Says `text` for the citizen, starts the flow `intent`, or opens `url`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=8)
    key: str = Field(default="", max_length=128)
    text: str = ""
    intent: str = ""
    url: str = ""

    @model_validator(mode="after")
    def _does_one_thing(self) -> "Button":
        if sum(map(bool, (self.text, self.intent, self.url))) != 1:
            raise ValueError(f"{self.name}: a button has a text, an intent or an url")
        if not self.url and not self.key:
            raise ValueError(f"{self.name}: a button that clicks needs a key")
        return self


class Column(BaseModel):
    """One of the three columns at the foot of the chat."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=4)
    button: tuple[Button, ...] = Field(min_length=1, max_length=5)


class Menu(BaseModel):
    """The whole menu."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: tuple[Column, ...] = Field(min_length=1, max_length=3)

    def find(self, key: str) -> Button | None:
        """The button that sends this key, if it is still on the menu."""
        buttons = (button for column in self.column for button in column.button)
        return next((button for button in buttons if button.key == key), None)

    def as_wechat(self) -> dict[str, Any]:
        """The body that `menu/create` takes."""
        return {
            "button": [
                {"name": column.name, "sub_button": [_as_wechat(button) for button in column.button]}
                for column in self.column
            ]
        }


def _as_wechat(button: Button) -> dict[str, str]:
    if button.url:
        return {"type": "view", "name": button.name, "url": button.url}
    return {"type": "click", "name": button.name, "key": button.key}


@cache
def menu() -> Menu:
    """The menu, read once."""
    return Menu.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))
