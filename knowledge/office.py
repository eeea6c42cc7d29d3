"""Whether somebody is in the office, and when next."""

from datetime import datetime

from config.office import load_office
from knowledge.calendar import Calendar


def is_open(moment: datetime, calendar: Calendar) -> bool:
    """Whether `moment` (local time) lies in office hours of a working day."""
    if not calendar.day(moment.date()).working:
        return False
    return any(begin <= moment.time() < end for begin, end in load_office().open)


def opens_next(moment: datetime, calendar: Calendar) -> datetime:
    """The next moment (local time) at which the office opens."""
    if calendar.day(moment.date()).working:
        for begin, _ in load_office().open:
            if moment.time() < begin:
                return datetime.combine(moment.date(), begin, moment.tzinfo)
    day = calendar.next_working_day(moment.date())
    return datetime.combine(day, load_office().open[0][0], moment.tzinfo)
