"""Says at start-up and in `bot check` how far the known calendar reaches, and what runs past it."""

import asyncio
from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from bot.store.database import Database
from bot.store.schema import cases
from config.settings import Settings
from knowledge.calendar import Calendar, CalendarError, load_calendar
from knowledge.check import Finding
from knowledge.reach import reach_findings


def calendar_findings(today: date) -> Iterable[Finding]:
    """For `bot check`. A database that is not there (a fresh clone) holds no cases."""
    settings = Settings()
    try:
        calendar = load_calendar(settings.data_dir / "calendar", local_holidays=settings.local_holidays)
    except CalendarError as error:
        return [Finding("error", "日历", str(error))]
    return reach_findings(calendar, today, asyncio.run(_counted(settings, calendar)))


async def _counted(settings: Settings, calendar: Calendar) -> int:
    if not settings.database_url and not (settings.data_dir / "linxia.db").exists():
        return 0
    database = Database(settings.sql_url)
    try:
        return await open_past(database, calendar.reach)
    except (DBAPIError, OSError):
        return 0  # away, or not set up yet: the dates themselves are said all the same
    finally:
        await database.close()


async def open_past(database: Database, reach: date) -> int:
    """How many open cases are due after `reach`."""
    wanted = select(func.count()).where(cases.c.closed.is_(None), cases.c.due > reach)
    async with database.read() as connection:
        return await connection.scalar(wanted) or 0


async def at_start(settings: Settings, database: Database, today: date) -> list[str]:
    """The lines that `serve` prints."""
    calendar = load_calendar(settings.data_dir / "calendar", local_holidays=settings.local_holidays)
    found = reach_findings(calendar, today, await open_past(database, calendar.reach))
    return [f"{finding.where}：{finding.text}" for finding in found]
