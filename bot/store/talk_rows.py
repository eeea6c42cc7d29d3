"""The rows of conversations with a person: encrypted, in order, told of at each change."""

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.outbox_rows import insert_messages
from bot.store.staff_tables import talk_lines, talks
from bot.vault import Vault
from config.texts import say
from handlers.ports import Clock, OutMessage, TalkState


@dataclass(frozen=True, slots=True)
class TalkRow:
    """A conversation as the console lists it."""

    id: str
    user: str  # openid
    state: TalkState
    clerk: str
    opened: datetime
    until: datetime
    last_in: datetime
    last_out: datetime | None


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a thread. `state` of a clerk's: sending, sent, failed."""

    seq: int
    by: str
    state: str
    at: datetime
    text: str
    picture: str


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be added. The same `mark` is never added twice."""

    by: str
    text: str
    picture: str = ""
    state: str = ""
    mark: str = field(default_factory=lambda: secrets.token_hex(16))


class TalkRows:
    """What both sides of a conversation do with its rows."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self.vault, self.clock = vault, clock

    def index(self, user: str) -> str:
        """The blind index of an openid."""
        return self.vault.index(user, "talk")

    def sealed(self, id: str, user: str) -> bytes:
        """The openid of conversation `id`, encrypted."""
        return self.vault.encrypt(user.encode(), _place(id))

    def row(self, row: Row[Any]) -> TalkRow:
        """The conversation in a row."""
        return TalkRow(
            id=row.id,
            user=self._user(row),
            state=row.state,
            clerk=row.clerk,
            opened=row.opened,
            until=row.quiet_until,
            last_in=row.last_in,
            last_out=row.last_out,
        )

    def said(self, row: Row[Any]) -> Said:
        """The line in a row."""
        data = json.loads(self.vault.decrypt(row.blob, _line_place(row.talk, row.seq)))
        return Said(row.seq, row.by, row.state, row.at, data["text"], data["picture"])

    async def add(self, connection: AsyncConnection, id: str, line: NewLine) -> int:
        """Add a line at the end; gives its place. IntegrityError if its mark is there already."""
        seq = await self.last(connection, id) + 1
        data = json.dumps({"text": line.text, "picture": line.picture}, ensure_ascii=False)
        values = {
            "talk": id,
            "seq": seq,
            "by": line.by,
            "mark": line.mark,
            "state": line.state,
            "at": self.clock.now(),
            "blob": self.vault.encrypt(data.encode(), _line_place(id, seq)),
        }
        await connection.execute(insert(talk_lines).values(values))
        return seq

    async def last(self, connection: AsyncConnection, id: str) -> int:
        """The place of the last line."""
        wanted = select(func.max(talk_lines.c.seq)).where(talk_lines.c.talk == id)
        return int(await connection.scalar(wanted) or 0)

    async def held(self, connection: AsyncConnection, id: str) -> Row[Any]:
        """The row, held until the transaction ends: who adds a line comes one after the other."""
        return (await connection.execute(select(talks).where(talks.c.id == id).with_for_update())).one()

    async def lapse(self, connection: AsyncConnection, id: str, now: datetime) -> bool:
        """Give back what nobody answered in time; false if a clerk did, or it was noticed before."""
        waits = talks.c.state.in_(("waiting", "taken")) & (talks.c.quiet_until < now)
        which = (talks.c.id == id) & waits
        if not (await connection.execute(update(talks).where(which).values(state="left", clerk=""))).rowcount:
            return False
        await self.add(connection, id, NewLine("system", "半小时没有工作人员回复，机器人接着答"))
        return True

    async def tell(self, connection: AsyncConnection, row: Row[Any], what: str) -> None:
        """Queue a customer-service message, or the lead of the next reply (bot/outbox)."""
        seq = await self.last(connection, row.id)
        payload = {"notice": "talk", "text": say(f"human.{what}"), "fields": {}, "url": ""}
        key = f"talk:{row.id}:{what}:{seq}"
        message = OutMessage(key, "talk", self.clock.now(), payload, user=self._user(row), must=True)
        await insert_messages(connection, self.vault, (message,))

    def _user(self, row: Row[Any]) -> str:
        return self.vault.decrypt(row.user_blob, _place(row.id)).decode()


def _place(id: str) -> bytes:
    return f"talk user:{id}".encode()


def _line_place(id: str, seq: int) -> bytes:
    return f"talk:{id}:{seq}".encode()
