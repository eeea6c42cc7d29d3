"""Which WeChat account a clerk uses: shown a code in the console, typed into the chat."""

import secrets
from datetime import datetime

from redis.asyncio import Redis
from sqlalchemy import delete, insert, select

from bot.store.database import Database
from bot.store.warning_tables import staff_openids
from bot.vault import Vault

CODE_SECONDS = 600
CODE_DIGITS = 8


class BindingStore:
    """Implements `handlers.ports.Bindings`."""

    def __init__(self, database: Database, vault: Vault, redis: Redis) -> None:
        self._database, self._vault, self._redis = database, vault, redis

    async def new_code(self, staff: str) -> str:
        """A code for this clerk, good for ten minutes and once."""
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
        await self._redis.set(self._key(code), staff, ex=CODE_SECONDS)
        return code

    async def bind(self, code: str, openid: str, at: datetime) -> bool:
        """Bind the clerk who was shown `code`; the openid's earlier binding ends."""
        staff = await self._redis.get(self._key(code))
        if staff is None:
            return False
        id = staff.decode() if isinstance(staff, bytes) else staff
        user = self._vault.index(openid, "filer")
        blob = self._vault.encrypt(openid.encode(), f"binding:{id}".encode())
        async with self._database.write() as connection:
            theirs = (staff_openids.c.staff == id) | (staff_openids.c.user == user)
            await connection.execute(delete(staff_openids).where(theirs))
            await connection.execute(insert(staff_openids).values(staff=id, user=user, user_blob=blob, at=at))
        # After the binding, so that a broken attempt can be repeated; twice changes nothing.
        await self._redis.delete(self._key(code))
        return True

    async def openid_of(self, staff: str) -> str:
        """The clerk's openid, "" if none is bound."""
        async with self._database.read() as connection:
            blob = await connection.scalar(
                select(staff_openids.c.user_blob).where(staff_openids.c.staff == staff)
            )
        return self._vault.decrypt(blob, f"binding:{staff}".encode()).decode() if blob else ""

    async def unbind(self, staff: str) -> None:
        """Forget the clerk's openid."""
        async with self._database.write() as connection:
            await connection.execute(delete(staff_openids).where(staff_openids.c.staff == staff))

    def _key(self, code: str) -> str:
        return f"bind:{self._vault.index(code, 'binding')}"
