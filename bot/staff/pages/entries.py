"""Entries of the knowledge: found, changed, added, tried on a question, taken back; and the check."""

from dataclasses import asdict, dataclass, replace

from aiohttp import web

from bot.living.desk import RefusedEntryError, Tried
from bot.staff.entry_form import FIELDS, INTENTS, entered, entry_of, shown, source_line
from bot.staff.format import DONE
from bot.staff.frame import Pages, Refused, Visit
from bot.staff.pages.questions import parts_of
from bot.store.entry_versions import ConflictError
from intents.query import Query
from knowledge.check import Finding
from knowledge.entries import Entry

pages = Pages()

DONE |= {
    "entry_saved": "已保存，几秒内所有地方生效。",
    "entry_undone": "已撤销，恢复成改动之前的样子。",
}
MOST = 60  # entries of a search
CONFLICT = "别人刚改过这个条目，您的改动没有保存。请重新打开再改。"
LEVELS = {"error": "错误", "warning": "注意", "note": "说明"}


@pages.get("/knowledge/entries", needs="can_edit_knowledge")
async def find(visit: Visit) -> web.StreamResponse:
    """Entries by their words."""
    words = visit.param("q")
    parts = parts_of(visit)
    found = [e for e in parts.living.everything.values() if _fits(e, words)] if words else []
    tried = await parts.entries.try_out(None, [words]) if words else ()
    return visit.render(
        "entries.html", words=words, entries=found[:MOST], count=len(found), tried=tried,
        total=len(parts.living.everything), today=visit.today, INTENTS=INTENTS,
    )  # fmt: skip


def _fits(entry: Entry, words: str) -> bool:
    if words in (entry.id, entry.title) or words in entry.answer or words in entry.id:
        return True
    bare = Query.of(words).bare
    return bool(bare) and any(bare in Query.of(wording).bare for wording in (entry.title, *entry.wordings))


@pages.get("/knowledge/entries/{id}", needs="can_edit_knowledge")
async def show(visit: Visit) -> web.StreamResponse:
    """One entry with its history."""
    parts, entry = parts_of(visit), _entry(visit)
    knowledge = parts.living.preview(entry)
    return visit.render(
        "entry.html",
        entry=entry,
        cited=knowledge.cite(entry),
        sources=[source_line(source) for source in entry.sources],
        findings=await parts.entries.check(entry),
        changed=parts.entries.original(entry.id) != entry,
        history=await parts.entries.versions.history(entry.id),
        people=await visit.console.people(),
        INTENTS=INTENTS,
        LEVELS=LEVELS,
    )


@pages.get("/knowledge/new", needs="can_edit_knowledge")
async def new(visit: Visit) -> web.StreamResponse:
    """An empty form, or one with a question in it."""
    values = dict.fromkeys(FIELDS, "") | {"intent": "faq"}
    if question := await parts_of(visit).questions.find(visit.param("question")):
        values |= {"wordings": question.text}
    return _form(visit, Filled(values, new=True, questions=question.text if question else ""))


@pages.get("/knowledge/entries/{id}/edit", needs="can_edit_knowledge")
async def edit(visit: Visit) -> web.StreamResponse:
    """The form of an entry."""
    entry = _entry(visit)
    seen = await parts_of(visit).entries.versions.last_of(entry.id)
    return _form(visit, Filled(shown(entry), seen=seen, questions=visit.param("q")))


@pages.post("/knowledge/new", needs="can_edit_knowledge")
async def create(visit: Visit) -> web.StreamResponse:
    """Try, or store a new entry."""
    values = entered(visit)
    if parts_of(visit).entries.find(values["id"]) and not visit.text("try"):
        return _form(visit, Filled(values, new=True, problems=("条目编号：已经有这个条目了",)), 422)
    return await _store(visit, values, new=True)


@pages.post("/knowledge/entries/{id}/edit", needs="can_edit_knowledge")
async def change(visit: Visit) -> web.StreamResponse:
    """Try, or store a change."""
    return await _store(visit, entered(visit, _entry(visit).id), new=False)


@pages.post("/knowledge/undo", needs="can_edit_knowledge")
async def undo(visit: Visit) -> web.StreamResponse:
    """Take the newest change of an entry back."""
    seq = visit.text("seq", 12)
    try:
        with visit.doing("knowledge.undo", about=seq):
            await parts_of(visit).entries.undo(int(seq) if seq.isdecimal() else 0, visit.me.id)
    except ConflictError:
        raise Refused(409, "这已经不是最新的改动，没有撤销。请重新打开条目看看。") from None
    except RefusedEntryError as problem:
        raise Refused(409, f"改动之前的样子现在通不过核对，没有撤销：{problem}") from None
    return visit.go("/staff/knowledge/history", "entry_undone")


@pages.get("/knowledge/history", needs="can_edit_knowledge")
async def history(visit: Visit) -> web.StreamResponse:
    """All changes, the newest first."""
    found = await parts_of(visit).entries.versions.history(limit=200)
    newest: dict[str, int] = {}
    for change in found:
        newest.setdefault(change.id, change.seq)
    return visit.render(
        "entry_history.html", history=found, newest=newest, people=await visit.console.people()
    )


@pages.get("/knowledge/check", needs="can_edit_knowledge")
async def check(visit: Visit) -> web.StreamResponse:
    """What contradicts what: answers and sources, sources among themselves, rules, dates."""
    found = await parts_of(visit).entries.findings()
    known = parts_of(visit).living.everything
    return visit.render("entry_check.html", findings=found, LEVELS=LEVELS, known=known)


def _entry(visit: Visit) -> Entry:
    entry = parts_of(visit).entries.find(visit.part("id"))
    if entry is None:
        raise Refused(404, "没有这个条目。")
    return entry


@dataclass(frozen=True)
class Filled:
    """The form as it is to be shown. `seen`: the newest change of the entry when it was opened."""

    values: dict[str, str]
    new: bool = False
    seen: int = 0
    problems: tuple[str, ...] = ()
    tried: tuple[Tried, ...] = ()
    findings: tuple[Finding, ...] = ()
    questions: str = ""


async def _store(visit: Visit, values: dict[str, str], *, new: bool) -> web.Response:
    seen = visit.text("seen", 12)
    filled = Filled(values, new, int(seen) if seen.isdecimal() else 0, questions=visit.text("questions"))
    try:
        entry = entry_of(values, parts_of(visit).living.files)
    except ValueError as problem:
        return _form(visit, replace(filled, problems=tuple(str(problem).splitlines())), 422)
    if visit.text("try"):
        return await _try(visit, filled, entry)
    return await _save(visit, filled, entry)


async def _try(visit: Visit, filled: Filled, entry: Entry) -> web.Response:
    desk = parts_of(visit).entries
    asked = [line for line in filled.questions.splitlines() if line.strip()] or list(entry.wordings[:3])
    tried, found = await desk.try_out(entry, asked[:10]), await desk.check(entry)
    return _form(visit, replace(filled, tried=tried, findings=found))


async def _save(visit: Visit, filled: Filled, entry: Entry) -> web.Response:
    parts = parts_of(visit)
    try:
        with visit.doing("knowledge.save", about=entry.id):
            await parts.entries.save(entry, filled.seen, visit.me.id, visit.text("note", 200))
    except ConflictError:
        return _form(visit, replace(filled, problems=(CONFLICT,)), 409)
    except RefusedEntryError as problem:
        told = tuple(f"没有生效，先改好：{finding.text}" for finding in problem.findings)
        return _form(visit, replace(filled, problems=told), 422)
    if id := visit.text("question", 32):
        await parts.questions.settle([id], "done", visit.me.id)
    return visit.go(f"/staff/knowledge/entries/{entry.id}", "entry_saved")


def _form(visit: Visit, filled: Filled, status: int = 200) -> web.Response:
    documents = parts_of(visit).living.files.documents
    return visit.render(
        "entry_form.html",
        status,
        **asdict(filled),
        question=visit.param("question") or visit.text("question", 32),
        documents={id: document.name for id, document in documents.items()},
        INTENTS=INTENTS,
        LEVELS=LEVELS,
    )
