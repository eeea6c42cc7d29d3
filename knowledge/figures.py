"""Figures in a text: numbers with their unit, and times of day, whatever way they are written.

七个工作日 = 7个工作日, 100万元 = 1000000元, 百分之五 = 5%, 下午2点半 = 14:30.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from knowledge.numerals import RUN, to_number

# Units that are written in several ways. Of other measure words (家, 种, 份 …) the first character counts.
_UNITS = {
    "个工作日": "工作日",
    "工作日": "工作日",
    "个自然日": "日",
    "自然日": "日",
    "日": "日",
    "天": "日",
    "个月": "月",
    "月": "月",
    "年": "年",
    "个小时": "小时",
    "小时": "小时",
    "分钟": "分钟",
    "元": "元",
    "块钱": "元",
    "倍": "倍",
    "%": "%",
    "楼": "楼",
    "层": "楼",
    "人": "人",
    "名": "人",
    "条": "条",
    "款": "款",
    "项": "项",
    "岁": "岁",
    "周岁": "岁",
    "批次": "批次",
}
_COUNTED = frozenset({"条", "款", "项"})  # with a Chinese numeral these are figures only after 第
_IDLE_ONE = frozenset({"日", "人", "年", "月", *_COUNTED})  # 一天, 一个人, 一年: a way of speaking
_SCALES = {"万": 10_000, "亿": 100_000_000}
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_FIGURE = re.compile(
    rf"(?P<nth>第)?(?:(?P<digits>\d+(?:,\d{{3}})*(?:\.\d+)?)(?P<scale>[万亿])?|(?P<chinese>{RUN.pattern}))"
    rf"[多余]?(?:(?P<unit>{_UNIT})|(?P<measure>[^\W\d_至到左以及和与或的是为内外上下前后起])?)"
)
_TIME = re.compile(r"(?P<part>上午|早上|中午|下午|晚上)?(?P<hour>\d{1,2})[:：](?P<minute>\d{2})(?!\d)")
_OCLOCK = re.compile(
    rf"(?P<part>上午|早上|中午|下午|晚上)?(?P<hour>\d{{1,2}}|{RUN.pattern})点"
    rf"(?:(?P<half>半)|(?P<sharp>[钟整])|(?P<minute>\d{{1,2}}|{RUN.pattern})分)?"
)
_PERCENT = re.compile(rf"百分之({RUN.pattern}|\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and its unit (“” where none follows); a time of day has the unit “时” and counts minutes."""

    value: Decimal
    unit: str
    text: str  # as written


def figures(text: str, *, claimed: bool = True) -> tuple[Figure, ...]:
    """The figures of a text in NFKC.

    With `claimed` (an answer) small Chinese counts that only structure speech (三种方式, 两样, 一天) are
    left out; without (a source) every number is taken.
    """
    times, rest = _take_times(text)
    rest = _PERCENT.sub(r"\1%", rest)
    return (*times, *_numbers(rest, claimed=claimed))


def _take_times(text: str) -> tuple[list[Figure], str]:
    found: list[Figure] = []

    def take(match: re.Match[str]) -> str:
        time = _time(match)
        if time is None:
            return match.group()
        found.append(time)
        return " "

    return found, _OCLOCK.sub(take, _TIME.sub(take, text))


def _time(match: re.Match[str]) -> Figure | None:
    parts = match.groupdict()
    said_as_time = parts["part"] or parts["minute"] or parts.get("half") or parts.get("sharp")
    hour = _integer(parts["hour"])
    minute = 30 if parts.get("half") else _integer(parts["minute"] or "0")
    if hour is None or minute is None or hour > 24 or minute > 59:
        return None
    if not said_as_time and not parts["hour"].isdigit():  # 三点要注意
        return None
    if parts["part"] in ("下午", "晚上") and hour < 12:
        hour += 12
    return Figure(Decimal(hour * 60 + minute), "时", match.group())


def _integer(numeral: str) -> int | None:
    return int(numeral) if numeral.isdigit() else to_number(numeral)


def _numbers(text: str, *, claimed: bool) -> Iterator[Figure]:
    for match in _FIGURE.finditer(text):
        unit = _UNITS.get(match["unit"] or "", "")
        value = _value(match)
        if value is None or (claimed and match["chinese"] and _idle(match, unit)):
            continue
        yield Figure(value, unit or match["measure"] or "", match.group())


def _value(match: re.Match[str]) -> Decimal | None:
    if match["chinese"]:
        number = to_number(match["chinese"])
        return None if number is None else Decimal(number)
    return Decimal(match["digits"].replace(",", "")) * _SCALES.get(match["scale"] or "", 1)


def _idle(match: re.Match[str], unit: str) -> bool:
    """Whether a Chinese numeral only structures speech."""
    numeral = match["chinese"]
    if not unit:
        return len(numeral) == 1 or not set(numeral) & set("十百千万亿")
    if match["nth"]:
        return False
    return unit in _COUNTED or (numeral == "一" and unit in _IDLE_ONE and match["unit"] != "个月")
