"""Days in words: “11月3号”, “上个月底”, “昨天”, “三个月前”, “去年秋天”. What is vague stays vague."""

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta

from handlers.forms.checks.misfit import Misfit, tidy
from knowledge.numerals import as_digits

_FULL = re.compile(r"(20\d\d|19\d\d|\d\d)\s*[年./\-]\s*(1[0-2]|0?[1-9])\s*[月./\-]\s*(3[01]|[12]\d|0?[1-9])")
_MONTH_DAY = re.compile(r"(?<!\d)(1[0-2]|0?[1-9])\s*[月./\-]\s*(3[01]|[12]\d|0?[1-9])\s*[日号]?(?!\d)")
_MONTH = re.compile(r"(?:(20\d\d|19\d\d)\s*[年./\-]\s*)?(1[0-2]|0?[1-9])\s*月")
_YEAR = re.compile(r"(20\d\d|19\d\d)\s*年?")
_DAYS = {"今天": 0, "刚才": 0, "刚刚": 0, "今早": 0, "昨天": 1, "昨晚": 1, "前天": 2, "大前天": 3}
_WEEK = (
    {c: i for i, c in enumerate("一二三四五六")}
    | {str(i + 1): i for i in range(6)}
    | {"日": 6, "天": 6, "末": 5}
)
_WHERE = re.compile(r"(月初|上旬|月中|中旬|月底|月末|下旬|初|底)")
_SPOT = {"月初": "初", "上旬": "初", "初": "初", "月中": "中旬", "中旬": "中旬"}
_YEARS = {"今年": 0, "去年": 1, "前年": 2, "大前年": 3}

Reader = Callable[[str, date], date | str | None]


def day_in_words(value: object, today: date) -> str:
    """“2026年11月3日”, or as much of it as was said (“2026年10月底”, “2024年”).

    Raises:
        Misfit: no day is in it, there is no such day, or it has not come yet.
    """
    text = tidy(value)
    for read in _READERS:
        found = read(as_digits(text) if read is not _week else text, today)
        if isinstance(found, date):
            if found > today:
                raise Misfit("day_future")
            return f"{found.year}年{found.month}月{found.day}日"
        if found:
            return found
    raise Misfit("day")


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Misfit("day_unreal", day=f"{month}月{day}日") from error


def _full(text: str, today: date) -> date | None:
    found = _FULL.search(text)
    if not found:
        return None
    year = int(found[1])
    return _day(year + 2000 if year < 100 else year, int(found[2]), int(found[3]))


def _relative_day(text: str, today: date) -> date | None:
    word = next((word for word in sorted(_DAYS, key=len, reverse=True) if word in text), None)
    return today - timedelta(days=_DAYS[word]) if word else None


def _week(text: str, today: date) -> date | None:
    found = re.search(r"(上上|上|这|本)个?(?:周|星期|礼拜)([一二三四五六日天末1-6])", text)
    if not found:
        return None
    back = {"上上": 2, "上": 1}.get(found[1], 0)
    monday = today - timedelta(days=today.weekday() + 7 * back)
    return monday + timedelta(days=_WEEK[found[2]])


def _ago(text: str, today: date) -> date | str | None:
    if "半年前" in text or "半年多" in text:
        return _month_text(*_months_back(today, 6))
    if re.search("半个?月前", text):
        return today - timedelta(days=15)
    found = re.search(r"(\d+)\s*(天|日|周|个?星期|个?礼拜|个?月|年)(?:多|半)?(?:以前|之前|前)", text)
    if not found:
        return None
    count, unit = int(found[1]), found[2].removeprefix("个")
    if unit == "年":
        return f"{today.year - count}年"
    if unit == "月":
        return _month_text(*_months_back(today, count))
    if count > 5000:
        raise Misfit("day")
    return today - timedelta(days=count * (1 if unit in "天日" else 7))


def _named_month(text: str, today: date) -> str | date | None:
    """上个月底, 这个月3号, 本月初."""
    found = re.search(r"(上上个?月|上个?月|这个?月|本月)", text)
    if not found:
        return None
    back = 2 if found[1].startswith("上上") else 1 if found[1].startswith("上") else 0
    year, month = _months_back(today, back)
    if day := re.search(r"月(?:的)?(\d{1,2})[日号]?", text):
        return _day(year, month, int(day[1]))
    return _month_text(year, month, _spot(text[found.end() - 1 :]))


def _day_alone(text: str, today: date) -> date | None:
    """“3号”: of this month, or of the last one if that day is still to come."""
    found = re.fullmatch(r"(?:就是|是|大概)?(\d{1,2})[日号]", text)
    if not found:
        return None
    day = int(found[1])
    back = 0 if day <= today.day else 1
    return _day(*_months_back(today, back), day)


def _month_day(text: str, today: date) -> date | None:
    found = _MONTH_DAY.search(text)
    if not found:
        return None
    month, day = int(found[1]), int(found[2])
    year = _said_year(text, today)
    if year is None:
        year = today.year if (month, day) <= (today.month, today.day) else today.year - 1
    return _day(year, month, day)


def _month(text: str, today: date) -> str | None:
    found = _MONTH.search(text)
    if not found:
        return None
    month = int(found[2])
    year = int(found[1]) if found[1] else _said_year(text, today)
    if year is None:
        year = today.year if month <= today.month else today.year - 1
    if (year, month) > (today.year, today.month):
        raise Misfit("day_future")
    return _month_text(year, month, _spot(text[found.end() - 1 :]))


def _year(text: str, today: date) -> str | None:
    found = _YEAR.search(text)
    year = int(found[1]) if found else _said_year(text, today)
    if year is None:
        return None
    if year > today.year:
        raise Misfit("day_future")
    part = re.search(r"[春夏秋冬]天|上半年|下半年|年初|年底|国庆|春节|过年|五一|元旦|中秋|端午|清明", text)
    return f"{year}年{part[0].replace('年初', '初').replace('年底', '底') if part else ''}"


def _said_year(text: str, today: date) -> int | None:
    word = next((word for word in sorted(_YEARS, key=len, reverse=True) if word in text), None)
    return today.year - _YEARS[word] if word else None


def _months_back(today: date, count: int) -> tuple[int, int]:
    months = today.year * 12 + today.month - 1 - count
    if months < 12:
        raise Misfit("day")
    return months // 12, months % 12 + 1


def _spot(text: str) -> str:
    found = _WHERE.search(text)
    return _SPOT.get(found[1], "底") if found else ""


def _month_text(year: int, month: int, spot: str = "") -> str:
    return f"{year}年{month}月{spot}"


def find_day(text: str) -> str:
    """The words of a sentence that say when something was bought, or ""."""
    found = _BOUGHT.search(text)
    return found[0] if found else ""


def latest(value: str) -> date:
    """The last day that a value of `day_in_words` can mean."""
    year, month, day = (int(part) if part else 0 for part in _PARTS.findall(value)[0])
    month = month or 12
    return date(year, month, day or calendar.monthrange(year, month)[1])


_BOUGHT = re.compile(
    r"(?:20\d\d年)?(?<!\d)\d{1,2}月\d{1,2}[日号]|(?:大前天|前天|昨天|今天|上个?月(?:\d{1,2}[日号]|初|底)?"
    r"|上个?(?:周|星期|礼拜)[一二三四五六日天]|(?:今年|去年|前年)(?:\d{1,2}月)?)(?=[^,，。;；]{0,16}[买花订充办吃做装])"
)
_PARTS = re.compile(r"(\d{4})年(?:(\d{1,2})月)?(?:(\d{1,2})日)?")
_READERS: tuple[Reader, ...] = (
    _full, _relative_day, _week, _ago, _named_month, _month_day, _month, _year, _day_alone,
)  # fmt: skip
