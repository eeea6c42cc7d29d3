"""One way of writing for what citizens type in a hundred ways; wordings pass through here too."""

import re
import unicodedata
from functools import cache

from config.words import Words, words

HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_LONGEST = 600  # characters that are looked at; a longer story says what it wants by then

_BRACKET_EMOJI = re.compile(r"\[([\u4e00-\u9fffA-Za-z0-9]{1,4})\]")
_PICTURE = re.compile(_BRACKET_EMOJI.pattern + "|.", re.DOTALL)
OTHER_PICTURE = "发个表情"
_PUNCTUATION = str.maketrans(
    {"。": ".", "、": ",", "：": ":", "；": ";", "“": '"', "”": '"', "‘": "'", "’": "'", "…": ".", "～": "~"}
)
_REPEATED = re.compile(r"([^\da-z])\1{2,}")
_REPEATED_MARK = re.compile(r"([,.;:!?~])\1+")
_BREAK = re.compile(r"[,.;:!?~\n]+")
_NOT_TEXT = re.compile(rf"[^{HAN}0-9a-z%@]+")
_PAUSE = re.compile(rf"(?<=[{HAN}])[ \t]+(?=[{HAN}])")  # many type a blank where a comma belongs
_GAP = re.compile(rf"(?<=[{HAN}0-9])\s+(?=[{HAN}0-9])")
_CHINESE_NUMBER = re.compile(
    r"(?<![几第零〇一二两三四五六七八九十百])([零〇一二两三四五六七八九十百]{1,7})(?=个?(?:天|日|号|元|块|毛|万|千|倍|份|层|楼|户|家|人|点|年|月|小时|分(?!之)|次|批|页|名|项|条))"
)
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_YES_NO = re.compile(rf"(?<=[{HAN}])(?<!不)不(?=$|[,.;:!?~\n])")
_OBJECT_MARK = re.compile(rf"(?<=[{HAN}])哈(?=[{HAN}])(?!哈)(?<!哈哈)")
_WORD = re.compile(r"[a-z][a-z'\-]*")


def normalise(text: str) -> str:
    """Return `text` in simplified characters, half width, lower case, standard words, with marks `,.;!?`.

    Fillers and polite wrappings are gone; nothing that carries meaning is.
    """
    plain = numbers(standard(english(plain_text(text))))
    parts = [unwrap(part) for part in _BREAK.split(plain)]
    marks = _BREAK.findall(plain)
    held = [p + m[0] for p, m in zip(parts, [*marks, " "], strict=False) if p]
    said = [one for one in held if one[:-1] not in words().openings]  # “你好，……” is no clause of its own
    joined = "".join(said or held[-1:])
    return joined.strip() or plain.strip(" ,.;:!?~\n")


def bare(normal: str) -> str:
    """A normalised text without punctuation and blanks: what is compared."""
    return _NOT_TEXT.sub("", normal)


def plain_text(text: str) -> str:
    """Width, script, case, emoji, repetitions; the words stay as they are."""
    folded = unicodedata.normalize("NFKC", text[:_LONGEST])
    kept = "".join(c for c in folded if _kept(c))
    simple = _simplify(_BRACKET_EMOJI.sub(" ", kept).translate(_PUNCTUATION).lower())
    once = _REPEATED_MARK.sub(r"\1", _REPEATED.sub(r"\1\1", simple))
    return _GAP.sub("", _PAUSE.sub(",", once)).strip()


def pictured(text: str) -> str:
    """What the first picture of a wordless text says (“[强][强]”, “🌹”); "" if there is none."""
    table = _pictures()
    for found in _PICTURE.finditer(unicodedata.normalize("NFKC", text[:_LONGEST])):
        name = found.group(1) or found.group()
        if name in table:
            return table[name]
        if found.group(1) or unicodedata.category(name) == "So":
            return OTHER_PICTURE
    return ""


def standard(plain: str) -> str:
    """Dialect words and slips replaced by the standard words."""
    pattern, table = _replacements()
    text = _YES_NO.sub("吗", _OBJECT_MARK.sub("", plain))
    return pattern.sub(lambda m: table[m.group()], text)


def english(plain: str) -> str:
    """English words that stand among Chinese ones (or alone) replaced by Chinese words."""
    table = words().english
    for phrase in (p for p in table if " " in p):
        plain = plain.replace(phrase, table[phrase])
    if not _mostly_english(plain, table):
        return plain
    return _WORD.sub(lambda m: table.get(m.group(), m.group()), plain)


def numbers(plain: str) -> str:
    """Chinese numerals before a unit as digits (“二十天” → “20天”); names such as “十四五” stay."""
    return _CHINESE_NUMBER.sub(lambda m: _value(m.group(1)), plain)


def unwrap(clause: str) -> str:
    """Polite openings and endings and fillers taken off a clause, as long as something is left."""
    lists = words()
    text = clause.strip()
    for filler in lists.fillers:
        text = _unless_empty(text, text.replace(filler, ""))
    opening, ending = _wrappings()
    while (found := opening.match(text)) and len(text) > found.end():
        text = text[found.end() :].strip()
    while (found := ending.search(text)) and found.start() > 0:
        text = text[: found.start()].strip()
    return text


def _kept(char: str) -> bool:
    kind = unicodedata.category(char)
    return char in "\n " or kind[0] in "LNP" or kind in ("Sm", "Sc", "Zs")


def _mostly_english(plain: str, table: dict[str, str]) -> bool:
    """Pinyin looks like English (“he”, “you”): a text of mostly unknown words is left alone."""
    found = _WORD.findall(plain)
    if not found:
        return False
    known = sum(w in table for w in found)
    return re.search(f"[{HAN}]", plain) is not None or known * 2 >= len(found)


def _value(numeral: str) -> str:
    if numeral in ("一", "百"):  # “一天学没上过”, “百分之几”: not a count
        return numeral
    if not any(c in numeral for c in "十百"):
        return "".join(str(_DIGITS[c]) for c in numeral)
    total, current = 0, 0
    for char in numeral:
        if char in _DIGITS:
            current = _DIGITS[char]
        else:
            total += (current or 1) * (10 if char == "十" else 100)
            current = 0
    return str(total + current)


def _unless_empty(before: str, after: str) -> str:
    return after.strip() or before


@cache
def _replacements() -> tuple[re.Pattern[str], dict[str, str]]:
    lists: Words = words()
    table = {**lists.typos, **lists.dialect}
    longest_first = sorted(table, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))), table


@cache
def _wrappings() -> tuple[re.Pattern[str], re.Pattern[str]]:
    lists = words()
    first = "|".join(map(_opening, sorted(lists.openings, key=len, reverse=True)))
    last = "|".join(map(re.escape, sorted(lists.endings, key=len, reverse=True)))
    return re.compile(f"(?:{first})"), re.compile(f"(?:{last})$")


def _opening(phrase: str) -> str:
    """“那” opens a question (“那传真呢”), unless it points at something (“那么多”, “那个”)."""
    return re.escape(phrase) + ("(?![么个些里边种样天年家份几位块])" if phrase == "那" else "")


@cache
def _converter() -> object:
    from opencc import OpenCC

    return OpenCC("t2s")


def _simplify(text: str) -> str:
    convert = getattr(_converter(), "convert")  # noqa: B009
    return str(convert(text))


@cache
def _pictures() -> dict[str, str]:
    return {name: said for said, names in words().pictures.items() for name in names.split()}
