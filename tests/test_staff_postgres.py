"""The console over PostgreSQL: every page is shown, the main actions are done and stand in the log."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from bot.app import create_app
from bot.brain import Brain
from bot.clock import ShiftedClock
from bot.staff import CONSOLE
from bot.staff.pages import all_pages
from bot.staff.passwords import Passwords
from bot.store.database import Database
from bot.valkey import ValkeyServer
from config.settings import Settings
from handlers.permissions import ROLES
from tests.fixtures_sql import fresh_postgres
from tests.staff_cases import filed, received
from tests.staff_lab import QUICK, Site, site_of
from tests.test_staff_cases import case_of, do
from tests.wechat_lab import Noon

pytestmark = pytest.mark.postgres


@pytest.fixture
async def served(
    settings: Settings, valkey: Redis, valkey_server: ValkeyServer, parrot: Brain, postgres_server: str
) -> AsyncIterator[Site]:
    """The service on 24 November 2026, 9:00, over an empty PostgreSQL."""
    database = Database(await fresh_postgres(postgres_server))
    await database.migrate()
    clock = ShiftedClock(Noon())
    app = create_app(settings, redis_url=valkey_server.url, database=database, brain=parrot, clock=clock)
    app[CONSOLE] = replace(app[CONSOLE], passwords=Passwords(QUICK))
    async with site_of(app) as site:
        yield site
    await database.close()


def filled_in(path: str, number: str) -> str:
    for name, value in (("{number}", number), ("{action}", "noted"), ("{paper}", "receipt")):
        path = path.replace(name, value)
    return re.sub(r"{\w+}", "0" * 12, path)


async def test_every_page_is_shown(served: Site) -> None:
    case = await received(served)
    complaint = await filed(served, "complaint", draft="c1")
    clerk = await served.clerk("alle", *ROLES)
    shown = 0
    for page in all_pages():
        if page.method == "GET" and page.needs not in ("anyone", "unfinished"):
            number = complaint.number if page.path.endswith("/platform") else case.number
            path = filled_in(page.path, number)
            answer = await clerk.get(f"/staff{path}")
            wants_id = "{id}" in page.path or page.path.endswith("/report/cell")
            assert answer.status in ((200, 403, 404) if wants_id else (200,)), path
            shown += answer.status == 200
    assert shown >= 25


async def test_what_a_clerk_does_is_stored_and_logged(served: Site) -> None:
    case = await received(served)
    clerk = await served.clerk("alle", *ROLES)
    await do(clerk, case.number, "noted", text="记一笔")
    await do(clerk, case.number, "extended", days="10", reason="档案多")
    said = {"outcome": "DENY", "ground": "14", "reason": "x", "report_row": "d2"}
    assert (await do(clerk, case.number, "answered", **said)).status == 200
    assert (await case_of(served, case.number)).stage == "closed"
    page = await clerk.get("/staff/numbers/report/cell?year=2026&row=d2&column=total")
    assert case.number in page.text
    await clerk.get("/staff/settings")
    assert (await clerk.post("/staff/settings/warning_steps", value="3", seen="0")).status == 200
    await clerk.get("/staff/numbers/remedies")
    await clerk.post("/staff/numbers/remedies", kind="review", opened="2026-11-01", closed="", result="")
    wanted = {"case.noted", "case.extended", "case.answered", "settings.warning_steps", "numbers.remedy"}
    assert wanted <= {entry.what for entry in await served.console.audit.page(limit=100)}
    assert "日志完整" in (await clerk.get("/staff/audit?verify=1")).text
    found = await clerk.get("/staff/cases?tab=closed&kind=disclosure&county=622901")
    assert case.number in found.text
    await clerk.get("/staff/numbers")
    exported = await clerk.post("/staff/numbers/cases", first="2026-01-01", last="2026-12-31")
    assert case.number in exported.text
