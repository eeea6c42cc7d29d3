"""Subscribers of consumer warnings: what they wish for, and which WeChat tags have to follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.subscription_tables import subscribers, subscriptions
from bot.vault import Vault
from config.warnings import ALL, warning_rules
from handlers.subscriptions.wishes import Wish, Wishes, tags


@dataclass(frozen=True, slots=True)
class Untidy:
    """A subscriber whose WeChat tags are not as they should be; `changed` is when that came about."""

    user: str  # blind index
    openid: str
    wanted: frozenset[str]
    tagged: frozenset[str]
    changed: datetime


class SubscriptionStore:
    """Implements `handlers.ports.Subscriptions`."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database, self.vault = database, vault

    async def of(self, openid: str) -> Wishes:
        """What this person is subscribed to."""
        async with self.database.read() as connection:
            return await self._wishes(connection, self._index(openid))

    async def replace(self, openid: str, wishes: Wishes, at: datetime) -> None:
        """From now on exactly `wishes`."""
        user = self._index(openid)
        async with self.database.write() as connection:
            await connection.execute(delete(subscriptions).where(subscriptions.c.user == user))
            if wishes:
                await connection.execute(insert(subscriptions), [_row(user, wish) for wish in sorted(wishes)])
            await self._mark(connection, user, openid, wishes, at)

    async def forget(self, openid: str) -> None:
        """They left: nothing is kept."""
        await self.forget_user(self._index(openid))

    async def forget_user(self, user: str) -> None:
        """As `forget`, by blind index."""
        async with self.database.write() as connection:
            for table in (subscriptions, subscribers):
                await connection.execute(delete(table).where(table.c.user == user))

    async def untidy(self, limit: int) -> tuple[Untidy, ...]:
        """Subscribers whose tags have to be changed, the longest waiting first."""
        wanted = select(subscribers).where(subscribers.c.dirty).order_by(subscribers.c.changed).limit(limit)
        async with self.database.read() as connection:
            rows = (await connection.execute(wanted)).all()
            return tuple([await self._untidy(connection, row) for row in rows])

    async def tidied(self, done: Sequence[Untidy]) -> None:
        """Their tags are now as wanted, unless they have changed their mind meanwhile."""
        async with self.database.write() as connection:
            for each in done:
                mine = and_(subscribers.c.user == each.user, subscribers.c.changed == each.changed)
                if each.wanted:
                    await connection.execute(
                        update(subscribers).where(mine).values(dirty=False, tagged=_joined(each.wanted))
                    )
                else:
                    await connection.execute(delete(subscribers).where(mine))

    async def size(self, category: str, place: str) -> int:
        """How many subscribers a warning of that category and place is for."""
        counted = select(func.count()).select_from(audience(category, place).subquery())
        async with self.database.read() as connection:
            return int(await connection.scalar(counted) or 0)

    async def openids(self, users: Sequence[str]) -> dict[str, str]:
        """The openids behind blind indexes, of those who are still subscribers."""
        wanted = select(subscribers.c.user, subscribers.c.user_blob).where(subscribers.c.user.in_(users))
        async with self.database.read() as connection:
            rows = (await connection.execute(wanted)).all()
        return {row.user: self._openid(row.user, row.user_blob) for row in rows}

    async def _mark(
        self, connection: AsyncConnection, user: str, openid: str, wishes: Wishes, at: datetime
    ) -> None:
        """Keep the row as long as they wish for something, or WeChat still has tags of theirs."""
        known = await connection.scalar(select(subscribers.c.tagged).where(subscribers.c.user == user))
        tagged = known or ""
        if not wishes and not tagged:
            await connection.execute(delete(subscribers).where(subscribers.c.user == user))
            return
        dirty = _joined(tags(wishes)) != tagged
        blob = self.vault.encrypt(openid.encode(), _place(user))
        make = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(subscribers)
        row = {"user": user, "user_blob": blob, "changed": at, "tagged": tagged, "dirty": dirty}
        changes = {"changed": at, "dirty": dirty, "user_blob": blob}
        await connection.execute(
            make.values(row).on_conflict_do_update(index_elements=["user"], set_=changes)
        )

    async def _untidy(self, connection: AsyncConnection, row: Any) -> Untidy:
        wishes = await self._wishes(connection, row.user)
        openid = self._openid(row.user, row.user_blob)
        return Untidy(row.user, openid, tags(wishes), frozenset(row.tagged.split()), row.changed)

    async def _wishes(self, connection: AsyncConnection, user: str) -> Wishes:
        wanted = select(subscriptions.c.category, subscriptions.c.county).where(subscriptions.c.user == user)
        return frozenset(Wish(*row) for row in await connection.execute(wanted))

    def _openid(self, user: str, blob: bytes) -> str:
        return self.vault.decrypt(blob, _place(user)).decode()

    def _index(self, openid: str) -> str:
        return self.vault.index(openid, "filer")


def audience(category: str, place: str) -> Select[str]:
    """The blind indexes of everyone a warning of that category and place is for, each once."""
    conditions: list[ColumnElement[bool]] = []
    if category != ALL:
        conditions.append(subscriptions.c.category.in_([category, ALL]))
    whole = warning_rules().whole.code
    if place != whole:
        conditions.append(subscriptions.c.county.in_([place, whole]))
    return select(subscriptions.c.user).where(*conditions).distinct()


def _row(user: str, wish: Wish) -> dict[str, str]:
    return {"user": user, "category": wish.category, "county": wish.place}


def _joined(names: frozenset[str]) -> str:
    return " ".join(sorted(names))


def _place(user: str) -> bytes:
    return f"subscriber:{user}".encode()
