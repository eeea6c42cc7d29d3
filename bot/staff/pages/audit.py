"""The audit log, for 审计员."""

from aiohttp import web

from bot.staff.frame import MenuItem, Pages, Visit
from handlers.cases.number import tidy

pages = Pages()
MENU = MenuItem("审计日志", "/staff/audit", "can_read_audit", order=90)

PAGE = 50


@pages.get("/audit", needs="can_read_audit")
async def log(visit: Visit) -> web.StreamResponse:
    """The log, newest first, and whether it is whole."""
    before = int(visit.param("before")) if visit.param("before").isdigit() else None
    number = tidy(visit.param("number"))
    entries = await visit.console.audit.page(before, PAGE, number)
    people = {account.id: account.name for account in await visit.console.staff.everyone()}
    return visit.render(
        "audit.html",
        entries=entries,
        people=people | {"cli": "命令行", "system": "系统"},
        number=number,
        older=entries[-1].seq if len(entries) == PAGE else None,
        verdict=await visit.console.audit.verify() if visit.param("verify") else None,
    )
