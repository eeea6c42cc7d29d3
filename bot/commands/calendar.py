"""`python -m bot calendar add FILE | show`: enter a year's holiday notice, or say what is known."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.case_parts import public_address
from bot.clock import SHANGHAI, SystemClock
from bot.outbox.recompute import Recompute
from bot.pages.tokens import CalendarLinks
from bot.store.calendars import CalendarStore
from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.store.preferences import PreferenceStore
from bot.vault import Vault
from config.settings import Settings
from handlers.cases.service import CaseService
from knowledge.calendar import CalendarError

Work = Callable[[CalendarStore, Recompute], Awaitable[int]]


def run(argv: list[str]) -> int:
    """Returns 1 if the file cannot be used, else 0."""
    parser = argparse.ArgumentParser(prog="bot calendar", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    adding = actions.add_parser("add", help="enter a holiday notice (JSON as in config/calendar/)")
    adding.add_argument("file", type=Path)
    adding.add_argument("--by", default="command line", help="who enters it")
    actions.add_parser("show", help="what is known")
    args = parser.parse_args(argv)
    if args.action == "show":
        return asyncio.run(_with_parts(_show))
    try:
        content = args.file.read_text(encoding="utf-8")
        return asyncio.run(
            _with_parts(lambda calendars, recompute: _add(calendars, recompute, content, args))
        )
    except (OSError, CalendarError) as problem:
        print(f"没有录入：{problem}", file=sys.stderr)
        return 1


async def _with_parts(work: Work) -> int:
    settings, clock = Settings(), SystemClock()
    database, vault = Database(settings.sql_url), Vault.open(settings)
    cases, calendars = CaseStore(database, vault), CalendarStore(database, settings, clock)
    links = CalendarLinks(vault, clock, public_address(settings))
    service = CaseService(cases, calendars, PreferenceStore(database, vault), links, clock)
    try:
        await database.migrate()
        return await work(calendars, Recompute(cases, service, calendars))
    finally:
        await database.close()


async def _add(calendars: CalendarStore, recompute: Recompute, content: str, args: argparse.Namespace) -> int:
    plan = await calendars.enter(content, args.by, args.file.name)
    moved = await recompute.run_once()
    print(f"{plan.year}年放假安排已录入：放假{len(plan.off)}天，调休上班{len(plan.make_up)}天。")
    print(f"重新计算了所有办理中的案件：{moved}件的日期有变化或已由暂定变为确定，通知已排队。")
    return 0


async def _show(calendars: CalendarStore, recompute: Recompute) -> int:
    calendar = await calendars.current()
    print(f"放假安排已知到{calendar.reach:%Y年%-m月%-d日}。")
    for year, entered, by in await calendars.history():
        print(f"{year}年：{entered.astimezone(SHANGHAI):%Y-%m-%d %H:%M}由{by}录入")
    return 0
