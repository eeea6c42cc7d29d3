"""Who may do what: every page has its verb, and each role gets to what it may and nothing else."""

import re
from collections.abc import Iterator
from typing import get_args

import pytest
from aiohttp import web

from bot.staff import console_app
from bot.staff.acting import label_of, may
from bot.staff.frame import Guard, Page
from bot.staff.pages import all_pages, menu
from config.actions import load_actions
from config.lifecycle import load_lifecycle
from handlers.permissions import EVENT_VERBS, NOT_BY_CLERKS, ROLES, TOTP_ROLES, VERBS, Verb, can
from tests.staff_cases import filed, received
from tests.staff_lab import Site
from tests.test_staff_cases import do


def routes() -> Iterator[web.AbstractRoute]:
    return (route for route in console_app().router.routes() if route.method != "HEAD")


def test_nothing_is_reachable_but_through_its_guard() -> None:
    found = []
    for route in routes():
        if route.resource is not None and isinstance(route.resource, web.StaticResource):
            continue
        guard = getattr(route.handler, "__self__", None)
        assert isinstance(guard, Guard), route
        found.append(guard.page)
    assert {(p.method, p.path) for p in found} == {(p.method, p.path) for p in all_pages()}


def test_every_page_says_what_it_needs_and_only_the_login_needs_nothing() -> None:
    needs = {*get_args(Verb), "anyone", "unfinished", "staff"}
    assert {page.needs for page in all_pages()} <= needs
    open_pages = {page.path for page in all_pages() if page.needs == "anyone"}
    assert open_pages == {"/login", "/logout"}
    unfinished = {page.path for page in all_pages() if page.needs == "unfinished"}
    assert all(path.startswith("/login/") for path in unfinished)


def test_the_table_of_verbs() -> None:
    assert [role for role in ROLES if can([role], "can_extend")] == ["head"]
    assert [role for role in ROLES if can([role], "can_publish")] == ["publisher"]
    assert [role for role in ROLES if can([role], "can_review")] == ["reviewer"]
    assert [role for role in ROLES if can([role], "can_manage_staff")] == ["admin"]
    assert [role for role in ROLES if can([role], "can_read_audit")] == ["auditor"]
    assert [role for role in ROLES if can([role], "can_answer")] == ["head"]
    assert not any(can([role], "can_see_personal") for role in ("admin", "auditor", "publisher", "reviewer"))
    assert {"admin", "reviewer"} == TOTP_ROLES
    assert all(VERBS.values())
    assert set(VERBS) == set(get_args(Verb))


def test_every_event_of_a_clerk_has_a_verb_and_every_action_an_event() -> None:
    rows = {row.event for rows in load_lifecycle().values() for row in rows}
    assert rows - EVENT_VERBS.keys() == NOT_BY_CLERKS
    assert set(EVENT_VERBS) <= rows
    for action in load_actions().values():
        assert action.records in rows, action.id
        assert action.verb in (*get_args(Verb), ""), action.id
        assert any(may([role], action) for role in ROLES), action.id
    offered = {action.records for action in load_actions().values()}
    assert rows - offered == {*NOT_BY_CLERKS, "callback_requested"}


def filled_in(page: Page, number: str) -> str:
    parts = {"number": number, "action": "noted", "id": "0" * 32, "paper": "receipt"}
    return "/staff" + re.sub(r"{(\w+)}", lambda found: parts.get(found[1], "x"), page.path)


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_gets_to_what_it_may_and_to_nothing_else(site: Site, role: str) -> None:
    """Every page and every action, asked for over HTTP with a form token that fits."""
    case = await filed(site)
    person = await site.clerk("mali", role)
    token = (await person.get("/staff/own")).csrf()
    for page in all_pages():
        if page.needs in ("anyone", "unfinished") or page.path in ("/own/password", "/own/code"):
            continue
        path = filled_in(page, case.number)
        answer = await (person.get(path) if page.method == "GET" else person.post(path, csrf=token))
        refused = answer.status == 403 and "没有这项权限" in answer.text
        refused = answer.status == 403 and "没有这项权限" in answer.text
        assert refused == (page.needs in VERBS and not can([role], page.needs)), f"{page.method} {path}"
        assert answer.status < 500, f"{page.method} {path}"


@pytest.mark.parametrize("role", ROLES)
async def test_the_menu_shows_what_may_be_opened(site: Site, role: str) -> None:
    person = await site.clerk("mali", role)
    page = await person.get("/staff/own")
    for item in menu():
        assert (f'href="{item.path}"' in page.text) == can([role], item.needs), item.label
        if can([role], item.needs):
            assert (await person.get(item.path)).status == 200


@pytest.mark.parametrize("role", ["registrar", "handler", "head"])
async def test_actions_follow_the_roles(site: Site, role: str) -> None:
    case = await received(site)
    person = await site.clerk("mali", role)
    page = await person.get(f"/staff/cases/{case.number}")
    for action in load_actions().values():
        try:
            label_of(action, case)
        except ValueError:
            continue
        offered = f'/do/{action.id}"' in page.text
        assert not offered or may([role], action), action.id
        if not offered:
            assert (await do(person, case.number, action.id)).status in (403, 422), action.id


async def test_an_admin_cannot_lock_themselves_out(site: Site) -> None:
    person = await site.clerk("root1", "admin")
    assert person.account
    path = f"/staff/accounts/{person.account.id}"
    await person.get(path)
    assert (await person.post(f"{path}/disable")).status == 422
    assert (await person.post(f"{path}/roles", roles="auditor")).status == 422
    seen = str(person.account.epoch)
    assert (await person.post(f"{path}/roles", roles=["admin", "auditor"], seen=seen)).status == 200


async def epoch(site: Site, login: str) -> str:
    """What the forms of that account carry now."""
    account = await site.console.staff.by_login(login)
    assert account
    return str(account.epoch)


async def test_accounts_are_made_changed_and_closed_in_the_console(site: Site) -> None:
    admin = await site.clerk("root1", "admin")
    await admin.get("/staff/accounts")
    page = await admin.post("/staff/accounts", login="MaLi", name="<b>马丽</b>", roles=["handler", "head"])
    assert "&lt;b&gt;马丽&lt;/b&gt;" in page.text
    password = page.text.partition('<code id="first">')[2].partition("</code>")[0]
    assert re.fullmatch(r"(\w{4}-){3}\w{4}", password)
    account = await site.console.staff.by_login("mali")
    assert account
    assert account.roles == ("handler", "head")
    assert password not in (await admin.get("/staff/accounts")).text
    clerk = site.stranger()
    assert (await clerk.login("mali", password)).url.endswith("/staff/login/password")
    new = "黄河边上的太子山很高"
    await clerk.post("/staff/login/password", new=new, again=new)
    assert (await clerk.get("/staff/cases")).status == 200
    # Other roles, or a reset password: the clerk has to log in again.
    path = f"/staff/accounts/{account.id}"
    await admin.get(path)
    assert (await admin.post(f"{path}/roles", roles="auditor", seen="99")).status == 409
    await admin.post(f"{path}/roles", roles="auditor", seen=await epoch(site, "mali"))
    assert "/staff/login" in (await clerk.get("/staff/cases")).url
    await admin.post(f"{path}/reset")
    assert (await site.stranger().login("mali", new)).status == 401
    seen = await epoch(site, "mali")
    assert (await admin.post(f"{path}/disable", seen=seen)).status == 200
    # A second admin who pressed the same button does not open the account again.
    assert (await admin.post(f"{path}/disable", seen=seen)).status == 409
    again = await site.console.staff.by_login("mali")
    assert again
    assert again.disabled
    assert (await admin.post("/staff/accounts", login="mali", name="x", roles="head")).status == 422
    assert (await admin.post("/staff/accounts", login="x y", name="x", roles="head")).status == 422
    entries = {entry.what for entry in await site.console.audit.page(limit=200)}
    assert {"staff.add", "staff.roles", "staff.password", "staff.disable", "login"} <= entries
