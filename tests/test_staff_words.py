"""What the console says: no codes where words are due, nothing in another language when something fails."""

import pytest
from sqlalchemy import text

from bot.staff.pages.undelivered import in_words
from handlers.permissions import ROLES
from tests.staff_cases import NAME, PHONE, happened, received
from tests.staff_lab import Site, texts


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("custom 45015", "客服消息：对方48小时没来消息，发不了"),
        ("subscribe 43101；custom closed", "订阅通知：对方没有订阅；客服消息：对方48小时没来消息，发不了"),
        ("custom 99999", "客服消息：微信没有收下（99999）"),
        ("30天没有再来，没能告诉", "30天没有再来，没能告诉"),
    ],
)
def test_why_a_notice_did_not_arrive(reason: str, told: str) -> None:
    assert in_words(reason) == told


async def test_a_fault_of_ours_is_said_in_words(site: Site) -> None:
    clerk = await site.clerk("mali", "registrar")
    case = await received(site)
    async with site.console.database.write() as connection:
        await connection.execute(text("UPDATE case_events SET blob = x'00'"))
    page = await clerk.get(f"/staff/cases/{case.number}")
    assert (page.status, texts(page, "程序出错了", "已经记下来")) == (500, [])
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_history_and_log_name_an_event_as_its_kind_of_case_does(site: Site) -> None:
    case = await received(site)
    head, auditor = await site.clerk("head1", "head"), await site.clerk("sun1", "auditor")
    await happened(site, case.number, "extended", "2026-11-24", days=10, reason="档案多", approved_by="x")
    await site.console.audit.note("x", "case.extended", case.number)
    for page in (await head.get(f"/staff/cases/{case.number}"), await auditor.get("/staff/audit")):
        assert "延长答复期限" in page.text
        assert "延长核查期限" not in page.text


async def test_the_log_names_people_roles_and_papers(site: Site) -> None:
    admin, auditor = await site.clerk("root1", "admin"), await site.clerk("sun1", "auditor")
    await admin.get("/staff/accounts")
    await admin.post("/staff/accounts", login="mali", name="马丽", roles=["handler", "head"])
    await site.console.audit.note("x", "case.paper", "XK20260000017", "correction")
    page = await auditor.get("/staff/audit")
    assert texts(page, "马丽 承办人、负责人", "政府信息公开申请补正告知书") == []
    assert all(f'<td data-label="说明">{role}' not in page.text for role in ROLES)


async def test_the_form_says_what_it_cannot_do_without(site: Site) -> None:
    clerk = await site.clerk("mali", "registrar")
    page = await clerk.get("/staff/register?kind=disclosure")
    assert texts(page, "公民填姓名，单位填名称，必须填一个。", "电话、地址至少填一个。") == []
    field = page.text.partition('<textarea id="f-content"')[2].partition(">")[0]
    assert " required" in field
    said = {"kind": "disclosure", "channel": "in_person", "nonce": "n1", "day": "2026-11-24"}
    assert "请填写“姓名”" in (await clerk.post("/staff/register", said)).text
    said |= {"name": NAME, "phone": PHONE}
    assert "请填写“所需信息" in (await clerk.post("/staff/register", said)).text


async def test_a_proposal_is_masked_until_asked_for(site: Site) -> None:
    case = await received(site)
    head = await site.clerk("head1", "head")
    data = {"proposes": "answered", "outcome": "DENY", "ground": "15", "reason": f"{NAME}的电话{PHONE}"}
    await happened(site, case.number, "noted", "2026-11-24", **data)
    page = await head.get(f"/staff/cases/{case.number}")
    assert texts(page, "拟答复", "第十五条", "139****2345") == []
    assert PHONE not in page.text
    # The form needs it in full, so that look is logged.
    form = await head.get(f"/staff/cases/{case.number}/do/answered")
    assert PHONE in form.text
    entries = await site.console.audit.page(number=case.number)
    assert ("case.read", "proposal") in [(entry.what, entry.about) for entry in entries]


async def test_numbers_that_are_none_are_no_fault(site: Site) -> None:
    clerk = await site.clerk("alle", *ROLES)
    for number in ("²", "٣٤", "9" * 40, "-1", "x"):
        for path in ("/staff/audit", "/staff/undelivered"):
            assert (await clerk.get(f"{path}?before={number}")).status == 200, (path, number)
        await clerk.get("/staff/calendar")
        form = {"year": number, "off": "元旦：1月1日", "work": ""}
        assert (await clerk.post("/staff/calendar/preview", form)).status == 422
