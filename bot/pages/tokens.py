"""Addresses that nobody can guess or alter: case number and version, encrypted and dated by the vault."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.vault import Vault, VaultError
from handlers.cases.model import Case
from handlers.ports import Clock

GOOD_FOR = timedelta(days=60)
AAD = b"calendar page"


@dataclass(frozen=True, slots=True)
class Token:
    """What an address stands for."""

    number: str
    version: int


class CalendarLinks:
    """Implements `handlers.ports.Links`. `base` is the public address, "" if there is none."""

    def __init__(self, vault: Vault, clock: Clock, base: str) -> None:
        self._vault, self._clock, self._base = vault, clock, base.rstrip("/")

    def calendar(self, case: Case) -> str:
        """The page with the case's days; good for 60 days."""
        if not self._base or not case.received:
            return ""
        return f"{self._base}/c/{self.token(case)}"

    def token(self, case: Case) -> str:
        """The secret part of the address."""
        until = int((self._clock.now() + GOOD_FOR).timestamp())
        sealed = self._vault.encrypt(f"{case.number}|{case.version}|{until}".encode(), AAD)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def read(self, token: str) -> Token | None:
        """What `token` stands for; None if it is not ours or its time is over."""
        try:
            sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            number, version, until = self._vault.decrypt(sealed, AAD).decode().split("|")
        except (VaultError, ValueError, binascii.Error):
            return None
        if datetime.fromtimestamp(int(until), UTC) < self._clock.now():
            return None
        return Token(number, int(version))
