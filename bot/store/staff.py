"""Accounts of the clerks."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, true, update
from sqlalchemy.exc import IntegrityError

from bot.store.audit import AuditStore
from bot.store.database import Database
from bot.store.staff_tables import staff
from bot.vault import Vault
from handlers.permissions import Verb, can, needs_totp
from handlers.ports import Clock, VersionConflictError


@dataclass(frozen=True, slots=True)
class Staff:
    """One account. `totp` is the secret of the second factor, "" until it is set up."""

    id: str
    login: str
    name: str
    mail: str
    roles: tuple[str, ...]
    password: str  # argon2id
    must_change: bool
    totp: str
    epoch: int
    disabled: bool
    created: datetime
    last_login: datetime | None

    def can(self, verb: Verb) -> bool:
        """Whether this person may."""
        return can(self.roles, verb)

    @property
    def needs_totp(self) -> bool:
        """Whether the second factor has to be shown (or set up first)."""
        return bool(self.totp) or needs_totp(self.roles)


class LoginTakenError(ValueError):
    """There is an account of that name already."""


class StaffStore:
    """Reads and changes accounts; every change leaves its line in the audit log, in one transaction."""

    def __init__(self, database: Database, vault: Vault, clock: Clock, audit: AuditStore) -> None:
        self._database, self._vault, self._clock, self._audit = database, vault, clock, audit

    async def add(self, login: str, name: str, roles: Iterable[str], password: str, by: str) -> Staff:
        """A new account whose password has to be changed at the first login.

        Raises:
            LoginTakenError: the name is in use.
        """
        id = secrets.token_hex(4)
        row = {
            "id": id,
            "login": login,
            "name": name,
            "roles": ",".join(roles),
            "password": password,
            "must_change": True,
            "epoch": 0,
            "disabled": False,
            "created": self._clock.now(),
        }
        try:
            async with self._database.write() as connection:
                await connection.execute(insert(staff).values(row))
                await self._audit.add(connection, by, "staff.add", about=f"{id} {row['roles']}")
        except IntegrityError:
            raise LoginTakenError(login) from None
        return await self.get(id)

    async def get(self, id: str) -> Staff:
        """The account of that id. LookupError if there is none."""
        found = await self._one(staff.c.id == id)
        if found is None:
            raise LookupError(id)
        return found

    async def by_login(self, login: str) -> Staff | None:
        """The account of that name."""
        return await self._one(staff.c.login == login)

    async def everyone(self) -> tuple[Staff, ...]:
        """All accounts, by name."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(staff).order_by(staff.c.disabled, staff.c.login))
            return tuple(self._staff(row) for row in rows)

    async def addresses(self, role: str, assignee: str) -> tuple[str, ...]:
        """Where a reminder goes: `clerk` to the one who has the case (to the registrars while nobody has),
        `head` to the heads of office.
        """
        people = [person for person in await self.everyone() if person.mail and not person.disabled]
        named = [person.mail for person in people if role == "clerk" and person.id == assignee]
        wanted = "head" if role == "head" else "registrar"
        return tuple(named or [person.mail for person in people if wanted in person.roles])

    async def set_mail(self, id: str, mail: str, by: str) -> None:
        """Where reminders go."""
        await self._change(id, by, "staff.mail", "", mail=mail)

    async def set_roles(self, id: str, roles: Iterable[str], by: str, seen: int | None = None) -> None:
        """Other rights; sessions end, so that none goes on under the old ones. `seen`: the account's
        epoch, as whoever does it has seen it.

        Raises:
            VersionConflictError: it was changed since.
        """
        text = ",".join(roles)
        await self._change(id, by, "staff.roles", text, seen, roles=text, epoch=staff.c.epoch + 1)

    async def set_password(self, id: str, password: str, by: str, *, must_change: bool) -> None:
        """Another password; sessions end."""
        epoch = staff.c.epoch + 1
        await self._change(
            id, by, "staff.password", "", password=password, must_change=must_change, epoch=epoch
        )

    async def rehash(self, id: str, password: str) -> None:
        """The same password under newer parameters; nothing that anybody did, so no line in the log."""
        async with self._database.write() as connection:
            await connection.execute(update(staff).where(staff.c.id == id).values(password=password))

    async def set_totp(self, id: str, secret: str, by: str) -> None:
        """The secret of the second factor, or "" to have it set up again."""
        blob = self._vault.encrypt(secret.encode(), _place(id)) if secret else None
        what = "staff.totp" if secret else "staff.totp_reset"
        await self._change(id, by, what, "", totp=blob)

    async def disable(self, id: str, by: str, *, disabled: bool = True, seen: int | None = None) -> None:
        """Lock an account (its sessions end at once), or open it again. `seen` as in `set_roles`."""
        what = "staff.disable" if disabled else "staff.enable"
        await self._change(id, by, what, "", seen, disabled=disabled, epoch=staff.c.epoch + 1)

    async def logged_in(self, id: str) -> None:
        """Remember when, and say so in the log."""
        await self._change(id, id, "login", "", last_login=self._clock.now())

    async def _change(
        self, id: str, by: str, what: str, about: str, seen: int | None = None, **values: Any
    ) -> None:
        which = (staff.c.id == id) & (true() if seen is None else staff.c.epoch == seen)
        async with self._database.write() as connection:
            changed = await connection.execute(update(staff).where(which).values(values))
            if changed.rowcount != 1:
                raise LookupError(id) if seen is None else VersionConflictError(id)
            await self._audit.add(connection, by, what, about=f"{id} {about}".strip() if by != id else about)

    async def _one(self, which: Any) -> Staff | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(staff).where(which))).first()
        return self._staff(row) if row else None

    def _staff(self, row: Row[Any]) -> Staff:
        secret = self._vault.decrypt(row.totp, _place(row.id)).decode() if row.totp else ""
        return Staff(
            id=row.id,
            login=row.login,
            name=row.name,
            mail=row.mail,
            roles=tuple(row.roles.split(",")) if row.roles else (),
            password=row.password,
            must_change=row.must_change,
            totp=secret,
            epoch=row.epoch,
            disabled=row.disabled,
            created=row.created,
            last_login=row.last_login,
        )


def _place(id: str) -> bytes:
    return f"totp:{id}".encode()
