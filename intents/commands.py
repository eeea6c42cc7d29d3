"""Command words and digits that choose: only where the message is nothing else, never inside a sentence."""

import re
from functools import cache
from typing import Literal, get_args

from config.words import words
from intents.normalise import plain_text

Command = Literal["back", "edit", "cancel", "resume", "confirm", "skip", "more", "menu", "help", "human"]
COMMANDS: tuple[str, ...] = get_args(Command)

_EDGE = " ,.;:!?~\"'()[]<>《》【】「」\n"
_TAIL = re.compile(r"(?:吧|了|啊|呀|哦|呢|啦|嘛|一下|谢谢)+$")
_CHOICE = re.compile(
    r"^(?:我?(?:选|要|看|问)?(?:择)?的?是?)?第?([0-9]{1,2}|[一二两三四五六七八九])(?:个|号|项|条|种)?"
    r"(?:吧|的|啊)?$"
)
_NUMERALS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}


def command(text: str) -> Command | None:
    """The command that `text` is, or None. “取消。” is one; “怎么取消申请” is not."""
    return _table().get(_core(text)) or _table().get(_TAIL.sub("", _core(text)))


def choice(text: str) -> int | None:
    """The number that `text` chooses (“2”, “选2”, “第二个”, “②”, “2号”), from 1, or None."""
    found = _CHOICE.match(_core(text))
    if not found:
        return None
    number = found.group(1)
    return (_NUMERALS[number] if number in _NUMERALS else int(number)) or None


def _core(text: str) -> str:
    if len(text) > 40:
        return ""
    return plain_text(text).strip(_EDGE)


@cache
def _table() -> dict[str, Command]:
    lists = words().commands
    return {word: name for name in get_args(Command) for word in lists[name]}
