"""`/c/<token>`: the days of a case's time limit on a calendar, for a phone. No personal data stands on it."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, select_autoescape

from bot.pages.months import months
from bot.pages.tokens import CalendarLinks, Token
from config.notices import load_notices
from handlers.cases.model import SHANGHAI, Case
from handlers.notices.words import main_limit, say_day
from handlers.ports import Calendars, Cases, Clock
from knowledge.calendar import Calendar
from knowledge.explain import explain

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
)


class CalendarPage:
    """Serves the page."""

    def __init__(self, links: CalendarLinks, cases: Cases, calendars: Calendars, clock: Clock) -> None:
        self._links, self._cases, self._calendars, self._clock = links, cases, calendars, clock

    def routes(self) -> Iterable[web.RouteDef]:
        """Where it stands."""
        return [web.get("/c/{token}", self.show)]

    async def show(self, request: web.Request) -> web.Response:
        """The calendar, or a friendly page when the link is old or wrong."""
        token = self._links.read(request.match_info["token"])
        case = await self._cases.find(token.number) if token else None
        if token is None or case is None:
            message = "这个链接过期了，或者不完整。在公众号里回复“查进度”，可以拿到新的。"
            return _page(404, {"title": "打不开这一页", "message": message})
        calendar = await self._calendars.current()
        today = self._clock.now().astimezone(SHANGHAI).date()
        return _page(200, _facts(case, token, calendar, today))


def _facts(case: Case, token: Token, calendar: Calendar, today: date) -> dict[str, Any]:
    notices = load_notices()
    limit = main_limit(case, calendar, today)
    facts = {
        "title": f"{notices.word('what', case.kind)}：日期是怎么算的",
        "number": case.number,
        "newer": case.version != token.version,
    }
    if limit is None or limit.date is None:
        ended = "这一件已经办结。" if not case.open else "期限现在停止计算，恢复后会告诉您新的日期。"
        return {**facts, "message": ended}
    began = notices.word("began", limit.rule, "开始")
    return {
        **facts,
        "due": say_day(limit.date, today),
        "deed": notices.word("deed", limit.rule, "办理"),
        "provisional": limit.provisional,
        "explanation": explain(limit, began),
        "began": began,
        "months": months(limit, calendar),
    }


def _page(status: int, facts: dict[str, Any]) -> web.Response:
    text = PAGES.get_template("calendar.html").render(facts)
    return web.Response(text=text, status=status, content_type="text/html", headers=HEADERS)
