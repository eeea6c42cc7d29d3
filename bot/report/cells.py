"""Values that go into spreadsheets: every office suite runs a cell that begins like a formula."""

import re
from typing import Final

# = + - @ begin formulas, tab and carriage return let one follow; full-width forms are read the same by some.
RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # XML cannot hold them
_PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?")

Value = str | int | float | None


def safe(value: Value) -> str | int | float:
    """The value as it may stand in a cell: text that would be a formula begins with an apostrophe."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    text = _CONTROL.sub("", value)
    if text.lstrip(" \u3000").startswith(RISKY) and not _PLAIN_NUMBER.fullmatch(text):
        return "'" + text
    return text
