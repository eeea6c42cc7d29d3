"""Chinese numerals and digits are the same number: 七 = 7, 六十 = 60, 三十三 = 33, 二〇二五 = 2025."""

import re

DIGITS = "〇一二三四五六七八九"
_VALUE = {char: value for value, char in enumerate(DIGITS)} | {"零": 0, "两": 2}
_SCALE = {"十": 10, "百": 100, "千": 1000}
_MYRIAD = {"万": 10_000, "亿": 100_000_000}
RUN = re.compile(rf"[{''.join(_VALUE)}{''.join(_SCALE)}{''.join(_MYRIAD)}]+")


def to_number(numeral: str) -> int | None:
    """The value of a Chinese numeral, or None where the characters are no number (“十四五”, “万”)."""
    if not numeral or any(char not in _VALUE and char not in _SCALE | _MYRIAD for char in numeral):
        return None
    if all(char in _VALUE for char in numeral):
        return int("".join(str(_VALUE[char]) for char in numeral))
    return _by_place(numeral)


def _by_place(numeral: str) -> int | None:
    total = section = 0
    digit: int | None = None
    scale = 10_000
    for char in numeral:
        if char in _VALUE:
            if digit:  # two digits in a row do not belong to one number: “十四五”
                return None
            digit = _VALUE[char]
            continue
        if char in _SCALE:
            if _SCALE[char] >= scale or (digit is None and char != "十"):
                return None
            scale = _SCALE[char]
            section += (1 if digit is None else digit) * scale
        else:
            section += digit or 0
            if not section:
                return None
            whole = char == "亿"  # 亿 counts all that stands before it (一万亿), 万 only what follows 亿
            total = (total + section) * _MYRIAD[char] if whole else total + section * _MYRIAD[char]
            section, scale = 0, 10_000
        digit = None
    return total + section + (digit or 0)


def in_chinese(number: int) -> str:
    """The Chinese numeral of 0 to 9999, as statutes print article numbers (33 → 三十三)."""
    if not 0 <= number <= 9999:
        raise ValueError(f"no article has the number {number}")
    if number < 10:
        return DIGITS[number].replace("〇", "零")
    text = ""
    for scale, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, scale)
        if digit:
            text += DIGITS[digit] + name
        elif text and number and not text.endswith("零"):
            text += "零"
    return text.removeprefix("一") if text.startswith("一十") else text


def as_digits(text: str) -> str:
    """`text` with every Chinese numeral written in digits; runs that are no number stay as they are."""
    return RUN.sub(_replace, text)


def _replace(match: re.Match[str]) -> str:
    number = to_number(match.group())
    return match.group() if number is None else str(number)
