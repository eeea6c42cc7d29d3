"""Who is sent a warning, in which call, and what came of each call.

Recipients are chosen once, when sending begins; a call's row says `sending` before the call is made. So a
process that dies leaves everything another one needs to go on, and nobody is chosen twice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.subscriptions import audience
from bot.store.warning_tables import warning_batches, warning_recipients, warnings
from handlers.warnings.model import Content
from handlers.warnings.quota import A_MONTH, Allowance, Plan, batches, plan

LATER_BATCH = 500  # people whose messages are put into the outbox in one transaction
ROWS = 5000  # recipients written in one statement
LEASE = timedelta(minutes=5)  # longer than a call with its retries may take
# Our columns, and what MASSSENDJOBFINISH calls them.
RESULTS = {"total": "TotalCount", "filtered": "FilterCount", "delivered": "SentCount", "failed": "ErrorCount"}
OPEN = ("new", "sending")  # calls that are still to be made, or to be made sure of
COUNTED = ("sending", "sent", "done", "unknown")  # calls that use the account's quota


@dataclass(frozen=True, slots=True)
class Batch:
    """One call to WeChat, or one handful of messages for the outbox."""

    warning: str
    number: int
    route: str
    state: str
    size: int
    client_id: str
    msg_id: int | None = None
    tried: datetime | None = None
    sent: datetime | None = None
    status: str = ""
    total: int | None = None
    filtered: int | None = None
    delivered: int | None = None
    failed: int | None = None
    reason: str = ""


class BatchStore:
    """What the sender keeps."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def claim(self, ticket: str, now: datetime) -> str | None:
        """The id of a warning that is due, for this process alone; its lease has to be renewed."""
        due = (warnings.c.state == "sending") | (
            (warnings.c.state == "scheduled") & (warnings.c.scheduled <= now)
        )
        free = or_(warnings.c.lease == "", warnings.c.leased < now, warnings.c.lease == ticket)
        wanted = (
            select(warnings.c.id).where(due & free).order_by(warnings.c.scheduled, warnings.c.id).limit(1)
        )
        async with self.database.read() as connection:
            if (await connection.scalar(wanted)) is None:
                return None
        async with self.database.write() as connection:
            id = await connection.scalar(wanted.with_for_update(skip_locked=True))
            if id is not None:
                mine = update(warnings).where(warnings.c.id == id)
                await connection.execute(mine.values(lease=ticket, leased=now + LEASE))
            return id

    async def hold(self, id: str, ticket: str, now: datetime) -> bool:
        """Renew the lease. False: it was lost, or the warning was recalled."""
        mine = (warnings.c.id == id) & (warnings.c.lease == ticket) & (warnings.c.state == "sending")
        async with self.database.write() as connection:
            changed = await connection.execute(update(warnings).where(mine).values(leased=now + LEASE))
            return changed.rowcount == 1

    async def release(self, id: str, ticket: str) -> None:
        """Let others have it."""
        async with self.database.write() as connection:
            mine = (warnings.c.id == id) & (warnings.c.lease == ticket)
            await connection.execute(update(warnings).where(mine).values(lease="", leased=None))

    async def choose(
        self, connection: AsyncConnection, id: str, content: Content, allowed: Allowance, month: datetime
    ) -> Plan:
        """Write down who gets it by which call, in the transaction that makes the warning `sending`."""
        people = list((await connection.execute(audience(content.category, content.county))).scalars())
        full = await self._used_up(connection, month) if allowed.kind == "service" else frozenset[str]()
        used_up = [user for user in people if user in full]
        chosen = plan(len(people), len(used_up), allowed)
        first, later = ([], people) if chosen.route == "outbox" else (people, used_up)
        if used_up and first:
            first = [user for user in people if user not in full]
        calls = batches(len(first)) if chosen.route == "users" else [len(first)] if first else []
        parts = [(chosen.route, part) for part in _cut(first, calls)]
        parts += [("outbox", part) for part in _cut(later, _handfuls(len(later)))]
        for number, (route, users) in enumerate(parts, start=1):
            await connection.execute(insert(warning_batches).values(_new(id, number, route, len(users))))
            rows = [{"warning": id, "user": user, "batch": number} for user in users]
            for start in range(0, len(rows), ROWS):
                await connection.execute(insert(warning_recipients), rows[start : start + ROWS])
        return chosen

    async def _used_up(self, connection: AsyncConnection, month: datetime) -> frozenset[str]:
        """Who has had four mass messages since the month began."""
        together = warning_recipients.join(
            warning_batches,
            (warning_batches.c.warning == warning_recipients.c.warning)
            & (warning_batches.c.batch == warning_recipients.c.batch),
        )
        counts = (warning_batches.c.tried >= month) & warning_batches.c.state.in_(COUNTED)
        user = warning_recipients.c.user
        wanted = select(user).select_from(together).where(counts, warning_batches.c.route != "outbox")
        wanted = wanted.group_by(user).having(func.count() >= A_MONTH)
        return frozenset((await connection.execute(wanted)).scalars())

    async def preview(self, content: Content, allowed: Allowance, month: datetime) -> Plan:
        """How it would go out now."""
        async with self.database.read() as connection:
            people = audience(content.category, content.county).subquery()
            size = int(await connection.scalar(select(func.count()).select_from(people)) or 0)
            used_up = 0
            if allowed.kind == "service" and (full := await self._used_up(connection, month)):
                users = (await connection.execute(select(people.c.user))).scalars()
                used_up = sum(user in full for user in users)
            return plan(size, used_up, allowed)

    async def calls_since(self, moment: datetime) -> int:
        """How many mass calls were made since (of a subscription account: since midnight)."""
        mine = warning_batches.c.route != "outbox"
        counts = mine & (warning_batches.c.tried >= moment) & warning_batches.c.state.in_(COUNTED)
        async with self.database.read() as connection:
            return int(await connection.scalar(select(func.count()).where(counts)) or 0)

    async def of(self, id: str) -> tuple[Batch, ...]:
        """The calls of a warning, in order."""
        mine = select(warning_batches).where(warning_batches.c.warning == id)
        async with self.database.read() as connection:
            rows = (await connection.execute(mine.order_by(warning_batches.c.batch))).mappings()
            return tuple(_batch(row) for row in rows)

    async def users(self, batch: Batch) -> tuple[str, ...]:
        """The blind indexes of a call's recipients, always in the same order."""
        mine = (warning_recipients.c.warning == batch.warning) & (warning_recipients.c.batch == batch.number)
        wanted = select(warning_recipients.c.user).where(mine).order_by(warning_recipients.c.user)
        async with self.database.read() as connection:
            return tuple((await connection.execute(wanted)).scalars())

    async def change(self, batch: Batch, **values: Any) -> None:
        """Write down what came of a call."""
        async with self.database.write() as connection:
            await self.change_in(connection, batch, **values)

    async def change_in(self, connection: AsyncConnection, batch: Batch, **values: Any) -> None:
        """As `change`, in a transaction of the caller's."""
        mine = (warning_batches.c.warning == batch.warning) & (warning_batches.c.batch == batch.number)
        await connection.execute(update(warning_batches).where(mine).values(values))

    async def call_off(self, connection: AsyncConnection, id: str) -> None:
        """Recalled: calls that were not begun are not made."""
        mine = (warning_batches.c.warning == id) & (warning_batches.c.state == "new")
        await connection.execute(update(warning_batches).where(mine).values(state="recalled"))

    async def untold(self, before: datetime, limit: int = 50) -> tuple[Batch, ...]:
        """Calls made before that moment of whose end WeChat has not told, the oldest first."""
        open_ = (warning_batches.c.state == "sent") & warning_batches.c.msg_id.is_not(None)
        wanted = select(warning_batches).where(open_, warning_batches.c.sent <= before)
        async with self.database.read() as connection:
            rows = await connection.execute(wanted.order_by(warning_batches.c.sent).limit(limit))
            return tuple(_batch(row) for row in rows.mappings())

    async def end(self, batch: Batch, **values: Any) -> bool:
        """Write down how a call ended, unless WeChat has told it by now: it knows the figures."""
        mine = (warning_batches.c.warning == batch.warning) & (warning_batches.c.batch == batch.number)
        still = update(warning_batches).where(mine, warning_batches.c.state == "sent")
        async with self.database.write() as connection:
            return (await connection.execute(still.values(values))).rowcount == 1

    async def finished(self, told: Mapping[str, str]) -> bool:
        """MASSSENDJOBFINISH; whether it is about one of our calls that we know the number of."""
        msg_id = _number(told.get("MsgID"))
        values: dict[str, Any] = {"state": "done", "status": told.get("Status", "")[:60], "reason": ""}
        for column, name in RESULTS.items():
            values[column] = _number(told.get(name))
        if msg_id is None:
            return False
        async with self.database.write() as connection:
            ours = update(warning_batches).where(warning_batches.c.msg_id == msg_id)
            return (await connection.execute(ours.values(values))).rowcount > 0


def _handfuls(people: int) -> Iterator[int]:
    for start in range(0, people, LATER_BATCH):
        yield min(LATER_BATCH, people - start)


def _cut(people: Sequence[str], sizes: Iterable[int]) -> Iterator[Sequence[str]]:
    start = 0
    for size in sizes:
        yield people[start : start + size]
        start += size


def _new(id: str, number: int, route: str, size: int) -> dict[str, Any]:
    client_id = f"warning-{id}-{number}"
    fixed = {"warning": id, "batch": number, "route": route, "size": size, "client_id": client_id}
    return {**fixed, "state": "new", "status": "", "reason": ""}


def _batch(row: RowMapping) -> Batch:
    values = dict(row)
    return Batch(number=values.pop("batch"), **values)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None
