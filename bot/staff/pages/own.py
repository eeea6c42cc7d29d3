"""One's own account: password, second factor; and the first page."""

from aiohttp import web

from bot.staff.frame import Pages, Visit
from bot.staff.pages.login import new_password
from bot.staff.security import set_cookie

pages = Pages()


@pages.get("/", needs="staff")
async def start(visit: Visit) -> web.StreamResponse:
    """The first page: the first entry of this person's menu."""
    from bot.staff.format import menu_for

    items = menu_for(visit)
    return visit.go(items[0].path if items else "/staff/own")


@pages.get("/own", needs="staff")
async def own(visit: Visit) -> web.StreamResponse:
    """The account as it is."""
    return visit.render("own.html", problem="")


@pages.post("/own/password", needs="staff")
async def change(visit: Visit) -> web.StreamResponse:
    """Change the password; other sessions of this account end."""
    me = visit.me
    if await visit.console.throttle.wait(f"account:{me.login}"):
        return visit.render("own.html", 429, problem="试得太多了，请过几分钟再试。")
    if not await visit.console.passwords.fits(me.password, str(visit.form.get("old", ""))[:1000]):
        return visit.render("own.html", 422, problem="原来的密码不对。")
    new, problem = await new_password(visit)
    if problem:
        return visit.render("own.html", 422, problem=problem)
    await visit.console.throttle.succeeded(f"account:{me.login}")
    await visit.console.staff.set_password(me.id, new, me.id, must_change=False)
    return await _renew(visit, "password_changed")


@pages.post("/own/code", needs="staff")
async def renew_code(visit: Visit) -> web.StreamResponse:
    """Set the second factor up (again): the next page shows a new QR code."""
    me = visit.me
    if await visit.console.throttle.wait(f"account:{me.login}"):
        return visit.render("own.html", 429, problem="试得太多了，请过几分钟再试。")
    if not await visit.console.passwords.fits(me.password, str(visit.form.get("old", ""))[:1000]):
        return visit.render("own.html", 422, problem="原来的密码不对。")
    await visit.console.throttle.succeeded(f"account:{me.login}")
    return await _renew(visit, "", enroll=True)


async def _renew(visit: Visit, done: str, *, enroll: bool = False) -> web.Response:
    """Go on under a new session: the old ones ended with the change."""
    from bot.staff.totp import new_secret

    account = await visit.console.staff.get(visit.me.id)
    token = await visit.console.sessions.start(
        account.id,
        account.epoch,
        "enroll" if enroll else "in",
        second_factor=bool(account.totp),
        secret=new_secret() if enroll else "",
    )
    await visit.console.sessions.end(visit.token)
    response = visit.go("/staff/login/enroll" if enroll else "/staff/own", done)
    set_cookie(visit.request, response, token)
    return response
