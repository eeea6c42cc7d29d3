"""An input that does not fit its field."""

import re
import unicodedata


class Misfit(ValueError):  # noqa: N818 an outcome of ordinary use, not an error of ours
    """`key` names the sentence of `config/texts.toml` ([bad]): what is wrong, how it should look."""

    def __init__(self, key: str, **names: object) -> None:
        super().__init__(key)
        self.key, self.names = key, names


def tidy(value: object) -> str:
    """What was typed, half width, without blanks around it.

    Raises:
        Misfit: it is no text (a stored answer of another kind of field).
    """
    if not isinstance(value, str):
        raise Misfit("empty")
    text = unicodedata.normalize("NFKC", value).strip(" \t\r\n,.;:。，；：、")
    if not text:
        raise Misfit("empty")
    return text


def without_lead(text: str, *leads: str) -> str:
    """`text` without “我叫”, “电话是” … before the value."""
    pattern = "|".join(map(re.escape, sorted(leads, key=len, reverse=True)))
    return re.sub(rf"^(?:{pattern})(?:是|为)?[\s:：,，]*", "", text) or text
