"""The audit log, for 审计员."""

from aiohttp import web

from bot.staff.format import EVENTS, WHAT, event_label, roles
from bot.staff.frame import MenuItem, Pages, Visit
from bot.staff.pages.questions import parts_of
from bot.store.audit import Entry
from config.papers import load_papers
from handlers.cases.number import kind_of, tidy

pages = Pages()
MENU = MenuItem("审计日志", "/staff/audit", "can_read_audit", order=90)

PAGE = 50


def _paper(about: str) -> str:
    """The title of the paper that a line is about, "" for any other line."""
    paper = load_papers().get(about.partition(" ")[0])
    return paper.title if paper else "拟办意见" if about == "proposal" else ""


def what(entry: Entry) -> str:
    """What was done, in words."""
    group, _, event = entry.what.partition(".")
    known = WHAT.get(entry.what, entry.what)
    return event_label(kind_of(entry.number), event) if group == "case" and event in EVENTS else known


@pages.get("/audit", needs="can_read_audit")
async def log(visit: Visit) -> web.StreamResponse:
    """The log, newest first, and whether it is whole."""
    number = tidy(visit.param("number"))
    entries = await visit.console.audit.page(visit.count("before"), PAGE, number)
    people = {account.id: account.name for account in await visit.console.staff.everyone()}
    titles = {warning.id: warning.content.title for warning in await parts_of(visit).warnings.store.all()}

    def about(entry: Entry) -> str:
        """Accounts, roles, papers and warnings by their names."""
        words = entry.about.split(" ") if entry.what.startswith(("staff.", "login.")) else []
        named = " ".join(people.get(word) or roles(word.split(",")) or word for word in words)
        return named or _paper(entry.about) or titles.get(entry.about) or entry.about

    return visit.render(
        "audit.html",
        entries=entries,
        people=people | {"cli": "命令行", "system": "系统"},
        number=number,
        about=about,
        what=what,
        older=entries[-1].seq if len(entries) == PAGE else None,
        verdict=await visit.console.audit.verify() if visit.param("verify") else None,
    )
