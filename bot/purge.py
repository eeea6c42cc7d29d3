"""Removes personal data whose time is over: of cases, questions, conversations, messages.

What the law wants counted (kind, dates, outcome, the row of the annual report) stays; who it was about goes.
Every step can be repeated: a case is marked as erased last, after everything of it is gone.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Delete, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.evidence import EvidenceStore
from bot.outbox.states import DEAD, SENT, SETTLED
from bot.papers import Shelf
from bot.store.database import Database
from bot.store.notice_tables import agenda
from bot.store.questions import QuestionStore
from bot.store.schema import case_events, case_lookups, cases, outbox
from bot.store.talk_desk import TalkDesk
from bot.store.warning_tables import warning_recipients, warnings
from bot.vault import Vault
from config.settings import Settings
from handlers.annual.table3 import row_of
from handlers.ports import Clock

# What an event may go on saying: codes, days, who acted. Everything else may be about somebody.
KEPT = frozenset(
    {"outcome", "ground", "days", "date", "until", "unit", "number", "assignee", "approved_by", "by"}
    | {"proposes", "returns", "old", "new", "provisional", "report_row", "score"}
)
MESSAGE_DAYS = timedelta(days=90)  # of a message that went out and belongs to no case
RECIPIENT_DAYS = timedelta(days=62)  # WeChat's monthly count of mass messages is over by then
AT_ONCE = 200

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Purged:
    """What was removed (or would be)."""

    cases: int = 0
    pictures: int = 0
    papers: int = 0
    questions: int = 0
    talks: int = 0
    messages: int = 0
    recipients: int = 0


@dataclass(frozen=True)
class Purge:
    """One run."""

    database: Database
    vault: Vault
    settings: Settings
    evidence: EvidenceStore
    shelf: Shelf
    questions: QuestionStore
    talks: TalkDesk
    clock: Clock

    async def due(self) -> tuple[str, ...]:
        """Numbers of the cases whose personal data is to go."""
        before = self.clock.now() - timedelta(days=self.settings.purge_days)
        wanted = select(cases.c.number).where(cases.c.closed < before, cases.c.erased.is_(None))
        async with self.database.read() as connection:
            return tuple((await connection.execute(wanted.order_by(cases.c.closed))).scalars())

    async def run(self) -> Purged:
        """Remove everything that is due."""
        now, pictures, papers = self.clock.now(), 0, 0
        numbers = await self.due()
        for number in numbers:
            pictures += await self.evidence.purge(number)
            papers += await self.shelf.purge(number)
            await self._erase(number, now)
        questions = await self.questions.purge(now - timedelta(days=self.settings.question_days))
        talks = await self._talks()
        messages = await self._delete_messages(now - MESSAGE_DAYS)
        recipients = await self._delete_recipients(now - RECIPIENT_DAYS)
        await self._wipe()
        found = Purged(len(numbers), pictures, papers, questions, talks, messages, recipients)
        log.info("purged", cases=found.cases, questions=questions, talks=talks, messages=messages)
        return found

    async def _erase(self, number: str, now: datetime) -> None:
        blank = self.vault.encrypt(b"", f"filer:{number}".encode())
        gone = {"filer": "", "filer_blob": blank, "code": "", "erased": now}
        async with self.database.write() as connection:
            events = select(case_events).where(case_events.c.number == number)
            for row in (await connection.execute(events)).all():
                await self._erase_event(connection, number, row.seq, row.blob)
            for table in (case_lookups, outbox, agenda):
                await connection.execute(delete(table).where(table.c.number == number))
            await connection.execute(update(cases).where(cases.c.number == number).values(gone))

    async def _erase_event(self, connection: AsyncConnection, number: str, seq: int, blob: bytes) -> None:
        place = f"event:{number}:{seq}".encode()
        data = kept(json.loads(self.vault.decrypt(blob, place)))
        mine = (case_events.c.number == number) & (case_events.c.seq == seq)
        sealed = self.vault.encrypt(json.dumps(data, ensure_ascii=False).encode(), place)
        await connection.execute(update(case_events).where(mine).values(blob=sealed))

    async def _talks(self) -> int:
        """Conversations with a person, with their pictures."""
        count = 0
        while ids := await self.talks.purge():
            for id in ids:
                await self.evidence.drop(f"talk:{id}")
            count += len(ids)
        return count

    async def _delete_messages(self, before: datetime) -> int:
        """Messages that went out or never will, and belong to no case that still needs them."""
        over = outbox.c.state.in_((SENT, DEAD, SETTLED)) & (outbox.c.number == "") & (outbox.c.made < before)
        return await self._delete(delete(outbox).where(over))

    async def _delete_recipients(self, before: datetime) -> int:
        over = select(warnings.c.id).where(
            warnings.c.state.in_(("sent", "recalled")), warnings.c.scheduled < before
        )
        theirs = warning_recipients.c.warning.in_(over)
        return await self._delete(delete(warning_recipients).where(theirs))

    async def _delete(self, statement: Delete) -> int:
        async with self.database.write() as connection:
            return int((await connection.execute(statement)).rowcount)

    async def _wipe(self) -> None:
        """SQLite overwrites what it deletes (secure_delete); the write-ahead log is emptied as well."""
        if self.database.sqlite:
            async with self.database.engine.connect() as connection:
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def kept(data: Mapping[str, Any]) -> dict[str, Any]:
    """What of an event stays; the row of the annual report, which goes by words of the reason, is noted."""
    found = {key: value for key, value in data.items() if key in KEPT}
    if data.get("outcome") == "DENY":
        found["report_row"] = row_of("DENY", data)
    return found
