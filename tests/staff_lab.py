"""The console over real HTTP: a site with accounts, and people who use it as a browser would."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pyotp
from aiohttp import web
from argon2 import PasswordHasher

from bot.staff import CONSOLE, Console
from bot.store.staff import Staff

PASSWORD = "correct horse battery"
# argon2 with little work, so that many logins fit into a test.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Answer:
    """What came back."""

    status: int
    text: str
    url: str
    headers: Any
    body: bytes = b""

    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.text)
        return found[1] if found else ""


@dataclass
class Person:
    """Somebody in front of a browser; remembers the last page and its form token."""

    base: str
    http: aiohttp.ClientSession
    account: Staff | None = None
    page: Answer | None = None
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str) -> Answer:
        async with self.http.get(self.base + path, headers=self.headers) as answer:
            return await self._kept(answer)

    async def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> Answer:
        """Send a form; its token is that of the last page unless `csrf` says another."""
        form = aiohttp.FormData()
        fields = {"csrf": self.page.csrf() if self.page else "", **(data or {}), **more}
        for name, value in fields.items():
            for each in value if isinstance(value, list | tuple) else [value]:
                form.add_field(name, str(each))
        async with self.http.post(self.base + path, data=form, headers=self.headers) as answer:
            return await self._kept(answer)

    async def _kept(self, answer: aiohttp.ClientResponse) -> Answer:
        body = await answer.read()
        text = body.decode("utf-8", "replace")
        found = Answer(answer.status, text, str(answer.url), answer.headers, body)
        if found.csrf():
            self.page = found
        return found

    async def login(self, login: str, password: str = PASSWORD, code: str = "") -> Answer:
        await self.get("/staff/login")
        answer = await self.post("/staff/login", login=login, password=password)
        if answer.url.endswith("/login/code") and code:
            answer = await self.post("/staff/login/code", code=code)
        return answer


@dataclass
class Site:
    """The running service, its console's stores, and the people who use it."""

    base: str
    app: web.Application
    people: list[aiohttp.ClientSession] = field(default_factory=list)

    @property
    def console(self) -> Console:
        return self.app[CONSOLE]

    def stranger(self) -> Person:
        session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.people.append(session)
        return Person(self.base, session)

    async def account(self, login: str, *roles: str, must_change: bool = False) -> Staff:
        """An account with PASSWORD; those that need a second factor have it."""
        store = self.console.staff
        staff = await store.add(login, f"{login}同志", roles, QUICK.hash(PASSWORD), "cli")
        if not must_change:
            await store.set_password(staff.id, QUICK.hash(PASSWORD), "cli", must_change=False)
        if staff.needs_totp:
            await store.set_totp(staff.id, pyotp.random_base32(), "cli")
        return await store.get(staff.id)

    async def clerk(self, login: str, *roles: str) -> Person:
        """Somebody with these roles, logged in."""
        staff = await self.account(login, *roles)
        person = self.stranger()
        person.account = staff
        code = pyotp.TOTP(staff.totp).now() if staff.totp else ""
        answer = await person.login(login, code=code)
        assert "/staff/login" not in answer.url, answer.text
        return person

    async def close(self) -> None:
        for session in self.people:
            await session.close()


@asynccontextmanager
async def site_of(app: web.Application) -> AsyncIterator[Site]:
    """Serve the service on a free port."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    site = Site(f"http://{host}:{port}", app)
    try:
        yield site
    finally:
        await site.close()
        await runner.cleanup()


def texts(answer: Answer, *needles: str) -> Sequence[str]:
    """Which of the needles are missing from the page."""
    return [needle for needle in needles if needle not in answer.text]
