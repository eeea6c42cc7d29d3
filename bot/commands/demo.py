"""`python -m bot demo`: fill a sandbox with plausible cases, warnings, conversations and accounts."""

import argparse
import asyncio
import sys
from collections.abc import Iterable

import pyotp
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import func, select

from bot.clock import SystemClock
from bot.demo.cases import Filler
from bot.demo.clock import StoryClock
from bot.demo.rest import Rest, password_of
from bot.logs import configure
from bot.outbox.windows import Windows
from bot.pages.tokens import CalendarLinks
from bot.store.audit import AuditStore
from bot.store.calendars import CalendarStore
from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.store.preferences import PreferenceStore
from bot.store.questions import QuestionStore
from bot.store.schema import cases
from bot.store.staff import Staff, StaffStore
from bot.store.subscriptions import SubscriptionStore
from bot.store.talk_rows import TalkRows
from bot.store.talks import TalkStore
from bot.store.warning_batches import BatchStore
from bot.store.warnings import WarningStore
from bot.valkey import ValkeyServer
from bot.vault import Vault
from config.demo import demo
from config.settings import Settings
from handlers.cases.service import CaseService
from handlers.permissions import ROLES

DRAFTS = "demo-%"


class NoSandboxError(Exception):
    """The data folder is not one that may be filled; the message says why."""


def run(argv: list[str]) -> int:
    """Fill it and print the logins; with --logins only print them (with fresh codes)."""
    parser = argparse.ArgumentParser(prog="bot demo", description=__doc__)
    parser.add_argument("--logins", action="store_true", help="只看账号和现在的验证码 / only the logins")
    args = parser.parse_args(argv)
    configure("WARNING")
    try:
        print(asyncio.run(_fill(Settings(), only_logins=args.logins)))
    except NoSandboxError as problem:
        print(f"没有填充：{problem}", file=sys.stderr)
        return 1
    return 0


async def _fill(settings: Settings, *, only_logins: bool) -> str:
    if not (settings.data_dir / "sandbox.json").exists():
        raise NoSandboxError(
            f"{settings.data_dir} 不是沙盒（没有 sandbox.json）。先用 make run 启动一次沙盒，再填充。"
        )
    database, vault = Database(settings.sql_url), Vault.open(settings)
    redis = Redis.from_url(settings.redis_url or ValkeyServer(settings.data_dir).url)
    try:
        await database.migrate()
        if not only_logins:
            await _refuse_real(database)
        clock = StoryClock(SystemClock().now())
        rest = _rest(database, vault, clock, Windows(redis, vault) if await _answers(redis) else None)
        people = await rest.accounts()
        told = "" if only_logins else await _everything(settings, database, rest, people)
        return told + "\n".join(_logins(vault, people.values()))
    finally:
        await database.close()
        await redis.aclose()


async def _answers(redis: Redis) -> bool:
    try:
        return bool(await redis.ping())
    except RedisError:
        return False


async def _refuse_real(database: Database) -> None:
    real = select(func.count()).select_from(cases).where(cases.c.draft.not_like(DRAFTS))
    async with database.read() as connection:
        if count := await connection.scalar(real):
            raise NoSandboxError(
                f"这里有{count}件不是演示的案件，不能混在一起。换一个 DATA_DIR，或者清空沙盒。"
            )


def _rest(database: Database, vault: Vault, clock: StoryClock, windows: Windows | None) -> Rest:
    audit = AuditStore(database, vault, clock)
    return Rest(
        demo=demo(),
        vault=vault,
        clock=clock,
        staff=StaffStore(database, vault, clock, audit),
        warnings=WarningStore(database),
        batches=BatchStore(database),
        subscriptions=SubscriptionStore(database, vault),
        questions=QuestionStore(database, vault),
        talks=TalkStore(database, TalkRows(vault, clock)),
        windows=windows,
    )


async def _everything(settings: Settings, database: Database, rest: Rest, people: dict[str, Staff]) -> str:
    vault, clock = rest.vault, rest.clock
    now = clock.now()
    store = CaseStore(database, vault)
    service = CaseService(
        store,
        CalendarStore(database, settings, clock),
        PreferenceStore(database, vault),
        CalendarLinks(vault, clock, settings.public_base_url),
        clock,
    )
    made = await Filler(store, service, clock, demo(), people["handler"].id).fill(now)
    await rest.subscribe(now)
    warned = await rest.warn(people, now)
    await rest.ask(now)
    await rest.talk(now)
    return f"新建案件{made}件、消费警示{warned}条；订阅、未答问题和人工会话已备好。\n\n"


def _logins(vault: Vault, people: Iterable[Staff]) -> Iterable[str]:
    yield "工作台地址：/staff/ 。演示账号（验证码每30秒换一次，再看：python -m bot demo --logins）："
    for person in people:
        roles = "、".join(ROLES[role] for role in ROLES if role in person.roles)
        code = f"  验证码 {pyotp.TOTP(person.totp).now()}" if person.totp else ""
        yield f"  {roles}\t{person.login}\t{password_of(vault, person.login)}{code}"
