"""The outbox in SQL: claiming with a lease, one state after the other, nothing said twice."""

import json
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Update, bindparam, exists, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.outbox.measures import Measures
from bot.outbox.results import AtContact, Claimed, Dead, Later, Result, Sent
from bot.outbox.states import CONTACT, DEAD, NEW, SENDING, SENT, UNCERTAIN
from bot.store.database import Database
from bot.store.outbox_rows import insert_contact
from bot.store.schema import outbox
from bot.vault import Vault
from handlers.notices.messages import TOO_LATE
from handlers.ports import OutMessage

LEASE = timedelta(minutes=2)  # longer than every channel together may take
CONTACT_DAYS = timedelta(days=30)  # who has not written by then is not told any more
CRASHED = "发送途中程序中断，不知道对方收到没有"
REASON_CHARS = 200
# The bureau's mailbox sleeps as little as the platform does.
NIGHT_KINDS = ("mail",)
# Whether anything waits for this person; asked with every message, so it is put together once.
WAITING = (
    select(outbox.c.id)
    .where(
        outbox.c.user == bindparam("who"),
        or_(outbox.c.state == CONTACT, outbox.c.lease == bindparam("ticket")),
    )
    .limit(1)
)


class Todo(NamedTuple):
    """What a round of the worker finds: messages to send, lost ones, ones whose time is over."""

    due: bool
    lost: bool
    expired: bool


class OutboxStore:
    """Every method raises SQLAlchemy's errors when the database is away."""

    def __init__(self, database: Database, vault: Vault, measures: Measures | None = None) -> None:
        self.database, self.vault = database, vault
        self.measures = measures or Measures()

    async def todo(self, kinds: Collection[str], now: datetime, *, quiet: bool) -> Todo:
        """Whether there is something to send, to find uncertain, to give up: one look, for most rounds."""
        due, lost, over = self._due(kinds, now, quiet=quiet), self._lost(now), self._expired(now)
        asked = select(exists().where(due), exists().where(lost), exists().where(over))
        [found] = await self.database.look(asked)
        return Todo(bool(found[0]), bool(found[1]), bool(found[2]))

    async def claim(self, kinds: Collection[str], now: datetime, limit: int, *, quiet: bool) -> list[Claimed]:
        """Take up to `limit` messages that are due; at night (`quiet`) only what may go out then.

        Two replicas never get the same one: PostgreSQL locks the rows and skips locked ones, SQLite lets one
        writer in at a time.
        """
        due = self._due(kinds, now, quiet=quiet)
        if not await self._any(due):
            return []
        ticket = uuid.uuid4().hex
        async with self.database.write() as connection:
            wanted = (
                select(outbox)
                .where(due)
                .order_by(outbox.c.due, outbox.c.id)
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
            rows = (await connection.execute(wanted)).all()
            if rows:
                taken = outbox.c.id.in_([row.id for row in rows])
                await connection.execute(update(outbox).where(taken).values(lease=ticket, leased=now + LEASE))
        return [self._claimed(row, ticket) for row in rows]

    @staticmethod
    def _due(kinds: Collection[str], now: datetime, *, quiet: bool) -> ColumnElement[bool]:
        awake = or_(outbox.c.must, outbox.c.kind.in_(NIGHT_KINDS)) if quiet else true()
        free = or_(outbox.c.lease == "", outbox.c.leased < now)
        return (outbox.c.state == NEW) & (outbox.c.due <= now) & outbox.c.kind.in_(kinds) & free & awake

    async def _any(self, condition: ColumnElement[bool]) -> bool:
        return bool(await self.database.look(select(outbox.c.id).where(condition).limit(1)))

    def _claimed(self, row: Row[Any], ticket: str) -> Claimed:
        content = json.loads(self.vault.decrypt(row.blob, row.key.encode()))
        return Claimed(
            id=row.id,
            key=row.key,
            kind=row.kind,
            number=row.number,
            user=content["user"],
            payload=content["payload"],
            must=row.must,
            due=row.due,
            until=row.until,
            attempts=row.attempts + 1,
            tried=frozenset(row.tried.split()),
            lease=ticket,
            made=row.made,
        )

    def opened(self, row: Row[Any]) -> Claimed:
        """A row with its content, to look at."""
        return self._claimed(row, "")

    async def begin(self, message: Claimed, now: datetime) -> bool:
        """From here on it is in flight. False if the lease was lost: somebody else has it."""
        mine = (outbox.c.id == message.id) & (outbox.c.lease == message.lease) & (outbox.c.state == NEW)
        values = {"state": SENDING, "attempts": message.attempts, "leased": now + LEASE}
        return await self._change(mine, values) == 1

    async def release(self, message: Claimed, due: datetime) -> None:
        """Give back what was claimed and not begun."""
        mine = (outbox.c.id == message.id) & (outbox.c.lease == message.lease) & (outbox.c.state == NEW)
        await self._change(mine, {"lease": "", "due": due})

    async def finish(self, message: Claimed, result: Result, now: datetime, again: datetime) -> None:
        """Record what came of it; `again` is when to try the next time after a `Later`.

        A row that was held to be uncertain meanwhile (its sender took too long) is put right.
        """
        mine = (outbox.c.id == message.id) & (outbox.c.lease == message.lease)
        mine &= outbox.c.state.in_((SENDING, UNCERTAIN))
        values = {"lease": "", **self._outcome(message, result, now, again)}
        if isinstance(result, Sent) and result.rest:
            changed = await self._finish_in_part(
                message, update(outbox).where(mine).values(values), result, now
            )
        else:
            changed = await self._change(mine, values)
        if changed == 1:
            self.measures.count(message, result, values["state"])

    async def _finish_in_part(self, message: Claimed, sent: Update, result: Sent, now: datetime) -> int:
        """The person was told that there is more: it waits for them from the same moment on."""
        async with self.database.write() as connection:
            changed = (await connection.execute(sent)).rowcount
            if changed == 1:
                await insert_contact(connection, self.vault, _rest(message, result.rest, now))
        return changed

    @staticmethod
    def _outcome(message: Claimed, result: Result, now: datetime, again: datetime) -> dict[str, Any]:
        if isinstance(result, Sent):
            told = {"channel": result.channel, "message_id": result.message_id, "reason": ""}
            return {"state": SENT, "sent": now, **told}
        reason = {"reason": result.reason[:REASON_CHARS]}
        if isinstance(result, AtContact):
            return {"state": CONTACT, "channel": "contact", **reason}
        if isinstance(result, Dead):
            return {"state": DEAD, **reason}
        if isinstance(result, Later):
            if again > message.until:
                return {"state": DEAD, "reason": f"72小时没能送出：{result.reason}"[:REASON_CHARS]}
            return {"state": NEW, "due": again, **reason}
        return {"state": UNCERTAIN, **reason}

    async def reap(self, now: datetime) -> int:
        """What was in flight when its sender died: nobody knows whether it arrived. Returns how many."""
        lost = await self._change(self._lost(now), {"state": UNCERTAIN, "reason": CRASHED})
        self.measures.uncertain.labels("any", "none").inc(lost)
        return lost

    @staticmethod
    def _lost(now: datetime) -> ColumnElement[bool]:
        return (outbox.c.state == SENDING) & (outbox.c.leased < now)

    async def expire(self, now: datetime) -> int:
        """Who has not written for so long is not told any more; the clerk has seen it long before."""
        over = await self._change(self._expired(now), {"state": DEAD, "reason": "30天没有再来，没能告诉"})
        self.measures.dead.labels("notice", "contact").inc(over)
        return over

    @staticmethod
    def _expired(now: datetime) -> ColumnElement[bool]:
        return (outbox.c.state == CONTACT) & (outbox.c.due < now - CONTACT_DAYS)

    async def _change(self, which: ColumnElement[bool], values: dict[str, Any]) -> int:
        return await self.database.change(update(outbox).where(which).values(values))

    # ── what people are told when they write ──

    async def told_at_contact(self, user: str, message: str, now: datetime) -> list[Claimed]:
        """The messages that lead the reply to `message` (its id): those that wait for the person's contact,
        and those that an earlier, broken attempt at the same reply had taken already. What has lost its
        sense meanwhile is not told.
        """
        theirs = outbox.c.user == self.vault.index(user, "filer")
        ticket = self.vault.index(message, "contact")
        wanted = theirs & or_(outbox.c.state == CONTACT, outbox.c.lease == ticket)
        if not await self.database.look(WAITING, who=self.vault.index(user, "filer"), ticket=ticket):
            return []
        async with self.database.write() as connection:
            # Locked: a second message of the same person, at the same moment, finds them told.
            theirs_now = select(outbox).where(wanted).order_by(outbox.c.made, outbox.c.id).with_for_update()
            rows = await connection.execute(theirs_now)
            found = [(row.state, self._claimed(row, ticket)) for row in rows]
            waiting = [message for state, message in found if state == CONTACT]
            told = [message for message in waiting if not message.outlived(now)]
            late = [message for message in waiting if message.outlived(now)]
            values = {"state": SENT, "channel": "contact", "sent": now, "lease": ticket}
            await self._set(connection, told, values)
            await self._set(connection, late, {"state": DEAD, "reason": TOO_LATE})
        self.measures.sent.labels("notice", "contact").inc(len(told))
        self.measures.dead.labels("notice", "contact").inc(len(late))
        return [message for _, message in found if not message.outlived(now)]

    @staticmethod
    async def _set(connection: AsyncConnection, messages: Sequence[Claimed], values: dict[str, Any]) -> None:
        if messages:
            these = outbox.c.id.in_([message.id for message in messages])
            await connection.execute(update(outbox).where(these).values(values))

    # ── what WeChat says later ──

    async def came_back(self, which: ColumnElement[bool], channel: str, reason: str, now: datetime) -> bool:
        """A message that had been taken could not be delivered: on to the next channel, once."""
        async with self.database.write() as connection:
            row = await self._last(
                connection, which & (outbox.c.state == SENT) & (outbox.c.channel == channel)
            )
            if row is None or channel in row.tried.split():
                return False
            tried = " ".join([*row.tried.split(), channel])
            values = {"state": NEW, "tried": tried, "reason": reason[:REASON_CHARS], "due": now, "sent": None}
            await connection.execute(update(outbox).where(outbox.c.id == row.id).values(values))
        self.measures.retried.labels(row.kind, channel).inc()
        return True

    @staticmethod
    async def _last(connection: AsyncConnection, which: ColumnElement[bool]) -> Row[Any] | None:
        return (await connection.execute(select(outbox).where(which).order_by(outbox.c.id.desc()))).first()

    def by_message_id(self, message_id: str) -> ColumnElement[bool]:
        """Which message WeChat speaks of by the id that it gave."""
        return outbox.c.message_id == message_id

    def by_user(self, openid: str) -> ColumnElement[bool]:
        """The messages of a person."""
        return outbox.c.user == self.vault.index(openid, "filer")


def _rest(message: Claimed, text: str, now: datetime) -> OutMessage:
    """What a template message could not carry: the person was told that there is more."""
    payload = {**message.payload, "text": text}
    return OutMessage(
        key=f"{message.key}:rest",
        kind="notice",
        due=now,
        payload=payload,
        user=message.user,
        number=message.number,
        day=now + CONTACT_DAYS,
    )
