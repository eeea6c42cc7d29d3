"""Getting into the console, and not getting in: through real HTTP."""

import asyncio
import time
from datetime import datetime, timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from bot.staff.passwords import Passwords
from bot.staff.sessions import IDLE, LONGEST, Sessions
from tests.staff_lab import PASSWORD, QUICK, Site
from tests.wechat_lab import Noon


async def test_nobody_gets_in_without_a_login(site: Site) -> None:
    answer = await site.stranger().get("/staff/accounts")
    assert answer.url.endswith("/staff/login?next=/staff/accounts")
    assert "登录名" in answer.text


async def test_login_leads_to_what_was_asked_for_and_nowhere_outside(site: Site) -> None:
    await site.account("mali", "auditor")
    person = site.stranger()
    await person.get("/staff/audit?number=x")
    answer = await person.post("/staff/login", login="mali", password=PASSWORD, next="/staff/audit?number=x")
    assert answer.url.endswith("/staff/audit?number=x")
    for evil in ("https://example.org/", "//example.org", "/staff/\\example.org", "/wechat"):
        other = site.stranger()
        await other.get("/staff/login")
        answer = await other.post("/staff/login", login="mali", password=PASSWORD, next=evil)
        assert answer.url.startswith(f"{site.base}/staff/"), evil
        assert "/login" not in answer.url


async def test_first_login_asks_for_a_password_of_ones_own(site: Site) -> None:
    await site.account("mali", "auditor", must_change=True)
    person = site.stranger()
    answer = await person.login("mali")
    assert answer.url.endswith("/staff/login/password")
    assert (await person.get("/staff/audit")).url.endswith("/staff/login/password")
    answer = await person.post("/staff/login/password", new="kurz", again="kurz")
    assert "至少10个字符" in answer.text
    answer = await person.post("/staff/login/password", new=PASSWORD, again=PASSWORD)
    assert "和原来的一样" in answer.text
    answer = await person.post("/staff/login/password", new="黄河边上的太子山", again="黄河边上的太子山二")
    assert "不一样" in answer.text
    answer = await person.post(
        "/staff/login/password", new="黄河边上的太子山很高", again="黄河边上的太子山很高"
    )
    assert "/login" not in answer.url
    assert (await person.get("/staff/audit")).status == 200
    assert (await site.stranger().login("mali")).status == 401


async def test_admin_sets_up_a_second_factor_and_needs_it(site: Site) -> None:
    account = await site.account("root1", "admin")
    await site.console.staff.set_totp(account.id, "", "cli")
    person = site.stranger()
    answer = await person.login("root1")
    assert answer.url.endswith("/staff/login/enroll")
    assert "data:image/svg+xml" in answer.text
    assert (await person.get("/staff/accounts")).url.endswith("/staff/login/enroll")
    secret = answer.text.partition("密钥：<code>")[2].partition("</code>")[0].replace(" ", "")
    assert (await person.post("/staff/login/enroll", code="000000")).status == 422
    code = pyotp.TOTP(secret).now()
    assert (await person.post("/staff/login/enroll", code=code)).url.endswith("/staff/accounts")

    other = site.stranger()
    assert (await other.login("root1")).url.endswith("/staff/login/code")
    assert (await other.get("/staff/accounts")).url.endswith("/staff/login/code")
    # The code that set the app up was used: it does not work a second time.
    assert (await other.post("/staff/login/code", code=code)).status == 401
    later = pyotp.TOTP(secret).at(int(time.time()) + 30)
    assert (await other.post("/staff/login/code", code=later)).url.endswith("/staff/accounts")


async def test_guessing_is_slowed_down_for_the_account_and_the_address(site: Site) -> None:
    await site.account("mali", "auditor")
    tries = [await site.stranger().login("mali", f"wrong {i}") for i in range(6)]
    assert [answer.status for answer in tries] == [401] * 6
    answer = await site.stranger().login("mali")
    assert answer.status == 429
    assert "再试" in answer.text
    # Names that do not exist are counted just the same, and the address as a whole in the end.
    statuses = [(await site.stranger().login(f"nobody{i}", "x")).status for i in range(16)]
    assert statuses[0] == 401
    assert statuses[-1] == 429


async def test_many_guesses_at_once_are_no_better(site: Site) -> None:
    await site.account("mali", "auditor")
    waits = await asyncio.gather(*(site.console.throttle.wait("account:mali") for _ in range(40)))
    assert sum(wait == 0 for wait in waits) <= 6


async def test_waits_grow(site: Site) -> None:
    throttle, waits = site.console.throttle, []
    for _ in range(5):
        assert await throttle.wait("account:x") == 0
    for _ in range(4):
        assert await throttle.wait("account:x") == 0
        waits.append(await throttle.wait("account:x"))
        for key in await site.console.redis.keys("lx:staff:block:*"):
            await site.console.redis.delete(key)
    assert waits == [30, 60, 120, 240]


async def test_wrong_names_take_as_long_and_say_the_same(site: Site) -> None:
    await site.account("mali", "auditor")
    known = await site.stranger().login("mali", "wrong")
    unknown = await site.stranger().login("nobody", "wrong")
    strip = [a.text.replace("mali", "").replace("nobody", "").replace(a.csrf(), "") for a in (known, unknown)]
    assert strip[0] == strip[1]


async def test_weak_hashes_are_renewed_at_login(site: Site) -> None:
    account = await site.account("mali", "auditor")
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    await site.console.staff.rehash(account.id, old)
    assert Passwords().outdated(QUICK.hash("x"))
    await site.stranger().login("mali")
    renewed = (await site.console.staff.get(account.id)).password
    assert renewed != old
    assert not site.console.passwords.outdated(renewed)
    assert (await site.stranger().login("mali")).status == 200


async def test_forms_without_their_token_do_nothing(site: Site) -> None:
    person = await site.clerk("root1", "admin")
    for csrf in ("", "0" * 32):
        answer = await person.post("/staff/accounts", login="evil", name="x", roles="admin", csrf=csrf)
        assert answer.status == 403
    person.headers = {"Origin": "https://evil.example"}
    await person.get("/staff/accounts")
    answer = await person.post("/staff/accounts", login="evil", name="x", roles="admin")
    assert answer.status == 403
    assert await site.console.staff.by_login("evil") is None


async def test_another_sessions_token_does_not_fit(site: Site) -> None:
    one, two = await site.clerk("root1", "admin"), await site.clerk("root2", "admin")
    token = (await two.get("/staff/accounts")).csrf()
    await one.get("/staff/accounts")
    assert (await one.post("/staff/accounts", login="evil", name="x", roles="head", csrf=token)).status == 403


async def test_the_cookie_is_renewed_at_login_and_kept_from_scripts(site: Site) -> None:
    await site.account("mali", "auditor")
    person = site.stranger()
    first = (await person.get("/staff/login")).headers["Set-Cookie"]
    assert "HttpOnly" in first
    assert "SameSite=Strict" in first
    assert "Path=/staff" in first
    before = [cookie.value for cookie in person.http.cookie_jar]
    await person.login("mali")
    after = [cookie.value for cookie in person.http.cookie_jar]
    assert before != after
    person.headers = {"X-Forwarded-Proto": "https"}
    other = site.stranger()
    other.headers = {"X-Forwarded-Proto": "https"}
    answer = await other.get("/staff/login")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers


async def test_sessions_end(site: Site) -> None:
    person = await site.clerk("mali", "auditor")
    assert (await person.get("/staff/audit")).status == 200
    await person.post("/staff/logout")
    assert "/staff/login" in (await person.get("/staff/audit")).url

    person = await site.clerk("hani", "auditor")
    assert person.account
    await site.console.staff.disable(person.account.id, "cli")
    assert "/staff/login" in (await person.get("/staff/audit")).url
    assert (await site.stranger().login("hani")).status == 401


class Later(Noon):
    """A clock that is ahead."""

    def __init__(self, by: timedelta) -> None:
        self.by = by

    def now(self) -> datetime:
        return super().now() + self.by


async def test_sessions_end_by_themselves(site: Site) -> None:
    console = site.console
    now = Sessions(console.redis, console.vault, Later(timedelta(0)))
    token = await now.start("id", 0, "in")
    assert await now.read(token)
    seconds = [await console.redis.ttl(key) for key in await console.redis.keys("lx:staff:session:*")]
    assert max(seconds) <= IDLE.total_seconds()
    late = Sessions(console.redis, console.vault, Later(LONGEST - timedelta(minutes=1)))
    assert await late.read(token)
    too_late = Sessions(console.redis, console.vault, Later(LONGEST + timedelta(minutes=1)))
    assert await too_late.read(token) is None
    assert await now.read(token) is None


async def test_redis_holds_no_usable_token(site: Site) -> None:
    person = await site.clerk("mali", "auditor")
    token = next(cookie.value for cookie in person.http.cookie_jar)
    keys = await site.console.redis.keys("*")
    values = [await site.console.redis.get(key) for key in keys if "session" in repr(key)]
    assert values
    assert token not in repr([*keys, *values])


async def test_changing_the_password_ends_the_other_sessions(site: Site) -> None:
    here = await site.clerk("mali", "auditor")
    elsewhere = site.stranger()
    await elsewhere.login("mali")
    await here.get("/staff/own")
    new = "太子山下的牡丹真好看"
    assert (await here.post("/staff/own/password", old="wrong", new=new, again=new)).status == 422
    answer = await here.post("/staff/own/password", old=PASSWORD, new=new, again=new)
    assert "密码已改好" in answer.text
    assert (await here.get("/staff/audit")).status == 200
    assert "/staff/login" in (await elsewhere.get("/staff/audit")).url


@pytest.mark.parametrize("path", ["/staff/login", "/staff/nowhere", "/staff/static/console.css"])
async def test_headers_are_on_everything(site: Site, path: str) -> None:
    headers = (await site.stranger().get(path)).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


async def test_secrets_of_accounts_are_not_readable_in_the_database(site: Site) -> None:
    account = await site.account("root1", "admin")
    async with site.console.database.read() as connection:
        row = (await connection.execute(text("SELECT password, totp FROM staff"))).one()
    assert row.password.startswith("$argon2id$")
    assert account.totp.encode() not in bytes(row.totp)
