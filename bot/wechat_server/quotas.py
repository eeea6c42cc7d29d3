"""How often each endpoint may be called a day; counted from midnight in Shanghai."""

from collections import Counter
from datetime import date

from bot.wechat_server.account import Limits
from bot.wechat_server.errors import ApiError
from handlers.ports import Clock


class Quotas:
    """Daily counts by path, and how often they were cleared this month."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits, self._clock = limits, clock
        self._day = date.min
        self._used: Counter[str] = Counter()
        self._cleared: list[date] = []

    def spend(self, path: str) -> None:
        """Count a call. ApiError 45009 when the day's count is used up."""
        today = self._clock.now().date()
        if today != self._day:
            self._day = today
            self._used.clear()
        limit = self._limits.daily.get(path)
        if limit is not None and self._used[path] >= limit:
            raise ApiError(45009)
        self._used[path] += 1

    def clear(self) -> None:
        """clear_quota: all counts back to zero. ApiError 48006 after ten times in a month."""
        today = self._clock.now().date()
        self._cleared = [day for day in self._cleared if (day.year, day.month) == (today.year, today.month)]
        if len(self._cleared) >= self._limits.clear_quota_a_month:
            raise ApiError(48006)
        self._cleared.append(today)
        self._used.clear()
