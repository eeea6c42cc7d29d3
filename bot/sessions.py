"""Sessions as they lie in Redis: typed JSON, encrypted, parsed again on every load.

A deploy may add, drop or rename what a session holds: each part that no longer fits is left out alone,
so that nobody loses a half-filled form over it.
"""

from datetime import datetime, timedelta

import structlog
from pydantic import BaseModel, ValidationError

from bot.vault import Vault, VaultError
from handlers.turn import SESSION_VERSION, Session

IDLE = timedelta(minutes=30)  # after this the last answer is no longer what “那传真呢” leans on

log = structlog.get_logger()


class _Stored(BaseModel):
    at: datetime
    v: int  # SESSION_VERSION of the program that wrote it: says in the log which deploy a misfit came from
    session: dict[str, object]


class SessionCodec:
    """Turns sessions into encrypted bytes and back."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def dump(self, session: Session, user: str, now: datetime) -> bytes:
        """Encrypted for this user's place: moved to another key it does not open."""
        content = session.model_dump(mode="json", exclude_defaults=True)
        stored = _Stored(at=now, v=session.v, session=content)
        return self._vault.encrypt(stored.model_dump_json().encode(), aad=f"session:{user}".encode())

    def load(self, blob: bytes, user: str, now: datetime) -> Session:
        """The session, or a new one when there is none or nothing of it can be read any more."""
        if not blob:
            return Session()
        try:
            stored = _Stored.model_validate_json(self._vault.decrypt(blob, aad=f"session:{user}".encode()))
        except (VaultError, ValidationError) as error:
            log.warning("session_unreadable", error=type(error).__name__)
            return Session()
        return _rested(_fitting(stored.session, stored.v), now - stored.at)


def _fitting(data: dict[str, object], version: int) -> Session:
    try:
        return Session.model_validate(data)
    except ValidationError:
        log.warning("session_parts_dropped", written_by=version, read_by=SESSION_VERSION)
        return Session.model_validate({key: value for key, value in data.items() if _fits(key, value)})


def _fits(key: str, value: object) -> bool:
    try:
        Session.model_validate({key: value})
    except ValidationError:
        return False
    return True


def _rested(session: Session, idle: timedelta) -> Session:
    """What is still meant after a pause: drafts are, the thread of small questions is not."""
    if idle < IDLE:
        return session
    forgotten = {"last_entry": "", "offered": (), "more": ()}
    return session.model_copy(update=forgotten)
