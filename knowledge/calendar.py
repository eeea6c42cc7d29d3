"""Working days as the State Council's yearly holiday notices make them.

A year is *known* when its notice is in a data file (`config/calendar/<year>.json`, or a clerk's file,
which wins) or in `chinesecalendar`. Any other year is *unknown*, never "no holidays": Monday to Friday
count except the statutory days we know of, and whatever is computed from it is provisional.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import chinese_calendar

FOLDER = Path(__file__).parent.parent / "config" / "calendar"
ONE_DAY = timedelta(days=1)
_LIBRARY_YEARS = frozenset(day.year for day in chinese_calendar.holidays)

# chinesecalendar names the festivals in English.
_FESTIVALS = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}


@dataclass(frozen=True, slots=True)
class Day:
    """What one calendar day is."""

    working: bool
    why: str  # 周末, 国庆节, 调休上班, 工作日 …
    holiday: bool  # off under the holiday notice, not as an ordinary weekend
    known: bool  # the year's notice is published


@dataclass(frozen=True, slots=True)
class YearPlan:
    """One year's arrangement: festival names by day off, and the make-up workdays."""

    year: int
    published: bool
    off: Mapping[date, str]
    make_up: frozenset[date]


class CalendarError(ValueError):
    """A calendar file cannot be used; the message names it and says why."""


class Calendar:
    """Answers what a day is. `local`: "MM-DD" → name of Linxia's own holidays, empty unless switched on."""

    def __init__(self, plans: Iterable[YearPlan], local: Mapping[str, str] | None = None) -> None:
        self._plans = {plan.year: plan for plan in plans}
        self._local = dict(local or {})
        self._days: dict[date, Day] = {}

    def day(self, when: date) -> Day:
        """What `when` is; remembered, for the arithmetic asks the same days again and again."""
        found = self._days.get(when)
        if found is None:
            found = self._days[when] = self._look_up(when)
        return found

    def known(self, year: int) -> bool:
        """Whether the year's holiday notice is published."""
        plan = self._plans.get(year)
        return plan.published if plan else _library_knows(year)

    @cached_property
    def reach(self) -> date:
        """The last day of the last year in a row whose notice is known."""
        year = max([2026, *(y for y, plan in self._plans.items() if plan.published)])
        while not self.known(year):
            year -= 1
        return date(year, 12, 31)

    def next_working_day(self, after: date) -> date:
        """The first working day after `after`."""
        when = after + ONE_DAY
        while not self.day(when).working:
            when += ONE_DAY
        return when

    def _look_up(self, when: date) -> Day:
        plan = self._plans.get(when.year)
        day = _planned(when, plan) if plan else _from_library(when)
        local = self._local.get(f"{when:%m-%d}")
        return Day(False, local, True, day.known) if local and day.working else day


def _planned(when: date, plan: YearPlan) -> Day:
    if when in plan.off:
        return Day(False, plan.off[when], True, plan.published)
    if when in plan.make_up:
        return Day(True, "调休上班", False, plan.published)
    return _ordinary(when, plan.published)


def _from_library(when: date) -> Day:
    if not _library_knows(when.year):
        return _ordinary(when, known=False)
    off, festival = chinese_calendar.get_holiday_detail(when)
    if off:
        return Day(False, _FESTIVALS.get(festival, festival) if festival else "周末", bool(festival), True)
    return Day(True, "调休上班" if when.weekday() >= 5 else "工作日", False, True)


def _ordinary(when: date, known: bool) -> Day:
    weekend = when.weekday() >= 5
    return Day(not weekend, "周末" if weekend else "工作日", False, known)


def _library_knows(year: int) -> bool:
    return year in _LIBRARY_YEARS


def read_year(path: Path) -> YearPlan:
    """Read one `<year>.json`.

    Raises:
        CalendarError: see `parse_year`.
    """
    return parse_year(path.read_text(encoding="utf-8"), path.name)


def parse_year(text: str, name: str) -> YearPlan:
    """What a year's file says; `name` is for the messages.

    A published year gives `off` (list of {name, days}) and `make_up_workdays`; an unpublished one gives
    `statutory_days_only` and `substitutes_by_art6` and is marked `"published": false`.

    Raises:
        CalendarError: the file is not JSON, a date lies in another year, or a day is both off and worked.
    """
    try:
        plan = _plan(json.loads(text))
    except (KeyError, TypeError, ValueError) as error:
        raise CalendarError(f"{name}: {error}") from error
    stray = [day for day in [*plan.off, *plan.make_up] if day.year != plan.year]
    if stray:
        raise CalendarError(f"{name}: {stray[0]} is not in {plan.year}")
    if both := plan.make_up & plan.off.keys():
        raise CalendarError(f"{name}: {min(both)} is both a day off and a make-up workday")
    return plan


def _plan(data: Mapping[str, Any]) -> YearPlan:
    published = bool(data["published"])
    groups = data["off"] if published else data.get("statutory_days_only", [])
    off = {date.fromisoformat(day): str(group["name"]) for group in groups for day in group["days"]}
    if not published:
        for name, days in data.get("substitutes_by_art6", {}).items():
            if isinstance(days, list):
                off.update({date.fromisoformat(day): f"{name}补假" for day in days})
    make_up = frozenset(date.fromisoformat(day) for day in data.get("make_up_workdays") or [])
    return YearPlan(int(data["year"]), published, off, make_up)


def load_calendar(*more: Path, local_holidays: bool = False) -> Calendar:
    """The calendar of `config/calendar`, corrected by a clerk's files in `more`; the last folder wins."""
    files = [path for folder in (FOLDER, *more) for path in sorted(folder.glob("[0-9]" * 4 + ".json"))]
    return Calendar([read_year(path) for path in files], _local_days() if local_holidays else None)


def _local_days() -> dict[str, str]:
    data = json.loads((FOLDER / "local.json").read_text(encoding="utf-8"))
    return {item["date"]: item["name"] for item in data["local_linxia"] if "date" in item}
