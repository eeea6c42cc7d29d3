"""The frame of the console: how a page is declared, who gets to it, what it is given.

    pages = Pages()
    MENU = MenuItem("案件", "/staff/cases", "can_see_cases", order=10)

    @pages.get("/cases", needs="can_see_cases")
    async def queue(visit: Visit) -> web.StreamResponse:
        return visit.render("queue.html", cases=…)

A module of `bot/staff/pages` with such a `pages` (and a `MENU`, if it is to stand in the menu) is added to
`MODULES` in `bot/staff/pages/__init__.py`; that is all. No page can be declared without saying what it needs.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from urllib.parse import quote

import aiohttp_jinja2
from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from bot.clock import SHANGHAI
from bot.staff.console import CONSOLE, Console
from bot.staff.security import COOKIE, is_foreign, set_cookie
from bot.staff.sessions import SessionState, new_token
from bot.store.audit import FindNumber
from bot.store.staff import Staff
from handlers.permissions import VERBS, Verb

# "anyone": before the login; "unfinished": in the middle of it; "staff": whoever is logged in.
Needs = Verb | Literal["anyone", "unfinished", "staff"]
STEPS = {"totp": "/staff/login/code", "password": "/staff/login/password", "enroll": "/staff/login/enroll"}

COUNT_DIGITS = 9
FORM_BYTES = 11 * 1024 * 1024  # a cover picture of 10 MB and the text with it

Form = MultiDictProxy[str | bytes | bytearray | web.FileField]


class Refused(Exception):  # noqa: N818 it is an outcome, not an error of ours
    """A page that is not shown, with the status and the sentence that say why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


@dataclass
class Visit:
    """One request, and who makes it."""

    request: web.Request
    console: Console
    token: str
    state: SessionState | None = None
    account: Staff | None = None
    form: Form = field(default_factory=lambda: MultiDictProxy(MultiDict()))
    fresh: bool = False  # the cookie has to be set
    badges: dict[str, int] = field(default_factory=dict)  # what waits, by the path of the menu's entry

    @property
    def me(self) -> Staff:
        """The account that is logged in."""
        if self.account is None:
            raise Refused(401, "请先登录。")
        return self.account

    @property
    def now(self) -> datetime:
        """The moment, in local time."""
        return self.console.clock.now().astimezone(SHANGHAI)

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.date()

    @property
    def csrf(self) -> str:
        """What forms of this session carry."""
        return self.console.sessions.csrf(self.token)

    def text(self, name: str, most: int = 4000) -> str:
        """A field of the form, without the space around it."""
        value = self.form.get(name, "")
        return value.strip()[:most] if isinstance(value, str) else ""

    def chosen(self, name: str) -> list[str]:
        """All values of a field (checkboxes)."""
        return [value for value in self.form.getall(name, []) if isinstance(value, str)]

    def param(self, name: str) -> str:
        """A value from the address."""
        return self.request.query.get(name, "").strip()[:200]

    def count(self, name: str) -> int | None:
        """A whole number from the form or the address; None for anything that no column could hold."""
        text = self.text(name) or self.param(name)
        return int(text) if text.isdecimal() and len(text) <= COUNT_DIGITS else None

    def part(self, name: str) -> str:
        """A part of the path."""
        return self.request.match_info[name]

    def render(self, template: str, status: int = 200, **data: Any) -> web.Response:
        """A page."""
        context: Mapping[str, Any] = {"visit": self, **data}
        response = aiohttp_jinja2.render_template(template, self.request, context, status=status)
        if self.fresh:
            set_cookie(self.request, response, self.token)
        return response

    def go(self, path: str, done: str = "") -> web.Response:
        """Send the browser to another page (a reload does nothing twice); `done` names what is said there."""
        sign = "&" if "?" in path else "?"
        target = f"{path}{sign}done={quote(done)}" if done else path
        return web.Response(status=303, headers={"Location": target})

    def doing(
        self, what: str, number: str | FindNumber = "", about: str = ""
    ) -> AbstractContextManager[None]:
        """Around an action: its line of the audit log is stored with it, in one transaction."""
        return self.console.audit.along(self.me.id, what, number, about)

    async def note(self, what: str, number: str = "", about: str = "") -> None:
        """A line in the audit log of what was looked at; `about` must not hold personal data."""
        await self.console.audit.note(self.me.id, what, number, about)


Handler = Callable[[Visit], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Page:
    """A page or an action. `path` begins behind /staff."""

    method: Literal["GET", "POST"]
    path: str
    needs: Needs
    handler: Handler


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of the menu, shown to those who may open it. `badge` counts what waits there."""

    label: str
    path: str
    needs: Verb
    order: int
    badge: Callable[[Console], Awaitable[int]] | None = None


class Pages(list[Page]):
    """The pages of a module."""

    def get(self, path: str, needs: Needs) -> Callable[[Handler], Handler]:
        """Declare a page to look at; it must change nothing."""
        return self._declare("GET", path, needs)

    def post(self, path: str, needs: Needs) -> Callable[[Handler], Handler]:
        """Declare an action; the form's token is checked before it is called."""
        return self._declare("POST", path, needs)

    def _declare(
        self, method: Literal["GET", "POST"], path: str, needs: Needs
    ) -> Callable[[Handler], Handler]:
        def declare(handler: Handler) -> Handler:
            self.append(Page(method, path, needs, handler))
            return handler

        return declare


class Guard:
    """What stands before a page: session, step of the login, permission, the form's token."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Let the visitor in, send them to the login, or refuse."""
        visit = await self._visit(request)
        try:
            return await self._served(visit)
        finally:
            for sent in visit.form.values():
                if isinstance(sent, web.FileField):
                    sent.file.close()

    async def _served(self, visit: Visit) -> web.StreamResponse:
        if visit.request.method == "POST":
            await self._check_form(visit)
        if away := self._elsewhere(visit):
            return away
        needs = self.page.needs
        if needs in VERBS and not visit.me.can(needs):
            await visit.note("refused", about=f"{needs} {self.page.path}")
            raise Refused(403, "您的岗位没有这项权限。需要的话，请找管理员调整岗位。")
        visit.badges = await self._badges(visit)
        return await self.page.handler(visit)

    async def _badges(self, visit: Visit) -> dict[str, int]:
        from bot.staff.format import menu_for

        return {item.path: await item.badge(visit.console) for item in menu_for(visit) if item.badge}

    async def _visit(self, request: web.Request) -> Visit:
        console = request.config_dict[CONSOLE]
        token = request.cookies.get(COOKIE, "")
        visit = Visit(request, console, token or new_token(), fresh=not token)
        visit.state = await console.sessions.read(token)
        if visit.state is not None:
            visit.account = await self._account(console, visit.state)
            if visit.account is None:
                await console.sessions.end(token)
                visit.state = None
        return visit

    async def _account(self, console: Console, state: SessionState) -> Staff | None:
        try:
            account = await console.staff.get(state.staff)
        except LookupError:
            return None
        return None if account.disabled or account.epoch != state.epoch else account

    async def _check_form(self, visit: Visit) -> None:
        if is_foreign(visit.request):
            raise Refused(403, "这个表单不是从本站发出的，没有执行。")
        # Only who is logged in may send pictures; aiohttp's own limit is 1 MB.
        inside = visit.state is not None and visit.state.step == "in"
        request = visit.request.clone(client_max_size=FORM_BYTES) if inside else visit.request
        visit.form = await request.post()
        sent = visit.text("csrf")
        if visit.fresh or not hmac.compare_digest(sent.encode(), visit.csrf.encode()):
            raise Refused(403, "页面放得太久，或者登录已经换过。请返回刷新后再试一次，刚才的操作没有执行。")

    def _elsewhere(self, visit: Visit) -> web.Response | None:
        """Where a visitor has to go first."""
        if self.page.needs == "anyone":
            return None
        if visit.state is None:
            wanted = visit.request.path_qs if visit.request.method == "GET" else ""
            return visit.go(f"/staff/login?next={quote(wanted)}" if wanted else "/staff/login")
        if visit.state.step != "in":
            here = STEPS[visit.state.step]
            return None if self.page.needs == "unfinished" and visit.request.path == here else visit.go(here)
        return visit.go("/staff/") if self.page.needs == "unfinished" else None
