"""Logging in: password, second factor, what has to be set up first; and logging out."""

from aiohttp import web

from bot.staff.frame import STEPS, Pages, Visit
from bot.staff.passwords import objection
from bot.staff.security import address, drop_cookie, set_cookie
from bot.staff.sessions import Step
from bot.staff.totp import new_secret, picture, spaced
from bot.store.staff import Staff

pages = Pages()

WRONG = "登录名或密码不对。"
WRONG_CODE = "验证码不对或者已经用过，请等手机上换一个新的再试。"


@pages.get("/login", needs="anyone")
async def form(visit: Visit) -> web.StreamResponse:
    """The form."""
    if visit.state and visit.state.step == "in":
        return visit.go("/staff/")
    return visit.render("login.html", next=visit.param("next"), login="", problem="")


@pages.post("/login", needs="anyone")
async def enter(visit: Visit) -> web.StreamResponse:
    """Check name and password; the answer never says which of them was wrong."""
    login = visit.text("login", 40).lower()
    names = (f"account:{login}", f"address:{address(visit.request)}")
    if wait := await visit.console.throttle.wait(*names):
        return _again(visit, 429, f"试得太多了，请{_minutes(wait)}后再试。忘了密码请找管理员重置。")
    account = await visit.console.staff.by_login(login)
    stored = account.password if account and not account.disabled else ""
    # The field as it was typed: a password may begin or end with a space.
    password = str(visit.form.get("password", ""))[:1000]
    if not await visit.console.passwords.fits(stored, password) or account is None:
        await visit.console.audit.note("system", "login.failed", about=account.id if account else "")
        return _again(visit, 401, WRONG)
    await visit.console.throttle.succeeded(names[0])
    if visit.console.passwords.outdated(account.password):
        await visit.console.staff.rehash(account.id, await visit.console.passwords.hash(password))
    return await _on(visit, account, second_factor=False)


def _again(visit: Visit, status: int, problem: str) -> web.Response:
    login, target = visit.text("login", 40), visit.text("next", 200)
    return visit.render("login.html", status, next=target, login=login, problem=problem)


def _minutes(seconds: int) -> str:
    return f"{-(-seconds // 60)}分钟" if seconds > 60 else f"{seconds}秒"


def _next_step(account: Staff, *, second_factor: bool) -> Step:
    if account.totp and not second_factor:
        return "totp"
    if account.must_change:
        return "password"
    return "enroll" if account.needs_totp and not account.totp else "in"


async def _on(visit: Visit, account: Staff, *, second_factor: bool) -> web.Response:
    """Begin the session's next step under a new id."""
    sessions, step = visit.console.sessions, _next_step(account, second_factor=second_factor)
    secret = new_secret() if step == "enroll" else ""
    token = await sessions.start(account.id, account.epoch, step, second_factor=second_factor, secret=secret)
    await sessions.end(visit.token)
    if step == "in":
        await visit.console.staff.logged_in(account.id)
    response = visit.go(STEPS.get(step, _wanted(visit)))
    set_cookie(visit.request, response, token)
    return response


def _wanted(visit: Visit) -> str:
    """The page that was asked for before the login; nothing outside the console."""
    target = visit.text("next", 200)
    inside = target.startswith("/staff/") and not target.startswith("/staff/log") and "\\" not in target
    return target if inside else "/staff/"


@pages.get("/login/code", needs="unfinished")
async def ask_code(visit: Visit) -> web.StreamResponse:
    """Ask for the second factor."""
    return visit.render("login_code.html", problem="")


@pages.post("/login/code", needs="unfinished")
async def check_code(visit: Visit) -> web.StreamResponse:
    """Check the second factor."""
    name = f"code:{visit.me.id}"
    if wait := await visit.console.throttle.wait(name):
        return visit.render("login_code.html", 429, problem=f"试得太多了，请{_minutes(wait)}后再试。")
    if not await visit.console.totp.fits(visit.me.id, visit.me.totp, visit.text("code", 20)):
        await visit.console.audit.note("system", "login.failed_code", about=visit.me.id)
        return visit.render("login_code.html", 401, problem=WRONG_CODE)
    await visit.console.throttle.succeeded(name)
    return await _on(visit, visit.me, second_factor=True)


@pages.get("/login/password", needs="unfinished")
async def ask_password(visit: Visit) -> web.StreamResponse:
    """Ask for a password of one's own."""
    return visit.render("login_password.html", problem="")


@pages.post("/login/password", needs="unfinished")
async def take_password(visit: Visit) -> web.StreamResponse:
    """Take the new password."""
    new, problem = await new_password(visit)
    if problem:
        return visit.render("login_password.html", 422, problem=problem)
    me = visit.me
    await visit.console.staff.set_password(me.id, new, me.id, must_change=False)
    second_factor = bool(visit.state and visit.state.second_factor)
    return await _on(visit, await visit.console.staff.get(me.id), second_factor=second_factor)


async def new_password(visit: Visit) -> tuple[str, str]:
    """The hash of the password typed twice, or what is wrong with it."""
    new = str(visit.form.get("new", ""))[:1000]
    if new != visit.form.get("again"):
        return "", "两次输入的密码不一样，请再输一次。"
    if problem := objection(new, visit.me.login):
        return "", problem
    if await visit.console.passwords.fits(visit.me.password, new):
        return "", "新密码和原来的一样，请换一个。"
    return await visit.console.passwords.hash(new), ""


@pages.get("/login/enroll", needs="unfinished")
async def show_code(visit: Visit) -> web.StreamResponse:
    """Show the QR code of the second factor."""
    return _enroll(visit, 200, "")


@pages.post("/login/enroll", needs="unfinished")
async def enroll(visit: Visit) -> web.StreamResponse:
    """Take the second factor into use, once a code proves that the app has it."""
    secret = _secret(visit)
    if wait := await visit.console.throttle.wait(f"code:{visit.me.id}"):
        return _enroll(visit, 429, f"试得太多了，请{_minutes(wait)}后再试。")
    if not await visit.console.totp.fits(visit.me.id, secret, visit.text("code", 20)):
        return _enroll(visit, 422, WRONG_CODE)
    await visit.console.staff.set_totp(visit.me.id, secret, visit.me.id)
    return await _on(visit, await visit.console.staff.get(visit.me.id), second_factor=True)


def _secret(visit: Visit) -> str:
    return visit.console.sessions.secret(visit.state) if visit.state else ""


def _enroll(visit: Visit, status: int, problem: str) -> web.Response:
    secret = _secret(visit)
    return visit.render(
        "login_enroll.html",
        status,
        picture=picture(secret, visit.me.login),
        secret=spaced(secret),
        problem=problem,
    )


@pages.post("/logout", needs="anyone")
async def leave(visit: Visit) -> web.StreamResponse:
    """End the session."""
    if visit.account is not None:
        await visit.note("logout")
    await visit.console.sessions.end(visit.token)
    response = visit.go("/staff/login", "logged_out")
    drop_cookie(response)
    return response
