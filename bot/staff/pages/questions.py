"""What the bot could not answer, or answered to somebody's displeasure: grouped, with the nearest entries."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from bot.clerk_parts import CLERKS, ClerkParts
from bot.living.desk import RefusedEntryError
from bot.staff.format import DONE, WHAT
from bot.staff.frame import MenuItem, Pages, Refused, Visit
from bot.store.entry_versions import ConflictError
from bot.store.questions import OpenQuestion
from intents.encoder import EncoderAway
from intents.grouping import grouped
from knowledge.entries import Entry

pages = Pages()
MENU = MenuItem("知识", "/staff/knowledge", "can_edit_knowledge", order=50)

DONE |= {
    "wording_added": "问法已加上，几秒内所有地方生效。",
    "questions_left": "好，这些不用管了。",
    "questions_done": "已标为处理完。",
}
WHAT |= {
    "knowledge.question": "看问题原文",
    "knowledge.save": "改知识条目",
    "knowledge.undo": "撤销条目改动",
    "knowledge.settle": "处理未答问题",
}
KINDS = {"unanswered": "没答上", "unsure": "拿不准", "disliked": "说没用"}
GROUPS = 40  # on a page


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that mean the same, and the entries nearest to the first of them."""

    questions: tuple[OpenQuestion, ...]
    nearest: tuple[tuple[Entry, float], ...]

    @property
    def times(self) -> int:
        """How often it was asked, all wordings together."""
        return sum(question.times for question in self.questions)


def parts_of(visit: Visit) -> ClerkParts:
    """The clerks' side of this service."""
    return visit.request.config_dict[CLERKS]


@pages.get("/knowledge", needs="can_edit_knowledge")
async def questions(visit: Visit) -> web.StreamResponse:
    """Open questions in groups, the most asked first."""
    parts = parts_of(visit)
    found = await parts.questions.open()
    if found:
        await visit.note("knowledge.question", about=f"{len(found)}")
    groups = await _groups(parts, found)
    return visit.render("questions.html", groups=groups, KINDS=KINDS, count=sum(g.times for g in groups))


async def _groups(parts: ClerkParts, found: tuple[OpenQuestion, ...]) -> list[Group]:
    encoder = parts.living.brain.understanding.encoder if found else None
    texts = [question.text for question in found]

    def together() -> list[list[int]]:
        with suppress(EncoderAway):
            return grouped(texts, encoder.encode(texts) if encoder else None)
        return grouped(texts, None)

    groups = []
    for indexes in (await asyncio.to_thread(together) if found else [])[:GROUPS]:
        held = tuple(found[index] for index in indexes)
        groups.append(Group(held, await parts.entries.nearest(held[0].text)))
    return sorted(groups, key=lambda group: -group.times)


@pages.post("/knowledge/add", needs="can_edit_knowledge")
async def add(visit: Visit) -> web.StreamResponse:
    """The question becomes one more wording of an entry; the group is done."""
    parts, entry = parts_of(visit), visit.text("entry", 80)
    question = await parts.questions.find(visit.text("question", 32))
    if question is None or parts.entries.find(entry) is None:
        raise Refused(404, "这个问题或条目已经不在了。")
    try:
        with visit.doing("knowledge.save", about=entry):
            await parts.entries.add_wording(entry, question.text, visit.me.id)
    except (RefusedEntryError, ConflictError) as problem:
        raise Refused(409, f"没有加上：{problem}") from problem
    await parts.questions.settle([question.id, *visit.chosen("more")], "done", visit.me.id)
    return visit.go(f"/staff/knowledge/entries/{entry}", "wording_added")


@pages.post("/knowledge/settle", needs="can_edit_knowledge")
async def settle(visit: Visit) -> web.StreamResponse:
    """Nothing is to be done about these."""
    ids = [id[:32] for id in visit.chosen("question")][:500]
    with visit.doing("knowledge.settle", about=f"{len(ids)}"):
        await parts_of(visit).questions.settle(ids, "left", visit.me.id)
    return visit.go("/staff/knowledge", "questions_left")
