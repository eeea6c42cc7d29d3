"""Passwords: argon2id, hashed off the event loop, few at a time (each takes 64 MB)."""

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
LONGEST = 128
AT_ONCE = 2
# No letters and digits that look alike: the first password is read from a screen and typed.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class Passwords:
    """Hashes and checks. `hasher`: other parameters make every older hash due for a new one."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._few = asyncio.Semaphore(AT_ONCE)
        self._nobody = ""

    async def hash(self, password: str) -> str:
        """The argon2id hash to store."""
        async with self._few:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, stored: str, password: str) -> bool:
        """Whether `password` is the one behind `stored`; takes as long when there is no such account."""
        if not stored:
            self._nobody = self._nobody or await self.hash(secrets.token_hex())
        async with self._few:
            return await asyncio.to_thread(self._verify, stored or self._nobody, password) and bool(stored)

    def outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than ours now."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def objection(password: str, login: str) -> str:
    """Why this password is not taken, in words; "" if it is."""
    if len(password) < SHORTEST:
        return f"密码至少{SHORTEST}个字符，一句自己记得住的话就很好。"
    if len(password) > LONGEST:
        return f"密码最多{LONGEST}个字符。"
    if login.lower() in password.lower():
        return "密码里不要带登录名。"
    if len(set(password)) < 5:
        return "密码太简单，换一个字符多些的。"
    return ""


def first_password() -> str:
    """A password to hand over, to be changed at the first login (about 79 bits)."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
