"""Categories and places in what a citizen writes: numbers (“1 3 5”, “1、3”, “135”) or their names."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from config.warnings import Category, Place, warning_rules

_NUMERALS = str.maketrans("一二三四五六七八九①②③④⑤⑥⑦⑧⑨", "123456789123456789")
_ONLY_NUMBERS = re.compile(r"(?:[选要订收看]|第|和|跟|还有|号|个|类|项|[\s,，、。.;；/+-])*")


def categories_in(text: str) -> tuple[str, ...]:
    """Ids of the categories that `text` names, in their order; () if it names none."""
    rules = warning_rules()
    return _chosen(text, tuple(rules.categories)) or _named(text, rules.categories)


def places_in(text: str) -> tuple[str, ...]:
    """Codes of the places that `text` names, in their order."""
    rules = warning_rules()
    return _chosen(text, tuple(rules.places)) or places_named(text)


def categories_named(text: str) -> tuple[str, ...]:
    """As `categories_in`, by name only: “食品” counts, “1” does not."""
    return _named(text, warning_rules().categories)


def places_named(text: str) -> tuple[str, ...]:
    """As `places_in`, by name only."""
    return _named(text, warning_rules().places)


def _chosen(text: str, codes: Sequence[str]) -> tuple[str, ...]:
    """The codes behind the digits, if the message is nothing but digits and what joins them."""
    plain = unicodedata.normalize("NFKC", text).translate(_NUMERALS)
    digits = [int(digit) for digit in re.findall(r"[0-9]", plain)]
    if not digits or _ONLY_NUMBERS.fullmatch(re.sub(r"[0-9]", "", plain)) is None:
        return ()
    # “135” is three numbers, a telephone number none: nobody chooses the same thing twice.
    if len(set(digits)) < len(digits) or not all(1 <= digit <= len(codes) for digit in digits):
        return ()
    return tuple(code for number, code in enumerate(codes, start=1) if number in digits)


def _named(text: str, known: Mapping[str, Category | Place]) -> tuple[str, ...]:
    """By words, the longest first, each letter read once: “儿童用品” is not also “用品”."""
    found: set[str] = set()
    words = [(word, code) for code, each in known.items() for word in each.words]
    for word, code in sorted(words, key=lambda pair: -len(pair[0])):
        if word in text:
            found.add(code)
            text = text.replace(word, "\0")
    return tuple(code for code in known if code in found)


def numbered(known: Mapping[str, Category | Place]) -> str:
    """“1 食品” …, one a line."""
    return "\n".join(f"{number} {each.name}" for number, each in enumerate(known.values(), start=1))
