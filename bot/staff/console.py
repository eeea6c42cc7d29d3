"""What the pages of the console work with."""

from dataclasses import dataclass

from aiohttp import web
from redis.asyncio import Redis

from bot.case_parts import CaseParts
from bot.clock import SystemClock
from bot.outbox.jobs import OUTBOX
from bot.outbox.parts import OutboxParts
from bot.papers import Papers, Shelf
from bot.staff.passwords import Passwords
from bot.staff.sessions import Sessions
from bot.staff.talking import Talking
from bot.staff.throttle import Throttle
from bot.staff.totp import Totp
from bot.store.audit import AuditStore
from bot.store.database import Database
from bot.store.queue import QueueStore
from bot.store.staff import StaffStore
from bot.store.talk_desk import TalkDesk
from bot.store.talk_rows import TalkRows
from bot.vault import Vault
from config.settings import Settings
from handlers.permissions import Verb
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
    parts: CaseParts
    queue: QueueStore
    papers: Papers
    shelf: Shelf
    outbox: OutboxParts
    talking: Talking

    async def people(self, verb: Verb | None = None) -> dict[str, str]:
        """Names of the accounts by id; of those in use that may do `verb`, if one is given."""
        return {
            person.id: person.name
            for person in await self.staff.everyone()
            if verb is None or (person.can(verb) and not person.disabled)
        }


CONSOLE = web.AppKey("console", Console)


def open_console(app: web.Application, passwords: Passwords | None = None) -> Console:
    """The console of this service."""
    from bot.app import CASES, CLOCK, DATABASE, REDIS, SETTINGS, VAULT, WECHAT

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
        parts=app[CASES],
        queue=QueueStore(database),
        papers=Papers(app[SETTINGS].data_dir, clock),
        outbox=app[OUTBOX],
        talking=Talking(TalkDesk(database, TalkRows(vault, clock)), app[OUTBOX].windows, app[WECHAT], clock),
        shelf=Shelf(database, vault, app[SETTINGS].data_dir, clock),
    )
