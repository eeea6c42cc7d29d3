"""`python -m bot staff add | list | disable | enable | reset`: the accounts of the clerks."""

import argparse
import asyncio
import sys

from bot.clock import SystemClock
from bot.staff.passwords import Passwords, first_password, objection
from bot.store.audit import AuditStore
from bot.store.database import Database
from bot.store.staff import LoginTakenError, Staff, StaffStore
from bot.vault import Vault, VaultError
from config.settings import Settings
from handlers.permissions import ROLES, Role, read_role

WHO = "cli"


class _Problem(Exception):  # noqa: N818 what the operator reads
    """Why it was not done."""


def run(argv: list[str]) -> int:
    """Carry the command out. Returns the exit code."""
    args = _parser().parse_args(argv)
    try:
        print(asyncio.run(_carry_out(args, Settings())))
    except (_Problem, VaultError) as problem:
        print(f"没有办成：{problem}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bot staff", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="建账号 / a new account")
    add.add_argument("login", help="登录名，小写字母开头")
    add.add_argument("--name", required=True, help="姓名")
    roles = "、".join(f"{label}（{code}）" for code, label in ROLES.items())
    add.add_argument("--role", action="append", required=True, type=_role, help=f"岗位，可以给几次：{roles}")
    actions.add_parser("list", help="全部账号 / all accounts")
    for name, what in (("disable", "停用"), ("enable", "重新启用")):
        actions.add_parser(name, help=what).add_argument("login")
    reset = actions.add_parser("reset", help="重置密码 / a new first password")
    reset.add_argument("login")
    reset.add_argument("--totp", action="store_true", help="手机验证器也重新绑定")
    for action in (add, reset):
        action.add_argument(
            "--password-stdin", action="store_true", help="密码从标准输入读（默认随机生成并显示一次）"
        )
    return parser


def _role(text: str) -> Role:
    role = read_role(text)
    if role is None:
        raise argparse.ArgumentTypeError(f"没有“{text}”这个岗位，有：{'、'.join(ROLES.values())}")
    return role


async def _carry_out(args: argparse.Namespace, settings: Settings) -> str:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database, vault, clock = Database(settings.sql_url), Vault.open(settings), SystemClock()
    store = StaffStore(database, vault, clock, AuditStore(database, vault, clock, announced=False))
    try:
        await database.migrate()
        if args.action == "add":
            return await _add(store, args)
        if args.action == "list":
            return "\n".join(_line(account) for account in await store.everyone()) or "还没有账号。"
        return await _change(store, args)
    finally:
        await database.close()


async def _add(store: StaffStore, args: argparse.Namespace) -> str:
    from bot.staff.pages.accounts import BAD_LOGIN, LOGIN

    if not LOGIN.fullmatch(args.login):
        raise _Problem(BAD_LOGIN)
    password = _password(args)
    try:
        await store.add(args.login, args.name, args.role, await Passwords().hash(password), WHO)
    except LoginTakenError:
        raise _Problem(f"登录名“{args.login}”已经有人用了") from None
    return f"账号“{args.login}”建好了。{_said(args, password)}"


async def _change(store: StaffStore, args: argparse.Namespace) -> str:
    account = await store.by_login(args.login)
    if account is None:
        raise _Problem(f"没有“{args.login}”这个账号")
    if args.action in ("disable", "enable"):
        await store.disable(account.id, WHO, disabled=args.action == "disable")
        return f"账号“{args.login}”已{'停用' if args.action == 'disable' else '启用'}。"
    password = _password(args)
    await store.set_password(account.id, await Passwords().hash(password), WHO, must_change=True)
    if args.totp:
        await store.set_totp(account.id, "", WHO)
    return f"账号“{args.login}”的密码已重置。{_said(args, password)}"


def _password(args: argparse.Namespace) -> str:
    if not args.password_stdin:
        return first_password()
    password = sys.stdin.readline().rstrip("\r\n")
    if problem := objection(password, args.login):
        raise _Problem(problem)
    return password


def _said(args: argparse.Namespace, password: str) -> str:
    shown = "" if args.password_stdin else f"\n第一次登录用的密码（只显示这一次）：{password}"
    return f"{shown}\n登录地址：/staff/ ，第一次登录要改密码。"


def _line(account: Staff) -> str:
    roles = "、".join(label for code, label in ROLES.items() if code in account.roles)
    state = "已停用" if account.disabled else "在用"
    return f"{account.login}\t{account.name}\t{roles}\t{state}"
