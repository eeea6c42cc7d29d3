"""What clerks do with entries: change, add, try, take back. Nothing that fails the check goes live."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.living.knowledge import LivingKnowledge
from bot.living.patch import Patch
from bot.store.entry_versions import ConflictError, EntryVersions
from handlers.answers import reply
from handlers.ports import Clock
from intents.decision import Context, Decision
from knowledge import check
from knowledge.base import Knowledge
from knowledge.check import Finding, Review
from knowledge.entries import Entry

# Of one entry; those that compare entries with each other are run over all of them.
OF_ONE: tuple[check.Check, ...] = (
    check.sources_exist,
    check.claims_hold,
    check.policies_are_quoted,
    check.entries_are_valid,
    check.related_exist,
    check.rules_in_force,
    check.own_rules_hold,
)
OF_ALL: tuple[check.Check, ...] = (check.wordings_differ, check.titles_differ)


class RefusedEntryError(ValueError):
    """The entry does not pass the check; `findings` say why."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("；".join(finding.text for finding in findings))
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class Tried:
    """What would be answered to a question."""

    question: str
    entry: str
    answer: str
    score: float


@dataclass(frozen=True)
class EntryDesk:
    """The clerks' way to the knowledge."""

    living: LivingKnowledge
    versions: EntryVersions
    clock: Clock

    def find(self, id: str) -> Entry | None:
        """The entry as it is now, valid or not."""
        return self.living.everything.get(id)

    def original(self, id: str) -> Entry | None:
        """The entry as the file has it."""
        return self.living.files.entries.get(id)

    async def check(self, entry: Entry) -> tuple[Finding, ...]:
        """What the check says of the entry as it is proposed."""
        return await asyncio.to_thread(_findings_of, entry, self.living.preview(entry), self._today)

    async def save(self, entry: Entry, seen: int, by: str, note: str = "") -> tuple[Finding, ...]:
        """Make it live; gives what should be looked at all the same.

        Raises:
            RefusedEntryError: it does not pass the check.
            ConflictError: somebody else changed it meanwhile.
        """
        found = await self.check(entry)
        if any(finding.level == "error" for finding in found):
            raise RefusedEntryError([finding for finding in found if finding.level == "error"])
        await self.versions.save(entry.id, entry, seen, (by, self.clock.now(), note))
        await self.living.poll()
        return found

    async def add_wording(self, id: str, wording: str, by: str) -> tuple[Finding, ...]:
        """One more way to ask for an entry. Raises as `save`; KeyError for an unknown entry."""
        seen = await self.versions.last_of(id)
        await self.living.poll()
        entry = self.living.everything[id]
        if wording in entry.wordings:
            return ()
        changed = entry.model_copy(update={"wordings": (*entry.wordings, wording)})
        return await self.save(changed, seen, by, f"加问法“{wording[:60]}”")

    async def undo(self, seq: int, by: str) -> None:
        """Take a change back: the entry is again as it was before it.

        Raises:
            ConflictError: it is not the newest change of its entry any more.
            RefusedEntryError: what it was before does not pass the check today.
        """
        history = await self.versions.history(limit=10_000)
        change = next((each for each in history if each.seq == seq), None)
        if change is None:
            raise ConflictError(str(seq))
        earlier = [each for each in history if each.id == change.id and each.seq < seq]
        before = earlier[0].entry if earlier else None
        if before is not None:
            bad = [finding for finding in await self.check(before) if finding.level == "error"]
            if bad:
                raise RefusedEntryError(bad)
        await self.versions.save(change.id, before, seq, (by, self.clock.now(), f"撤销第{seq}次改动"))
        await self.living.poll()

    async def try_out(self, entry: Entry | None, questions: Sequence[str]) -> tuple[Tried, ...]:
        """What the bot would say with `entry` (or as it is now)."""
        return await asyncio.to_thread(lambda: tuple(self._tried(entry, questions)))

    async def nearest(self, question: str, limit: int = 3) -> tuple[tuple[Entry, float], ...]:
        """The entries that come nearest to a question, whether they answer it or not."""
        return await asyncio.to_thread(self._nearest, question, limit)

    async def findings(self) -> tuple[Finding, ...]:
        """What is to be said of the knowledge as it is: contradictions, sources past their date."""
        knowledge = self.living.files.with_entries(self.living.everything)
        return tuple(await asyncio.to_thread(check.findings, knowledge, self._today))

    def _tried(self, entry: Entry | None, questions: Sequence[str]) -> Iterator[Tried]:
        knowledge = self.living.preview(entry) if entry else self.living.brain.knowledge
        patch = Patch([entry]) if entry else None
        for question in questions:
            decision = patch.decide(question) if patch else None
            decision = decision or self.living.brain.decide(question, Context())
            yield _shown(question, decision, knowledge)

    def _nearest(self, question: str, limit: int) -> tuple[tuple[Entry, float], ...]:
        understanding = self.living.brain.understanding
        guess = understanding.guess(understanding.read(question))
        found = ((self.living.everything.get(entry.id), chance) for entry, chance in guess.meanings)
        return tuple((entry, chance) for entry, chance in found if entry is not None)[:limit]

    @property
    def _today(self) -> date:
        return self.clock.now().date()


def _shown(question: str, decision: Decision, knowledge: Knowledge) -> Tried:
    hit = decision.hits[0].entry if decision.hits else ""
    return Tried(question, hit, reply(decision, knowledge), decision.confidence)


def _findings_of(entry: Entry, knowledge: Knowledge, today: date) -> tuple[Finding, ...]:
    whole = Review(knowledge, today)
    alone = Review(knowledge, today)
    alone.entries = (entry,)
    found = [finding for one in OF_ONE for finding in one(alone)]
    for one in OF_ALL:
        found += [_about(entry.id, f) for f in one(whole) if f.where == entry.id or entry.id in f.text]
    return tuple(found)


def _about(id: str, finding: Finding) -> Finding:
    """A finding about two entries, told from the side of `id`."""
    if finding.where == id:
        return finding
    return Finding(finding.level, id, finding.text.replace(id, finding.where))
