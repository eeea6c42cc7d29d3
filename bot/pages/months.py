"""The days of a time limit as months of a calendar, ready for the page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from knowledge.calendar import Calendar
from knowledge.deadline import Deadline, TraceDay

WEEK = 7


@dataclass(frozen=True, slots=True)
class Cell:
    """One day as it is shown. `mark`: start, counted, left_out, due, plain (outside the count)."""

    day: date
    mark: str
    n: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    """A month's name and the weeks (from Monday) that matter; None where one reaches into another month."""

    name: str
    weeks: tuple[tuple[Cell | None, ...], ...]


def months(limit: Deadline, calendar: Calendar) -> tuple[Month, ...]:
    """The months from the day on which it began to the date due; empty while the clock is stopped."""
    if not limit.trace or not limit.date:
        return ()
    trace = {day.date: day for day in limit.trace}
    start = limit.trace[0].date - timedelta(days=1)
    found = []
    first = start.replace(day=1)
    while first <= limit.date:
        found.append(_month(first, start, limit.date, trace, calendar))
        first = (first + timedelta(days=32)).replace(day=1)
    return tuple(found)


def _month(first: date, start: date, due: date, trace: Mapping[date, TraceDay], calendar: Calendar) -> Month:
    cells: list[Cell | None] = [None] * first.weekday()
    cells += [_cell(day, start, due, trace, calendar) for day in _days(first)]
    cells += [None] * (-len(cells) % WEEK)
    weeks = (tuple(cells[i : i + WEEK]) for i in range(0, len(cells), WEEK))
    shown = tuple(week for week in weeks if any(cell and cell.mark != "plain" for cell in week))
    return Month(f"{first.year}年{first.month}月", shown)


def _days(first: date) -> Iterator[date]:
    day = first
    while day.month == first.month:
        yield day
        day += timedelta(days=1)


def _cell(day: date, start: date, due: date, trace: Mapping[date, TraceDay], calendar: Calendar) -> Cell:
    traced = trace.get(day)
    if day == start:
        return Cell(day, "start", note="起")
    if traced is None:
        return Cell(day, "plain")
    # In natural days a weekend is a day like any other.
    plain = ("工作日", "周末") if traced.counted else ("工作日",)
    note = "" if traced.why in plain else _short(traced.why)
    if day == due:
        return Cell(day, "due", traced.n, note or "到期")
    return Cell(day, "counted" if traced.counted else "left_out", traced.n, note)


def _short(why: str) -> str:
    """What fits into a cell of a phone."""
    known = {"征求第三方意见": "征求", "调休上班": "上班", "期间顺延至此": "顺延"}
    return known.get(why, why.removesuffix("节")[:3])
