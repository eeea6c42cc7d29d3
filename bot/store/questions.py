"""Open questions for the clerks (encrypted), and counts of answers (without any text)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.clock import SHANGHAI
from bot.store.database import Database
from bot.store.knowledge_tables import answer_counts, questions
from bot.vault import Vault
from handlers.ports import Question
from intents.query import Query

KEPT_AT_ONCE = 500  # questions that are shown to be dealt with

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question as clerks see it; `times` is how often exactly it was asked."""

    id: str
    text: str
    kind: str
    entry: str
    score: float
    at: datetime
    times: int = 1


class QuestionStore:
    """Implements `handlers.ports.Questions`. Counts are gathered and written every few seconds (`flush`)."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database, self._vault = database, vault
        self._counts: Counter[tuple[date, str, str]] = Counter()

    async def note(self, question: Question) -> None:
        """Keep a question; a second time of the same message changes nothing."""
        id = self._vault.index(question.message, "question")
        row = {
            "id": id,
            "kind": question.kind,
            "entry": question.entry,
            "score": question.score,
            "mark": self._vault.index(Query.of(question.text).bare or question.text, "question text"),
            "blob": self._vault.encrypt(question.text.encode(), _place(id)),
            "at": question.at,
            "state": "open",
            "by": "",
        }
        make = (sqlite if self.database.sqlite else postgresql).insert(questions)
        async with self.database.write() as connection:
            await connection.execute(make.values(row).on_conflict_do_nothing(index_elements=["id"]))

    def count(self, kind: str, entry: str, at: datetime) -> None:
        """One more; in memory until `flush`, so that no answer waits for the disk."""
        self._counts[at.astimezone(SHANGHAI).date(), kind, entry] += 1

    async def flush(self) -> None:
        """Write the counts. What cannot be written now is kept for the next time."""
        taken, self._counts = self._counts, Counter()
        if not taken:
            return
        rows = [
            {"day": day, "kind": kind, "entry": entry, "count": count}
            for (day, kind, entry), count in sorted(taken.items())
        ]
        make = (sqlite if self.database.sqlite else postgresql).insert(answer_counts)
        more = {"count": answer_counts.c.count + make.excluded.count}
        try:
            async with self.database.write() as connection:
                for row in rows:
                    key = ["day", "kind", "entry"]
                    await connection.execute(
                        make.values(row).on_conflict_do_update(index_elements=key, set_=more)
                    )
        except (OperationalError, InterfaceError, OSError) as error:
            self._counts.update(taken)
            log.info("counts_wait", error=type(error).__name__)

    async def open(self, limit: int = KEPT_AT_ONCE) -> tuple[OpenQuestion, ...]:
        """What is still to be dealt with, each text once, the newest first."""
        wanted = select(questions).where(questions.c.state == "open").order_by(questions.c.at.desc())
        async with self.database.read() as connection:
            rows = (await connection.execute(wanted.limit(limit))).all()
        times = Counter(row.mark for row in rows)
        newest = {row.mark: row for row in reversed(rows)}
        found = [
            OpenQuestion(
                row.id,
                self._vault.decrypt(row.blob, _place(row.id)).decode(),
                row.kind,
                row.entry,
                row.score,
                row.at,
                times[row.mark],
            )
            for row in newest.values()
        ]
        return tuple(sorted(found, key=lambda question: question.at, reverse=True))

    async def find(self, id: str) -> OpenQuestion | None:
        """One question, dealt with or not."""
        async with self.database.read() as connection:
            row = (await connection.execute(select(questions).where(questions.c.id == id))).first()
        if row is None:
            return None
        text = self._vault.decrypt(row.blob, _place(id)).decode()
        return OpenQuestion(row.id, text, row.kind, row.entry, row.score, row.at)

    async def settle(self, ids: Sequence[str], state: str, by: str) -> int:
        """`done` or `left` as it is: these questions and all with the same text. How many."""
        marks = select(questions.c.mark).where(questions.c.id.in_(ids))
        these = (questions.c.state == "open") & questions.c.mark.in_(marks)
        async with self.database.write() as connection:
            return (
                await connection.execute(update(questions).where(these).values(state=state, by=by))
            ).rowcount

    async def waiting(self) -> int:
        """How many are open."""
        async with self.database.read() as connection:
            count = select(func.count()).select_from(questions).where(questions.c.state == "open")
            return int(await connection.scalar(count) or 0)

    async def purge(self, before: datetime) -> int:
        """Delete what is older."""
        async with self.database.write() as connection:
            return (await connection.execute(delete(questions).where(questions.c.at < before))).rowcount

    async def counts(self, first: date, last: date) -> dict[tuple[str, str], int]:
        """(kind, entry) → how often, in those days."""
        c = answer_counts.c
        wanted = (
            select(c.kind, c.entry, func.sum(c.count))
            .where(c.day >= first, c.day <= last)
            .group_by(c.kind, c.entry)
        )
        async with self.database.read() as connection:
            return {(kind, entry): int(n) for kind, entry, n in await connection.execute(wanted)}


def _place(id: str) -> bytes:
    return f"question:{id}".encode()
