"""Free text and counts."""

import re

from handlers.forms.checks.misfit import Misfit, tidy
from handlers.forms.checks.people import name
from intents.commands import command
from knowledge.numerals import as_digits

SHORTEST, LONGEST = 4, 1500


def story(value: object) -> str:
    """What happened, or what is wanted: a few words at least."""
    text = value.strip() if isinstance(value, str) else tidy(value)
    if len(re.findall(r"\w", text)) < SHORTEST or command(text):
        raise Misfit("text_short")
    if len(text) > LONGEST:
        raise Misfit("text_long", count=len(text), limit=LONGEST)
    return text


def note(value: object) -> str:
    """A short remark; whatever it says."""
    text = tidy(value)
    if len(text) > 200:
        raise Misfit("text_long", count=len(text), limit=200)
    return text


def group_size(value: object) -> int:
    """How many apply together: five at least (guide, 注意事项(1))."""
    if isinstance(value, int) and not isinstance(value, bool):
        count = value
    else:
        found = re.search(r"\d+", as_digits(tidy(value)))
        if not found:
            raise Misfit("number")
        count = int(found[0])
    if count < 5:
        raise Misfit("group_small")
    return count


def representatives(value: object) -> list[str]:
    """One to five names (guide, 注意事项(1))."""
    parts = value if isinstance(value, list) else re.split(r"[、,，;；\s和]+", tidy(value))
    try:
        found = [name(part) for part in parts if part]
    except Misfit as misfit:
        raise Misfit("representatives") from misfit
    if not 1 <= len(found) <= 5:
        raise Misfit("representatives")
    return found


def images(value: object) -> list[str]:
    """Ids of stored images. A text is never one: it only ends the sending (the engine sees to that)."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Misfit("images")
    return value
