"""Holiday notices that clerks entered, in SQL so that every replica counts the same days.

The files of `config/calendar` come first, then those in `DATA_DIR/calendar`, then what stands here; the last
one of a year wins. What stands here is copied to `DATA_DIR/calendar`, where `bot deadline` and `bot check`
read it without a database.
"""

import os
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from bot.store.database import Database
from bot.store.notice_tables import calendar_years
from config.settings import Settings
from handlers.ports import Clock
from knowledge.calendar import Calendar, YearPlan, load_calendar, parse_year


class CalendarStore:
    """Implements `handlers.ports.Calendars`: one small query says whether what is remembered is current."""

    def __init__(self, database: Database, settings: Settings, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self.folder = settings.data_dir / "calendar"
        self._local = settings.local_holidays
        self._revision = -1
        self._calendar: Calendar | None = None

    async def current(self) -> Calendar:
        """The calendar as of now."""
        async with self._database.read() as connection:
            revision = await connection.scalar(select(func.max(calendar_years.c.revision))) or 0
        if self._calendar is None or revision != self._revision:
            rows = await self._latest()
            for row in rows:
                _copy(self.folder / f"{row.year}.json", row.content)
            self._calendar = load_calendar(self.folder, local_holidays=self._local)
            self._revision = max((row.revision for row in rows), default=0)
        return self._calendar

    async def enter(self, content: str, by: str, name: str = "") -> YearPlan:
        """Keep a year's notice (JSON as in `config/calendar/`) as the one that counts from now on.
        The jobs compute every open case anew.

        Raises:
            CalendarError: `content` does not say what a year's file has to say.
        """
        plan = parse_year(content, name or "放假安排")
        row = {
            "year": plan.year,
            "content": content,
            "entered": self._clock.now(),
            "by": by,
            "settled": False,
        }
        async with self._database.write() as connection:
            await connection.execute(insert(calendar_years).values(row))
        return plan

    async def unsettled(self) -> tuple[tuple[int, int, datetime], ...]:
        """(revision, year, entered) of the notices with which open cases are still to be computed anew."""
        wanted = select(calendar_years).where(calendar_years.c.settled.is_(False))
        async with self._database.read() as connection:
            rows = await connection.execute(wanted.order_by(calendar_years.c.revision))
            return tuple((row.revision, row.year, row.entered) for row in rows)

    async def settle(self, revision: int) -> None:
        """Every open case was computed with this notice."""
        which = calendar_years.c.revision == revision
        async with self._database.write() as connection:
            await connection.execute(update(calendar_years).where(which).values(settled=True))

    async def history(self) -> tuple[tuple[int, datetime, str], ...]:
        """(year, entered, by) of everything that was ever entered, newest first."""
        wanted = select(calendar_years).order_by(calendar_years.c.revision.desc())
        async with self._database.read() as connection:
            return tuple((row.year, row.entered, row.by) for row in await connection.execute(wanted))

    async def _latest(self) -> Sequence[Row[Any]]:
        newest = select(func.max(calendar_years.c.revision)).group_by(calendar_years.c.year)
        async with self._database.read() as connection:
            wanted = select(calendar_years).where(calendar_years.c.revision.in_(newest))
            return (await connection.execute(wanted)).all()


def _copy(file: Path, content: str) -> None:
    """Replace the file in one step; others may be reading it."""
    if file.exists() and file.read_text(encoding="utf-8") == content:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8") as new:
        new.write(content)
    Path(name).replace(file)
