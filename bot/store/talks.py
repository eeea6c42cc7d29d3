"""Conversations with a person, as the citizen's messages see them."""

import secrets
from datetime import datetime
from typing import Any, cast

import structlog
from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.store.database import Database
from bot.store.staff_tables import talk_lines, talks
from bot.store.talk_rows import NewLine, TalkRows
from handlers.message import Message
from handlers.ports import Talk, TalkState

LONGEST = 2000

# What stands in the thread for what is no text.
KINDS = {"image": "［图片］", "voice": "［语音］", "video": "［视频］", "shortvideo": "［视频］",
         "location": "［位置］", "link": "［链接］", "file": "［文件］"}  # fmt: skip

# Asked with every message, so it is put together once.
CURRENT = (
    select(talks)
    .where(talks.c.user == bindparam("who"), talks.c.state != "closed")
    .order_by(talks.c.opened.desc())
    .limit(1)
)

log = structlog.get_logger()


class TalkStore:
    """Implements `handlers.ports.Talks`."""

    def __init__(self, database: Database, rows: TalkRows) -> None:
        self._database, self._rows = database, rows

    async def current(self, user: str) -> Talk | None:
        """The conversation of this person that is not closed; none if the database is away."""
        try:
            rows = await self._database.look(CURRENT, who=self._rows.index(user))
        except (OperationalError, InterfaceError) as error:
            # Questions are answered even when the database is away.
            log.warning("talks_not_read", exc_info=error)
            return None
        return _talk(rows[0]) if rows else None

    async def open(self, message: Message, state: TalkState, until: datetime) -> Talk:
        """Ask for a person; one that a clerk answers already is left as it is."""
        talk = await self.current(message.user)
        if talk is None:
            talk = Talk(secrets.token_hex(16), state, until)
            await self._insert(talk, message)
        elif talk.state != "taken":
            talk = Talk(talk.id, state, until)
            async with self._database.write() as connection:
                values = {"state": state, "quiet_until": until}
                await connection.execute(update(talks).where(talks.c.id == talk.id).values(values))
        await self.hear(talk, message)
        return talk

    async def hear(self, talk: Talk, message: Message, picture: str = "") -> None:
        """Keep what the person wrote; a second time changes nothing."""
        text = message.text.strip()[:LONGEST] or KINDS.get(message.kind, "［其他］")
        mark = self._rows.vault.index(f"{message.user}\0{message.id}", "talk line")
        known = select(talk_lines.c.seq).where(talk_lines.c.talk == talk.id, talk_lines.c.mark == mark)
        async with self._database.write() as connection:
            await self._rows.held(connection, talk.id)
            if await connection.scalar(known) is None:
                await self._rows.add(connection, talk.id, NewLine("citizen", text, picture, mark=mark))
                heard = update(talks).where(talks.c.id == talk.id).values(last_in=message.at)
                await connection.execute(heard)

    async def lapse(self, talk: Talk, now: datetime) -> bool:
        """Nobody answered in time; false if a clerk was quicker, or it was noticed before."""
        async with self._database.write() as connection:
            return await self._rows.lapse(connection, talk.id, now)

    async def close(self, talk: Talk, now: datetime) -> None:
        """The person wants the bot again."""
        which = (talks.c.id == talk.id) & (talks.c.state != "closed")
        values = {"state": "closed", "closed": now}
        async with self._database.write() as connection:
            if (await connection.execute(update(talks).where(which).values(values))).rowcount:
                await self._rows.add(connection, talk.id, NewLine("system", "对方回到了机器人"))

    async def _insert(self, talk: Talk, message: Message) -> None:
        values = {
            "id": talk.id,
            "user": self._rows.index(message.user),
            "user_blob": self._rows.sealed(talk.id, message.user),
            "state": talk.state,
            "clerk": "",
            "opened": self._rows.clock.now(),
            "quiet_until": talk.until,
            "last_in": message.at,
        }
        async with self._database.write() as connection:
            await connection.execute(insert(talks).values(values))


def _talk(row: Row[Any]) -> Talk:
    return Talk(row.id, cast(TalkState, row.state), row.quiet_until)
