"""Text made comparable: width, white space and quotation marks do not count; sentences."""

import re
import unicodedata

_SAME = {"‘": "“", "’": "”", "—": "-", "–": "-", "−": "-", "‐": "-", "‑": "-", "~": "-"}
_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?]+[”’）)]*|[^。！？!?\n]+")
_CLAUSE = re.compile(r"[^；;]+[；;]?")
_FULL = str.maketrans(",:;?()", "，：；？（）")
_HALF_BESIDE_CHINESE = re.compile(r"(?<=[一-龥”》〕）)%])[,:;?()]|[,:;?()](?=[一-龥“《〔（])")
_INNER = str.maketrans("“”", "‘’")


def plain(text: str) -> str:
    """`text` in NFKC, lower case, without white space, with one form of dash and of quotation mark."""
    return "".join(folded(text).casefold().split())


def folded(text: str) -> str:
    """`text` in NFKC, with one form of dash and of quotation mark."""
    text = unicodedata.normalize("NFKC", text)
    for mark, same in _SAME.items():  # faster than translate() on Chinese
        text = text.replace(mark, same)
    return text


def sentences(text: str) -> list[str]:
    """The sentences of `text`, with their closing marks; nothing is lost but the white space around them."""
    return [part.strip() for part in _SENTENCE.findall(text) if part.strip()]


def clauses(sentence: str) -> list[str]:
    """A sentence cut at its semicolons."""
    return _CLAUSE.findall(sentence)


def for_reading(text: str) -> str:
    """`text` with full-width marks beside Chinese; the copies we hold print half-width ones."""
    return _HALF_BESIDE_CHINESE.sub(lambda mark: mark.group().translate(_FULL), text)


def in_quotes(text: str) -> str:
    """`text` in quotation marks, those inside it made single."""
    return f"“{text.translate(_INNER)}”"
