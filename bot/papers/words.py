"""How dates, choices and hidden data read on paper."""

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime

from handlers.cases.model import SHANGHAI
from handlers.forms.checks.masks import mask_paper, mask_phone

BLANK = "＿＿＿＿＿＿"  # in the running text of a letter: to be filled in by hand

_PHONE = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8})(?!\d)")
_ID = re.compile(r"(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])")
_MAIL = re.compile(r"[\w.+%-]+@[\w.-]+")


def in_chinese(value: date | datetime) -> str:
    """2026年11月2日; a moment with its local time, 2026年11月2日9时30分."""
    if not isinstance(value, datetime):
        return f"{value.year}年{value.month}月{value.day}日"
    local = value.astimezone(SHANGHAI) if value.tzinfo else value
    return f"{in_chinese(local.date())}{local.hour}时" + (f"{local.minute:02}分" if local.minute else "")


def day_from(value: object) -> str:
    """A date as event data hold it (ISO, or in words already) in Chinese."""
    try:
        return in_chinese(date.fromisoformat(str(value)))
    except ValueError:
        return str(value)


def moment_from(value: object) -> str:
    """A moment as event data hold it (ISO, or in words already) in Chinese."""
    text = str(value)
    try:
        return in_chinese(datetime.fromisoformat(text)) if len(text) > 10 else day_from(text)
    except ValueError:
        return text


def ticked(options: Sequence[str], chosen: object) -> str:
    """“☑纸面　☐电子邮件”; what was chosen but is no option stands at the end."""
    picked: Collection[str] = chosen if isinstance(chosen, list | tuple) else [str(chosen)] if chosen else []
    other = [text for text in picked if text not in options]
    marks = [f"{'☑' if option in picked else '☐'}{option}" for option in options]
    return "　".join([*marks, *(f"☑{text}" for text in other)])


def yes_no(value: object) -> str:
    """A yes/no question as boxes; neither is ticked where it was not answered."""
    return ticked(("是", "否"), {True: "是", False: "否"}.get(value) if isinstance(value, bool) else value)


def mask_name(name: str) -> str:
    """马**: the surname stays."""
    return name[:1] + "*" * (len(name) - 1) if len(name) > 1 else name


def mask_address(address: str) -> str:
    """The county stays: 临夏市****."""
    return address[:3] + "****" if len(address) > 3 else "****"


def mask_mail(address: str) -> str:
    """a***@163.com."""
    name, at, host = address.partition("@")
    return f"{name[:1]}***{at}{host}"


def mask_text(text: str) -> str:
    """Free text with the numbers and mail addresses in it hidden."""
    text = _ID.sub(lambda found: mask_paper(found[0]), text)
    text = _PHONE.sub(lambda found: mask_phone(found[0]), text)
    return _MAIL.sub(lambda found: mask_mail(found[0]), text)
