"""Numbered choices: by digit, by their words, by words that come near."""

import re
import unicodedata
from collections.abc import Sequence

from rapidfuzz import fuzz, process

from config.forms import Option
from handlers.forms.checks.misfit import Misfit, tidy
from intents.commands import choice, command
from intents.normalise import plain_text

NEAR = 75  # rapidfuzz's ratio from which a word means an option
_NUMBERS = re.compile(r"[0-9]+|[一二三四五六七八九十]")
_ONLY_NUMBERS = re.compile(r"^[\s0-9一二三四五六七八九十、,，.。和跟与及第个选]+$")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九十")}


def one_of(value: object, options: Sequence[Option]) -> str:
    """The key of the chosen option."""
    if isinstance(value, bool):
        raise Misfit("choice", count=len(options))
    text = unicodedata.normalize("NFKC", tidy(value))
    for option in options:
        if text == option.key:
            return option.key
    number = choice(text)
    if number:
        if number > len(options):
            raise Misfit("choice_number", count=len(options))
        return options[number - 1].key
    return _by_words(text, options)


def _by_words(text: str, options: Sequence[Option]) -> str:
    said = plain_text(text).strip(" ,.;:!?~")
    words = {plain_text(word): option.key for option in options for word in option.called}
    if said in words:
        return words[said]
    within = {key for word, key in words.items() if len(word) > 1 and word in said}
    if len(within) > 1:  # “不是自己用的” holds 自己用 too: the longest word wins if it holds the others
        longest = max((word for word in words if word in said), key=len)
        others = (word for word in words if len(word) > 1 and word in said)
        within = {words[longest]} if all(word in longest for word in others) else within
    if len(within) == 1:
        return within.pop()
    part_of = {key for word, key in words.items() if len(said) > 2 and said in word}
    if len(part_of) == 1:
        return part_of.pop()
    near = process.extract(said, list(words), scorer=fuzz.ratio, score_cutoff=NEAR, limit=3)
    keys = {words[word] for word, score, _ in near if score >= near[0][1] - 5}
    if len(keys) == 1:
        return keys.pop()
    raise Misfit("choice", count=len(options))


def several_of(value: object, options: Sequence[Option]) -> list[str]:
    """The keys of the chosen options, in the options' order; at least one."""
    if isinstance(value, list):
        known = [option.key for option in options]
        if any(key not in known for key in value):
            raise Misfit("choice", count=len(options))
        return [key for key in known if key in value]
    text = tidy(value)
    chosen = _by_numbers(text, options) if _ONLY_NUMBERS.match(text) else _all_words(text, options)
    if not chosen:
        chosen = {one_of(text, options)}
    return [option.key for option in options if option.key in chosen]


def _by_numbers(text: str, options: Sequence[Option]) -> set[str]:
    numbers: list[int] = []
    for part in _NUMBERS.findall(text):
        value = int(part) if part.isdigit() else _DIGITS[part]
        # “16” means 1 and 6 where there are fewer than ten options.
        numbers += [value] if value <= len(options) else [int(digit) for digit in str(value)]
    if not all(1 <= number <= len(options) for number in numbers):
        raise Misfit("choice_number", count=len(options))
    return {options[number - 1].key for number in numbers}


def _all_words(text: str, options: Sequence[Option]) -> set[str]:
    said = plain_text(text)
    return {option.key for option in options if any(len(w) > 1 and w in said for w in option.called)}


_NO = re.compile(r"^(?:不|没|否|别|无|非|没有|拒)|不(?:同意|可以|接受|愿意|行|想|要|用)")
_FINE = re.compile(r"没问题|没意见|没关系|没事|不错|不反对|不介意|都(?:行|可以|能|好|成)")
_YES = re.compile(r"^(?:是|对|好|行|可以|能|成|中|同意|接受|愿意|嗯|恩|要|有|公示|委托|1)")


def yes_or_no(value: object) -> bool:
    """A question that is answered with yes or no; 1 is yes and 2 is no."""
    if isinstance(value, bool):
        return value
    text = plain_text(tidy(value)).strip(" ,.;:!?~")
    number = choice(text)
    if number in (1, 2):
        return number == 1
    if len(text) > 14 or text.endswith(("吗", "呢")):
        raise Misfit("yes_no")
    if _FINE.search(text):
        return True
    if _NO.search(text):
        return False
    if _YES.search(text) or command(text) == "confirm":
        return True
    raise Misfit("yes_no")
