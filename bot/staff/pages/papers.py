"""The papers of a case: made from templates, kept encrypted with it, downloaded."""

from urllib.parse import quote

from aiohttp import web

from bot.papers import PaperError
from bot.papers.papers import MIME
from bot.papers.values import values
from bot.staff.acting import law
from bot.staff.asking import paper_choices
from bot.staff.frame import Pages, Refused, Visit
from bot.staff.pages.case import find
from config.papers import Paper, load_papers
from handlers.cases.model import Case

pages = Pages()


@pages.get("/cases/{number}/papers", needs="can_make_papers")
async def shelf(visit: Visit) -> web.StreamResponse:
    """What there is, and what can be made."""
    case = await find(visit)
    return visit.render(
        "papers.html",
        case=case,
        stored=await visit.console.shelf.of_case(case.number),
        fitting=visit.console.papers.fitting(case),
        titles={id: paper.title for id, paper in load_papers().items()},
        people={f"staff:{id}": name for id, name in (await visit.console.people()).items()},
        unverified={
            paper.id for paper in load_papers().values() if not law().verified(paper.law, paper.article)
        },
    )


@pages.get("/cases/{number}/papers/make/{paper}", needs="can_make_papers")
async def ask(visit: Visit) -> web.StreamResponse:
    """What the paper wants said; what the case says already stands in the form."""
    case, paper = await find(visit), _paper(visit)
    known = _known(visit, case, paper)
    if any(known.values()):  # what was recorded may name people, and is not masked here
        await visit.note("case.read", case.number, paper.id)
    return _form(visit, case, paper, known)


def _paper(visit: Visit) -> Paper:
    paper = load_papers().get(visit.part("paper"))
    if paper is None:
        raise Refused(404, "没有这种文书。")
    return paper


def _known(visit: Visit, case: Case, paper: Paper) -> dict[str, str]:
    """The usual words and what was said when the event was recorded."""
    event = case.last(paper.event) if paper.event else None
    said = event.data if event else {}
    plain = {field.name: "" for field in paper.fields}
    filled = {**plain, **values(paper, case, {}, visit.today, masked=False)}
    found = {}
    for field in paper.fields:
        given = said.get(field.key)
        default = "" if filled[field.name].startswith("＿") else filled[field.name]
        found[field.key] = str(given) if given not in (None, "", []) else default
    return found


def _form(visit: Visit, case: Case, paper: Paper, said: dict[str, str], problem: str = "") -> web.Response:
    return visit.render(
        "paper.html",
        422 if problem else 200,
        case=case,
        paper=paper,
        said=said,
        choices={field.key: paper_choices(field.kind) for field in paper.fields},
        problem=problem,
    )


@pages.post("/cases/{number}/papers/make/{paper}", needs="can_make_papers")
async def make(visit: Visit) -> web.StreamResponse:
    """Fill the template and keep the paper."""
    case, paper = await find(visit), _paper(visit)
    said = {field.key: visit.text(field.key) for field in paper.fields}
    missing = [field.name for field in paper.fields if field.required and not said[field.key]]
    if missing:
        return _form(visit, case, paper, said, f"请填写：{'、'.join(missing)}。")
    try:
        content = await visit.console.papers.fill(paper.id, case, said, masked=bool(visit.text("masked")))
    except PaperError as error:
        return _form(visit, case, paper, said, str(error))
    with visit.doing("case.paper", case.number, paper.id):
        await visit.console.shelf.keep(case.number, paper.id, content, f"staff:{visit.me.id}")
    return visit.go(f"/staff/cases/{case.number}/papers", "paper_made")


@pages.get("/cases/{number}/papers/{id}", needs="can_make_papers")
async def download(visit: Visit) -> web.StreamResponse:
    """A paper, as a file to be saved."""
    case = await find(visit)
    found = await visit.console.shelf.open(visit.part("id"))
    if found is None or found[0].number != case.number:
        raise Refused(404, "没有这份文书。")
    stored, content = found
    await visit.note("case.download", case.number, f"{stored.paper} {stored.id}")
    name = quote(visit.console.papers.file_name(stored.paper, case))
    return web.Response(
        body=content,
        headers={
            "Content-Type": MIME,
            "Content-Disposition": f"attachment; filename=\"{case.number}.docx\"; filename*=UTF-8''{name}",
        },
    )
