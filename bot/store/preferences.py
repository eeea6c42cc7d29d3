"""How much each person wants to hear, by the blind index of their openid."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.notice_tables import preferences
from bot.vault import Vault

DEFAULT = "all"


class PreferenceStore:
    """Implements `handlers.ports.Preferences`."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database, self._vault = database, vault

    async def level(self, user: str) -> str:
        """What the person chose, or everything."""
        async with self._database.read() as connection:
            return await self.level_in(connection, user)

    async def level_in(self, connection: AsyncConnection, user: str) -> str:
        """The same, inside a transaction."""
        index = self._vault.index(user, "filer")
        found = await connection.scalar(select(preferences.c.level).where(preferences.c.user == index))
        return str(found or DEFAULT)

    async def choose(self, user: str, level: str, at: datetime) -> None:
        """Keep what the person chose last."""
        row = {"user": self._vault.index(user, "filer"), "level": level, "at": at}
        async with self._database.write() as connection:
            insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(preferences)
            await connection.execute(
                insert.values(row).on_conflict_do_update(
                    index_elements=["user"], set_={"level": level, "at": at}
                )
            )
