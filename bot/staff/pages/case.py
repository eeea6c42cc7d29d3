"""One case: what was filed, what happened, the deadlines, and what can be done now."""

from dataclasses import dataclass

from aiohttp import web

from bot.staff.acting import law, offers, pending
from bot.staff.filed import event_facts, filed, outcomes
from bot.staff.frame import Pages, Refused, Visit
from bot.staff.pages.cases import COUNTIES
from bot.staff.security import FILE_POLICY
from config.notices import load_notices
from config.rules import load_rules
from handlers.cases.deadlines import running
from handlers.cases.model import Case, whose_turn
from handlers.cases.number import tidy
from handlers.notices.words import rule_title
from knowledge.articles import article_label
from knowledge.deadline import Deadline
from knowledge.explain import explain

pages = Pages()

REASONS = {
    "contact": "联系当事人",
    "identity": "核对身份",
    "paper": "制作文书",
    "inquiry": "调查核实",
    "transfer": "转办、录入12315",
    "complaint": "处理对本局的投诉",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit with its arithmetic."""

    title: str
    deadline: Deadline
    words: str
    verified: bool
    article: str


async def find(visit: Visit) -> Case:
    """The case of the address."""
    case = await visit.console.parts.cases.find(tidy(visit.part("number")))
    if case is None:
        raise Refused(404, "没有这个编号的案件。")
    return case


async def is_open_to(visit: Visit, case: Case) -> bool:
    """Whether this session has asked to see the personal data of the case, a short while ago."""
    return visit.me.can("can_see_personal") and await visit.console.sessions.revealed(
        visit.token, case.number
    )


@pages.get("/cases/{number}", needs="can_see_cases")
async def show(visit: Visit) -> web.StreamResponse:
    """The case."""
    return await page(visit, await find(visit))


async def page(visit: Visit, case: Case, status: int = 200, problem: str = "") -> web.Response:
    """The case page; a look at personal data is logged before it is given."""
    revealed, console = await is_open_to(visit, case), visit.console
    if revealed:
        await visit.note("case.read", case.number)
    return visit.render(
        "case.html",
        status,
        case=case,
        revealed=revealed,
        filed=filed(case, masked=not revealed),
        limits=await limits(visit, case),
        offers=await offers(console.parts, case, visit.me.roles, visit.now, f"staff:{visit.me.id}"),
        pending=(proposal := pending(case)),
        proposed=event_facts(dict(proposal.data), masked=not revealed) if proposal else (),
        history=_history(case, masked=not revealed),
        pictures=await console.parts.evidence.of_case(case.number),
        papers=await console.shelf.of_case(case.number),
        people={f"staff:{id}": name for id, name in (await console.people()).items()},
        turn=whose_turn(case),
        outcome=outcomes().get(case.outcome, case.outcome),
        COUNTIES=COUNTIES,
        REASONS=REASONS,
        problem=problem,
    )


async def limits(visit: Visit, case: Case) -> list[Limit]:
    """The time limits that run now."""
    calendar = await visit.console.parts.calendars.current()
    began = load_notices()
    found = []
    for deadline in running(case, calendar, visit.today):
        rule = next(rule for rule in load_rules() if rule.id == deadline.rule)
        in_force = next(
            (
                one
                for one in load_rules()
                if one.id == rule.id and case.received and one.in_force(case.received)
            ),
            rule,
        )
        source = law().sources.get(in_force.law)
        label = article_label(in_force.law, in_force.article)
        article = f"《{source.title.removeprefix('中华人民共和国')}》{label}" if source else ""
        words = explain(deadline, began.word("began", deadline.rule, "开始"))
        found.append(Limit(rule_title(deadline.rule), deadline, words, in_force.verified, article))
    return found


def _history(case: Case, *, masked: bool) -> list[dict[str, object]]:
    return [
        {
            "event": event,
            "facts": event_facts(dict(event.data), masked=masked),
            "proposes": event.data.get("proposes", ""),
            "returns": event.data.get("returns", ""),
            "day": event.data.get("date", ""),
        }
        for event in reversed(case.events)
    ]


@pages.post("/cases/{number}/reveal", needs="can_see_personal")
async def reveal(visit: Visit) -> web.StreamResponse:
    """Show the personal data for a quarter of an hour; who asked and why stands in the log."""
    case, reason = await find(visit), visit.text("reason")
    if reason not in REASONS:
        return await page(visit, case, 422, "请先选择查看的原因。")
    await visit.note("case.reveal", case.number, REASONS[reason])
    await visit.console.sessions.reveal(visit.token, case.number)
    back = "/platform" if visit.text("back") == "platform" else ""
    return visit.go(f"/staff/cases/{case.number}{back}")


@pages.post("/cases/{number}/conceal", needs="can_see_personal")
async def conceal(visit: Visit) -> web.StreamResponse:
    """Mask them again."""
    case = await find(visit)
    await visit.console.sessions.conceal(visit.token, case.number)
    return visit.go(f"/staff/cases/{case.number}")


@pages.get("/cases/{number}/pictures/{id}", needs="can_see_personal")
async def picture(visit: Visit) -> web.StreamResponse:
    """A picture of the evidence, as our own pixels and nothing else."""
    case = await find(visit)
    if not await is_open_to(visit, case):
        raise Refused(403, "请先在案件页选择查看的原因。")
    found = await visit.console.parts.evidence.open(visit.part("id"))
    if found is None or found[0].number != case.number:
        raise Refused(404, "没有这张图片。")
    item, content = found
    await visit.note("case.picture", case.number, item.id)
    name = f"{case.number}-{item.slot}.{'png' if item.mime == 'image/png' else 'jpg'}"
    return web.Response(
        body=content,
        headers={
            "Content-Type": item.mime,
            "Content-Disposition": f'inline; filename="{name}"',
            "Content-Security-Policy": FILE_POLICY,
        },
    )
