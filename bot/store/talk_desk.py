"""Conversations with a person, as clerks see them: read, answered, handed back, forgotten in time."""

from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.database import Database
from bot.store.staff_tables import talk_lines, talks
from bot.store.talk_rows import NewLine, Said, TalkRow, TalkRows
from config.office import load_office

AT_ONCE = 100
SHOWN = 100


class SaidAlreadyError(Exception):
    """The same form was sent before: nothing is said twice."""


class OthersSpokeError(Exception):
    """Something was said that the clerk has not seen yet."""


class TalkDesk:
    """What the console and its job do."""

    def __init__(self, database: Database, rows: TalkRows) -> None:
        self._database, self._rows = database, rows

    async def listed(self, *, closed: bool = False) -> tuple[TalkRow, ...]:
        """Open conversations, the one that waits longest first; or the closed ones, newest first."""
        wanted = select(talks).where((talks.c.state == "closed") if closed else (talks.c.state != "closed"))
        order = talks.c.last_in.desc() if closed else talks.c.last_in
        async with self._database.read() as connection:
            rows = await connection.execute(wanted.order_by(order).limit(SHOWN))
            return tuple(self._rows.row(row) for row in rows)

    async def waiting(self) -> int:
        """How many people wait for a clerk's word."""
        unanswered = talks.c.last_out.is_(None) | (talks.c.last_in > talks.c.last_out)
        wanted = select(func.count()).where(talks.c.state != "closed", unanswered)
        async with self._database.read() as connection:
            return int(await connection.scalar(wanted) or 0)

    async def find(self, id: str) -> TalkRow | None:
        """The conversation of that id."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(talks).where(talks.c.id == id))).first()
        return self._rows.row(row) if row else None

    async def thread(self, id: str) -> tuple[Said, ...]:
        """Everything that was said."""
        wanted = select(talk_lines).where(talk_lines.c.talk == id).order_by(talk_lines.c.seq)
        async with self._database.read() as connection:
            return tuple(self._rows.said(row) for row in await connection.execute(wanted))

    async def begin_answer(self, id: str, line: NewLine, seen: int) -> tuple[int, bool]:
        """Put a clerk's answer down before it is sent; gives its place, and whether it is the first one.

        Raises:
            SaidAlreadyError: this very form was sent before.
            OthersSpokeError: the thread has lines behind `seen`.
        """
        until = self._rows.clock.now() + timedelta(minutes=load_office().quiet_minutes)
        values = {"state": "taken", "clerk": line.by, "quiet_until": until, "closed": None}
        try:
            async with self._database.write() as connection:
                row = await self._rows.held(connection, id)
                known = select(talk_lines.c.seq).where(talk_lines.c.mark == line.mark)
                if await connection.scalar(known.where(talk_lines.c.talk == id)) is not None:
                    raise SaidAlreadyError
                if await self._rows.last(connection, id) != seen:
                    raise OthersSpokeError
                seq = await self._rows.add(connection, id, line)
                await connection.execute(update(talks).where(talks.c.id == id).values(values))
                return seq, row.state != "taken"
        except IntegrityError:
            raise SaidAlreadyError from None

    async def end_answer(self, id: str, seq: int, *, sent: bool) -> None:
        """Record whether it went out."""
        which = (talk_lines.c.talk == id) & (talk_lines.c.seq == seq)
        done = update(talks).where(talks.c.id == id).values(last_out=self._rows.clock.now())
        async with self._database.write() as connection:
            state = "sent" if sent else "failed"
            await connection.execute(update(talk_lines).where(which).values(state=state))
            if sent:
                await connection.execute(done)

    async def hand_back(self, id: str) -> bool:
        """The clerk is done: the bot answers again, and the citizen is told. False if it was closed."""
        values = {"state": "closed", "closed": self._rows.clock.now()}
        async with self._database.write() as connection:
            row = await self._rows.held(connection, id)
            if row.state == "closed":
                return False
            await connection.execute(update(talks).where(talks.c.id == id).values(values))
            await self._rows.add(connection, id, NewLine("system", "工作人员交还给机器人"))
            if row.state == "taken":
                await self._rows.tell(connection, row, "handed_back")
            return True

    async def lapse_due(self) -> int:
        """Give back what nobody answered in time, and tell the people; how many."""
        now, told = self._rows.clock.now(), 0
        overdue = select(talks).where(talks.c.state.in_(("waiting", "taken")), talks.c.quiet_until < now)
        async with self._database.read() as connection:
            rows = (await connection.execute(overdue.limit(AT_ONCE))).all()
        for row in rows:
            async with self._database.write() as connection:
                if await self._rows.lapse(connection, row.id, now):
                    await self._rows.tell(connection, row, "lapsed")
                    told += 1
        return told

    async def purge(self) -> tuple[str, ...]:
        """Delete conversations whose time of keeping is over; their ids (pictures are to go as well)."""
        before = self._rows.clock.now() - timedelta(days=load_office().kept_days)
        old = select(talks.c.id).where(talks.c.last_in < before).limit(AT_ONCE)
        async with self._database.write() as connection:
            ids = tuple((await connection.execute(old)).scalars())
            if ids:
                await connection.execute(delete(talk_lines).where(talk_lines.c.talk.in_(ids)))
                await connection.execute(delete(talks).where(talks.c.id.in_(ids)))
        return ids
