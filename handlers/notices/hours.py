"""Local hours: nobody is woken by what can wait until the morning."""

from datetime import date, datetime, time, timedelta

from config.notices import load_notices
from handlers.cases.model import SHANGHAI
from knowledge.calendar import ONE_DAY, Calendar


def is_quiet(moment: datetime) -> bool:
    """Whether `moment` lies between 21:00 and 8:00 local time."""
    hours = load_notices().hours
    hour = moment.astimezone(SHANGHAI).hour
    return hour >= hours.quiet_from or hour < hours.quiet_until


def not_at_night(moment: datetime) -> datetime:
    """`moment`, or the end of the quiet hours that it lies in."""
    if not is_quiet(moment):
        return moment
    hours = load_notices().hours
    local = moment.astimezone(SHANGHAI)
    day = local.date() + (ONE_DAY if local.hour >= hours.quiet_from else timedelta(0))
    return datetime.combine(day, time(hours.quiet_until), SHANGHAI)


def morning(day: date) -> datetime:
    """When on `day` that goes out which is planned for it."""
    return datetime.combine(day, time(load_notices().hours.morning), SHANGHAI)


def evening(moment: datetime) -> datetime:
    """The last moment at which a message due at `moment` can still arrive on its own day."""
    day = moment.astimezone(SHANGHAI).date()
    return datetime.combine(day, time(load_notices().hours.quiet_from), SHANGHAI)


def working_days_before(day: date, count: int, calendar: Calendar) -> date:
    """The day from which there are `count` working days up to and including `day`."""
    when = day
    while count:
        count -= calendar.day(when).working
        when -= ONE_DAY
    while not calendar.day(when).working:
        when -= ONE_DAY
    return when


def working_days_left(today: date, day: date, calendar: Calendar) -> int:
    """Working days after `today` up to and including `day`."""
    span = (day - today).days
    return sum(calendar.day(today + timedelta(days=i)).working for i in range(1, span + 1))
