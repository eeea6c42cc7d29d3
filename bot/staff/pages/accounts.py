"""The accounts of the clerks, for 管理员."""

import re
from collections.abc import Awaitable

from aiohttp import web

from bot.staff.frame import MenuItem, Pages, Refused, Visit
from bot.staff.passwords import first_password
from bot.store.staff import LoginTakenError, Staff
from handlers.permissions import ROLES, read_role
from handlers.ports import VersionConflictError

pages = Pages()
MENU = MenuItem("账号", "/staff/accounts", "can_manage_staff", order=80)

LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,39}")
MAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[A-Za-z]{2,}")
CHANGED = "这个账号刚刚有变动，您的操作没有执行。请看过现在的情况再做。"
BAD_LOGIN = "登录名用小写字母开头，2到40个小写字母、数字、点、横线。"


@pages.get("/accounts", needs="can_manage_staff")
async def everyone(visit: Visit) -> web.StreamResponse:
    """All accounts, and the form for a new one."""
    return await _page(visit)


@pages.post("/accounts", needs="can_manage_staff")
async def add(visit: Visit) -> web.StreamResponse:
    """A new account; its first password is shown once."""
    login, name, roles = visit.text("login", 40).lower(), visit.text("name", 40), _roles(visit)
    problem = "" if LOGIN.fullmatch(login) else BAD_LOGIN
    problem = problem or ("" if name else "请填写姓名。") or ("" if roles else "请至少选一个岗位。")
    if problem:
        return await _page(visit, 422, problem=problem)
    password = first_password()
    try:
        hashed = await visit.console.passwords.hash(password)
        account = await visit.console.staff.add(login, name, roles, hashed, visit.me.id)
    except LoginTakenError:
        return await _page(visit, 422, problem=f"登录名“{login}”已经有人用了，换一个。")
    return await _page(visit, 201, shown=(account, password))


@pages.get("/accounts/{id}", needs="can_manage_staff")
async def one(visit: Visit) -> web.StreamResponse:
    """One account and what can be done to it."""
    return visit.render("account.html", account=await _account(visit), password="", ROLES=ROLES, problem="")


@pages.post("/accounts/{id}/roles", needs="can_manage_staff")
async def change_roles(visit: Visit) -> web.StreamResponse:
    """Other roles."""
    account, roles = await _account(visit), _roles(visit)
    if not roles:
        return _refuse(visit, account, "请至少选一个岗位。")
    if account.id == visit.me.id and "admin" not in roles:
        return _refuse(visit, account, "不能取消自己的管理员岗位，请让另一位管理员来改。")
    return await _changed(
        visit, account, visit.console.staff.set_roles(account.id, roles, visit.me.id, _seen(visit))
    )


@pages.post("/accounts/{id}/mail", needs="can_manage_staff")
async def change_mail(visit: Visit) -> web.StreamResponse:
    """Where reminders of deadlines go."""
    account, mail = await _account(visit), visit.text("mail", 120)
    if mail and not MAIL.fullmatch(mail):
        return _refuse(visit, account, "这看着不像邮箱地址。")
    await visit.console.staff.set_mail(account.id, mail, visit.me.id)
    return visit.go(f"/staff/accounts/{account.id}", "saved")


@pages.post("/accounts/{id}/reset", needs="can_manage_staff")
async def reset(visit: Visit) -> web.StreamResponse:
    """A new first password, shown once; the second factor is set up again if that is wished."""
    account, password = await _account(visit), first_password()
    hashed = await visit.console.passwords.hash(password)
    await visit.console.staff.set_password(account.id, hashed, visit.me.id, must_change=True)
    if visit.text("totp") and account.totp:
        await visit.console.staff.set_totp(account.id, "", visit.me.id)
    await visit.console.throttle.succeeded(f"account:{account.login}", f"code:{account.id}")
    return visit.render("account.html", account=account, password=password, ROLES=ROLES, problem="")


@pages.post("/accounts/{id}/disable", needs="can_manage_staff")
async def disable(visit: Visit) -> web.StreamResponse:
    """Lock the account, or open it again."""
    account = await _account(visit)
    if account.id == visit.me.id:
        return _refuse(visit, account, "不能停用自己的账号，请让另一位管理员来停。")
    locked = visit.text("enable") != "1"
    change = visit.console.staff.disable(account.id, visit.me.id, disabled=locked, seen=_seen(visit))
    return await _changed(visit, account, change)


async def _changed(visit: Visit, account: Staff, change: Awaitable[None]) -> web.Response:
    try:
        await change
    except VersionConflictError:
        return _refuse(visit, await _account(visit), CHANGED, 409)
    return visit.go(f"/staff/accounts/{account.id}", "saved")


def _seen(visit: Visit) -> int:
    """The account's epoch when the form was shown."""
    text = visit.text("seen", 12)
    return int(text) if text.isdecimal() else -1


async def _account(visit: Visit) -> Staff:
    try:
        return await visit.console.staff.get(visit.part("id"))
    except LookupError:
        raise Refused(404, "没有这个账号。") from None


def _roles(visit: Visit) -> list[str]:
    return [role for text in visit.chosen("roles") if (role := read_role(text))]


def _refuse(visit: Visit, account: Staff, problem: str, status: int = 422) -> web.Response:
    return visit.render("account.html", status, account=account, password="", ROLES=ROLES, problem=problem)


async def _page(
    visit: Visit, status: int = 200, *, problem: str = "", shown: tuple[Staff, str] | None = None
) -> web.Response:
    return visit.render(
        "accounts.html",
        status,
        accounts=await visit.console.staff.everyone(),
        ROLES=ROLES,
        problem=problem,
        shown=shown,
    )
