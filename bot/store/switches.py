"""What 管理员 switches while the service runs. Read from SQL each time, so every replica follows at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, Select, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.staff_tables import switches
from config.settings import Settings
from handlers.ports import VersionConflictError

Name = Literal["warning_steps"]


@dataclass(frozen=True, slots=True)
class Switch:
    """How a switch stands. `seq` 0: nobody has changed it, the environment's value counts."""

    value: str
    seq: int = 0
    by: str = ""
    at: datetime | None = None


class SwitchStore:
    """The switches, with everything that they ever were."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._defaults: dict[Name, str] = {"warning_steps": settings.warning_steps}

    async def now(self, name: Name) -> Switch:
        """How it stands."""
        async with self._database.read() as connection:
            return await self._newest(connection, name)

    async def history(self, name: Name) -> tuple[Switch, ...]:
        """Every change, the newest first."""
        async with self._database.read() as connection:
            return tuple(_switch(row) for row in await connection.execute(_rows(name)))

    async def change(self, name: Name, value: str, seen: int, by: str, at: datetime) -> None:
        """Switch it; `seen` is the `seq` that whoever does it has seen.

        Raises:
            VersionConflictError: somebody else changed it in between.
        """
        async with self._database.write() as connection:
            if not self._database.sqlite:  # one writer at a time, as SQLite has it anyway
                await connection.execute(select(func.pg_advisory_xact_lock(20261125)))
            if (await self._newest(connection, name)).seq != seen:
                raise VersionConflictError(name)
            await connection.execute(insert(switches).values(name=name, value=value, by=by, at=at))

    async def _newest(self, connection: AsyncConnection, name: Name) -> Switch:
        row = (await connection.execute(_rows(name).limit(1))).first()
        return _switch(row) if row else Switch(self._defaults[name])


def _rows(name: Name) -> Select[Any]:
    return select(switches).where(switches.c.name == name).order_by(switches.c.seq.desc())


def _switch(row: Row[Any]) -> Switch:
    return Switch(row.value, row.seq, row.by, row.at)
