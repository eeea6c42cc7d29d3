"""What the pages of the console work with."""

from dataclasses import dataclass

from aiohttp import web
from redis.asyncio import Redis

from bot.clock import SystemClock
from bot.staff.passwords import Passwords
from bot.staff.sessions import Sessions
from bot.staff.throttle import Throttle
from bot.staff.totp import Totp
from bot.store.audit import AuditStore
from bot.store.database import Database
from bot.store.staff import StaffStore
from bot.vault import Vault
from config.settings import Settings
from handlers.ports import Clock


@dataclass(frozen=True)
class Console:
    """The stores and tools, made once."""

    settings: Settings
    database: Database
    vault: Vault
    redis: Redis
    clock: Clock  # what cases go by; the sandbox moves it
    audit: AuditStore
    staff: StaffStore
    sessions: Sessions
    throttle: Throttle
    totp: Totp
    passwords: Passwords


CONSOLE = web.AppKey("console", Console)


def open_console(app: web.Application, passwords: Passwords | None = None) -> Console:
    """The console of this service."""
    from bot.app import CLOCK, DATABASE, REDIS, SETTINGS, VAULT

    database, vault, redis, clock = app[DATABASE], app[VAULT], app[REDIS], app[CLOCK]
    audit, machine = AuditStore(database, vault, clock), SystemClock()
    return Console(
        settings=app[SETTINGS],
        database=database,
        vault=vault,
        redis=redis,
        clock=clock,
        audit=audit,
        staff=StaffStore(database, vault, clock, audit),
        sessions=Sessions(redis, vault, machine),
        throttle=Throttle(redis, vault),
        totp=Totp(redis, machine),
        passwords=passwords or Passwords(),
    )
