"""Case numbers: `XK` + year + six digits + check digit (disclosure), `TS…` (complaint), `JB…` (report).

The check digit (Damm, over kind, year and sequence) catches every single wrong digit and every swap of two
neighbours, so a typo is caught before any look-up.
"""

import re
import unicodedata
from typing import Literal

from stdnum import damm

Kind = Literal["disclosure", "complaint", "report"]

PREFIXES: dict[Kind, str] = {"disclosure": "XK", "complaint": "TS", "report": "JB"}
KINDS: dict[str, Kind] = {prefix: kind for kind, prefix in PREFIXES.items()}
_DIGIT: dict[str, str] = {"XK": "1", "TS": "2", "JB": "3"}
_SHAPE = re.compile(r"(XK|TS|JB)(\d{4})(\d{6})(\d)")
# What a message that means to give a number looks like, right or not.
_LIKE = re.compile(r"(?<![A-Z0-9])(?:XK|TS|JB)[\s\-]*\d[\d\s\-]{5,16}", re.IGNORECASE)


def format_number(kind: Kind, year: int, sequence: int) -> str:
    """The number of the `sequence`-th case of `kind` in `year` (`XK20260000123`).

    Raises:
        ValueError: the year's six digits are used up.
    """
    if not 0 < sequence < 10**6:
        raise ValueError(f"no six-digit sequence for {sequence}")
    prefix = PREFIXES[kind]
    body = f"{year:04}{sequence:06}"
    return f"{prefix}{body}{damm.calc_check_digit(_DIGIT[prefix] + body)}"


def tidy(text: str) -> str:
    """A typed number in its standard form: half width, capitals, no spaces or dashes."""
    return re.sub(r"[\s\-_.，,]", "", unicodedata.normalize("NFKC", text)).upper()


def valid(number: str) -> bool:
    """Whether a tidy number has the right shape and check digit."""
    found = _SHAPE.fullmatch(number)
    return found is not None and bool(damm.is_valid(_DIGIT[found[1]] + found[2] + found[3] + found[4]))


def kind_of(number: str) -> Kind:
    """The kind that a valid number's prefix names."""
    return KINDS[number[:2]]


def find_number(text: str) -> str:
    """The first thing in `text` that means to be a case number, tidied; "" if there is none."""
    found = _LIKE.search(unicodedata.normalize("NFKC", text))
    return tidy(found[0]) if found else ""
