"""Puts a deadline's arithmetic into words for the person who waits for it."""

from datetime import date
from itertools import groupby

from knowledge.deadline import Deadline, TraceDay

_PLAIN = frozenset({"周末", "工作日"})


def explain(deadline: Deadline, began: str = "开始") -> str:
    """A short text such as “11月2日收到，次日起算；其间…不计；第20个工作日是11月30日”.

    `began` says what happened on the first day (收到, 受理 …).
    Weekends are understood; what else is left out (holidays, consultations) is named with its days.
    """
    if deadline.paused or not deadline.date:
        return "期限现在停止计算，恢复后重新告诉您日期。"
    start = date.fromordinal(deadline.trace[0].date.toordinal() - 1)
    working = any(day.why == "周末" and not day.counted for day in deadline.trace)
    unit = "个工作日" if working else "天"
    last = max(day.n or 0 for day in deadline.trace)
    parts = [f"{_say(start)}{began}，次日起算"]
    if left_out := _left_out(deadline.trace):
        parts.append(f"其间{left_out}不计")
    made_up = [_say(day.date) for day in deadline.trace if day.counted and day.why == "调休上班"]
    if working and made_up:
        parts.append(f"{'、'.join(made_up)}调休上班，计入")
    parts.append(f"第{last}{unit}是{_say(_nth(deadline.trace, last))}")
    if _nth(deadline.trace, last) != deadline.date:
        parts.append(f"赶上放假，顺延到{_say(deadline.date)}")
    text = "；".join(parts) + "。"
    return text + "（日期跨入尚未公布放假安排的年份，公布后可能调整）" if deadline.provisional else text


def _left_out(trace: tuple[TraceDay, ...]) -> str:
    named = [day for day in trace if not day.counted and day.why not in _PLAIN and "顺延" not in day.why]
    groups = []
    for why, days in groupby(named, key=lambda day: day.why):
        run = list(days)
        first, last = run[0].date, run[-1].date
        groups.append(f"{_say(first)}{'' if first == last else '至' + _say(last)}{why}")
    return "、".join(groups)


def _nth(trace: tuple[TraceDay, ...], n: int) -> date:
    return next(day.date for day in trace if day.n == n)


def _say(day: date) -> str:
    return f"{day.month}月{day.day}日"
