"""Cases in the console: the queue, masked data, acting within the law, nothing overwritten."""

import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import text

from bot.staff.security import FILE_POLICY
from handlers.cases.lifecycle import allowed
from handlers.cases.model import Case
from handlers.message import Message
from tests.staff_cases import EVIL, ID_NO, NAME, OPENID, PHONE, at, filed, happened, received
from tests.staff_lab import Answer, Person, Site, texts


async def do(person: Person, number: str, action: str, /, **said: Any) -> Answer:
    """Both steps of an action; stops at the first page that is no preview."""
    form = await person.get(f"/staff/cases/{number}/do/{action}?outcome={said.get('outcome', '')}")
    if form.status != 200:
        return form
    version = form.text.partition('name="version" value="')[2].partition('"')[0]
    preview = await person.post(f"/staff/cases/{number}/do/{action}/preview", version=version, **said)
    if preview.status != 200:
        return preview
    return await person.post(f"/staff/cases/{number}/do/{action}", version=version, **said)


async def outbox(site: Site) -> list[str]:
    async with site.console.database.read() as connection:
        return list((await connection.execute(text("SELECT key FROM outbox ORDER BY id"))).scalars())


async def case_of(site: Site, number: str) -> Case:
    case = await site.console.parts.cases.find(number)
    assert case
    return case


async def test_the_queue_is_sorted_by_date_due_and_counted(site: Site) -> None:
    late = await received(site, "2026-10-19", draft="late", when=at("2026-10-18"))
    due_today = await received(site, "2026-10-27", draft="today", when=at("2026-10-26"))
    fresh = await filed(site, draft="fresh")
    clerk = await site.clerk("mali", "handler")
    page = await clerk.get("/staff/cases")
    assert page.text.index(late.number) < page.text.index(due_today.number)
    assert "已超期" in page.text
    assert "今天到期" in page.text
    assert fresh.number not in page.text
    assert "<b>1</b>已超期" in page.text
    assert "<b>1</b>今天到期" in page.text
    assert "<b>1</b>待登记" in page.text
    assert fresh.number in (await clerk.get("/staff/cases?tab=new")).text
    assert late.number not in (await clerk.get("/staff/cases?tab=today")).text
    assert late.number not in (await clerk.get("/staff/cases?mine=1")).text
    assert late.number not in (await clerk.get("/staff/cases?kind=complaint")).text
    assert late.number in (await clerk.get("/staff/cases?county=622901&turn=bureau&stage=received")).text


async def test_pages_lead_on_without_gaps(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.queue.PAGE", 3)
    numbers = {(await received(site, draft=f"d{i}")).number for i in range(8)}
    clerk = await site.clerk("mali", "handler")
    seen: list[str] = []
    address = "/staff/cases"
    while address:
        page = await clerk.get(address)
        seen += [part.partition('"')[0] for part in page.text.split('href="/staff/cases/XK')[1:]]
        link = [p for p in page.text.split('href="') if p.startswith("/staff/cases?") and "after=" in p]
        address = link[0].partition('"')[0].replace("&amp;", "&") if link else ""
    assert sorted(f"XK{number}" for number in seen) == sorted(numbers)
    for wrong in ("x", "2026-99-99~" + min(numbers), "2026-11-11~" + min(numbers) + "&tab=new"):
        assert (await clerk.get(f"/staff/cases?after={wrong}")).status == 200


async def test_search_finds_by_number_phone_name_and_leaves_no_trace_of_them(site: Site) -> None:
    case = await filed(site)
    clerk = await site.clerk("mali", "handler")
    await clerk.get("/staff/cases")
    for query in (PHONE, "139 9301 2345", NAME, ID_NO):
        await clerk.get("/staff/cases")
        assert case.number in (await clerk.post("/staff/cases/search", q=query)).text, query
    typed = f"{case.number[:2].lower()} {case.number[2:]}"
    assert (await clerk.post("/staff/cases/search", q=typed)).url.endswith(case.number)
    assert case.number not in (await clerk.post("/staff/cases/search", q="13900000000")).text
    entries = await site.console.audit.page()
    assert not [entry for entry in entries if PHONE in entry.about or NAME in entry.about]
    assert any(entry.what == "case.search" for entry in entries)


async def test_personal_data_is_masked_until_asked_for_and_the_asking_is_logged(site: Site) -> None:
    case = await filed(site)
    clerk = await site.clerk("mali", "handler")
    page = await clerk.get(f"/staff/cases/{case.number}")
    assert not [secret for secret in (NAME, PHONE, ID_NO, "红园路12号") if secret in page.text]
    assert "马**" in page.text
    assert (await clerk.post(f"/staff/cases/{case.number}/reveal", reason="")).status == 422
    page = await clerk.post(f"/staff/cases/{case.number}/reveal", reason="contact")
    assert texts(page, NAME, PHONE, ID_NO, "红园路12号") == []
    entries = [(entry.what, entry.number, entry.about) for entry in await site.console.audit.page()]
    assert ("case.reveal", case.number, "联系当事人") in entries
    assert ("case.read", case.number, "") in entries
    # Another session of the same person has to ask for itself; hiding hides.
    other = site.stranger()
    await other.login("mali")
    assert PHONE not in (await other.get(f"/staff/cases/{case.number}")).text
    assert PHONE not in (await clerk.post(f"/staff/cases/{case.number}/conceal")).text


async def test_scripts_of_citizens_are_text_everywhere(site: Site) -> None:
    answers = {"name": EVIL, "content": EVIL, "address": EVIL}
    case = await received(site, answers=answers)
    await happened(site, case.number, "noted", "2026-11-23", text=EVIL)
    clerk = await site.clerk("mali", "head")
    await clerk.get(f"/staff/cases/{case.number}")
    pages = [await clerk.post(f"/staff/cases/{case.number}/reveal", reason="contact")]
    form = await clerk.get(f"/staff/cases/{case.number}/do/noted")
    version = form.text.partition('name="version" value="')[2].partition('"')[0]
    path = f"/staff/cases/{case.number}/do/noted/preview"
    pages.append(await clerk.post(path, version=version, text=EVIL))
    pages.append(await clerk.post("/staff/cases/search", q=EVIL[:50]))
    for page in pages:
        assert page.status == 200
        assert "&lt;script&gt;" in page.text
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text


async def test_only_what_the_law_allows_is_offered_and_done(site: Site) -> None:
    case = await filed(site)
    head = await site.clerk("head1", "head", "registrar", "handler")
    page = await head.get(f"/staff/cases/{case.number}")
    assert texts(page, "本机关确认收到", "期限开始计算：最晚2026年12月22日") == []
    assert "do/answered" not in page.text
    assert (await do(head, case.number, "answered", outcome="GRANT", info="x")).status == 403
    assert (await do(head, case.number, "bureau_confirmed")).url.endswith(f"{case.number}?done=recorded")
    assert (await case_of(site, case.number)).stage == "received"
    assert (await do(head, case.number, "bureau_confirmed")).status == 403


async def test_every_action_offered_belongs_to_the_table_and_to_the_role(site: Site) -> None:
    case = await received(site)
    registrar = await site.clerk("reg1", "registrar")
    page = await registrar.get(f"/staff/cases/{case.number}")
    assert "do/correction_requested" in page.text
    assert "do/extended" not in page.text
    assert "do/answered" not in page.text
    for action in ("extended", "answered", "transferred", "deadline_changed", "preferences_changed", "x"):
        assert (await do(registrar, case.number, action, days="5", reason="x")).status == 403, action
    events = {transition.event for transition in allowed(await case_of(site, case.number))}
    assert "deadline_changed" in events


async def test_a_correction_shows_what_it_does_and_what_is_said_before_it_is_done(site: Site) -> None:
    case = await received(site)
    clerk = await site.clerk("reg1", "registrar")
    number, before = case.number, await outbox(site)
    form = await clerk.get(f"/staff/cases/{number}/do/correction_requested")
    version = form.text.partition('name="version" value="')[2].partition('"')[0]
    said = {"version": version, "items": "请写明年份", "until": "2026-12-08"}
    path = f"/staff/cases/{number}/do/correction_requested"
    preview = await clerk.post(f"{path}/preview", said)
    assert texts(preview, "期限停止计算", "请写明年份", "请在12月8日", "回复“补正”") == []
    assert (await case_of(site, number)).stage == "received"
    assert await outbox(site) == before
    back = await clerk.post(path, {**said, "back": "1"})
    assert "请写明年份" in back.text
    await clerk.post(f"{path}/preview", said)
    await clerk.post(path, said)
    case = await case_of(site, number)
    assert (case.stage, case.due) == ("correction", None)
    assert case.events[-1].by.startswith("staff:")
    assert len(await outbox(site)) == len(before) + 1
    for wrong in ({"until": "2026-11-24"}, {"until": "gestern"}, {"items": " "}):
        again = await clerk.post(f"{path}/preview", {**said, **wrong})
        assert again.status in (403, 422)


async def test_extension_is_proposed_by_the_handler_and_approved_by_the_head(site: Site) -> None:
    case = await received(site)
    handler, head = await site.clerk("han1", "handler"), await site.clerk("head1", "head")
    assert (await do(handler, case.number, "extended", days="20", reason="x")).status == 403
    answer = await do(handler, case.number, "propose_extension", days="10", reason="要查的档案很多")
    assert answer.status == 200
    page = await head.get(f"/staff/cases/{case.number}")
    assert texts(page, "拟延期", "要查的档案很多", "看过，批准延期") == []
    form = await head.get(f"/staff/cases/{case.number}/do/extended")
    assert 'value="10"' in form.text
    assert (await do(head, case.number, "extended", days="21", reason="x")).status == 422
    answer = await do(head, case.number, "extended", days="10", reason="要查的档案很多")
    assert answer.status == 200
    event = (await case_of(site, case.number)).last("extended")
    assert event
    assert event.data["approved_by"] == "head1同志"
    assert (await do(head, case.number, "extended", days="5", reason="x")).status == 422
    assert "拟延期，等" not in (await head.get(f"/staff/cases/{case.number}")).text


async def test_an_extension_after_the_date_due_is_not_offered(site: Site) -> None:
    case = await received(site, "2026-10-19", when=at("2026-10-18"))
    head = await site.clerk("head1", "head")
    page = await head.get(f"/staff/cases/{case.number}")
    assert "法律现在不允许的" in page.text
    assert "不能再延期" in page.text


async def test_an_answer_is_drafted_returned_and_given(site: Site) -> None:
    case = await received(site)
    handler, head = await site.clerk("han1", "handler"), await site.clerk("head1", "head")
    choose = await handler.get(f"/staff/cases/{case.number}/do/draft_answer")
    assert "政府信息不予公开告知书" in choose.text
    said = {"outcome": "DENY", "ground": "16(1)", "reason": "内部管理信息", "report_row": "d5"}
    await handler.get(f"/staff/cases/{case.number}/do/draft_answer?outcome=DENY")
    answer = await do(handler, case.number, "draft_answer", **said)
    assert answer.status == 200
    await do(head, case.number, "return_proposal", text="请写明是哪一类")
    assert "拟答复，等" not in (await head.get(f"/staff/cases/{case.number}")).text
    await do(handler, case.number, "draft_answer", **{**said, "reason": "属于人事管理信息"})
    form = await head.get(f"/staff/cases/{case.number}/do/answered")
    assert "属于人事管理信息" in form.text
    version = form.text.partition('name="version" value="')[2].partition('"')[0]
    preview = await head.post(f"/staff/cases/{case.number}/do/answered/preview", {"version": version, **said})
    assert texts(preview, "办结", "行政复议") == []
    assert (await do(head, case.number, "answered", outcome="NO_SUCH", reason="x")).status == 422
    await do(head, case.number, "answered", **said)
    case = await case_of(site, case.number)
    assert (case.stage, case.outcome, case.due) == ("closed", "DENY", None)


async def test_nobody_overwrites_what_another_did_meanwhile(site: Site) -> None:
    case = await received(site)
    one, two = await site.clerk("one1", "head"), await site.clerk("two2", "head")
    path = f"/staff/cases/{case.number}/do/extended"
    said = {"version": str(case.version), "days": "10", "reason": "x"}
    await one.get(path)
    await two.get(path)
    await one.post(f"{path}/preview", said)
    await two.post(f"{path}/preview", said)
    assert (await one.post(path, said)).status == 200
    assert (await two.post(path, said)).status == 409
    noted = {"version": str(case.version), "text": "我的备注"}
    await two.get(f"/staff/cases/{case.number}/do/noted")
    answer = await two.post(f"/staff/cases/{case.number}/do/noted", noted)
    assert answer.status == 409
    assert "刚刚有人办过" in answer.text
    assert "我的备注" in answer.text
    events = [event.type for event in (await case_of(site, case.number)).events]
    assert events.count("extended") == 1
    assert "noted" not in events


async def test_a_day_that_is_not_today_is_recorded_and_judged(site: Site) -> None:
    case = await filed(site, "complaint")
    clerk = await site.clerk("reg1", "registrar", "handler", "head")
    assert (await do(clerk, case.number, "received", date="2026-11-25")).status == 422
    await do(clerk, case.number, "received", date="2026-11-23")
    found = await case_of(site, case.number)
    assert str(found.received) == "2026-11-23"
    assert (await do(clerk, case.number, "accepted", date="2026-11-20")).status == 422
    await do(clerk, case.number, "accepted")
    page = await clerk.get(f"/staff/cases/{case.number}")
    assert "2027年1月23日" in page.text
    assert "一天一天地看" in page.text


async def test_a_terminated_mediation_is_notified_and_then_done(site: Site) -> None:
    case = await filed(site, "complaint")
    clerk = await site.clerk("reg1", "registrar", "handler", "head")
    assert (await do(clerk, case.number, "termination_notified")).status == 403
    await do(clerk, case.number, "received")
    await do(clerk, case.number, "accepted")
    await do(clerk, case.number, "terminated", outcome="T3")
    assert (await case_of(site, case.number)).due is not None
    assert case.number in (await clerk.get("/staff/cases")).text
    await do(clerk, case.number, "termination_notified")
    assert (await case_of(site, case.number)).due is None


class Fetched:
    """What WeChat has of a picture."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    async def __call__(self, message: Message) -> bytes:
        return self.content


async def test_pictures_are_for_those_who_asked_and_can_do_nothing(site: Site) -> None:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "#a0522d").save(out, "PNG")
    evidence = site.console.parts.evidence
    evidence._fetch = Fetched(out.getvalue())
    message = Message(user=OPENID, account="gh", kind="image", at=at("2026-11-20"), id="m1", media_id="x")
    await evidence.keep("d1", message)
    case, other = await filed(site), await filed(site, draft="d2")
    item = (await evidence.of_case(case.number))[0]
    clerk, reviewer = await site.clerk("mali", "handler"), await site.clerk("rev1", "reviewer")
    path = f"/staff/cases/{case.number}/pictures/{item.id}"
    assert (await reviewer.get(path)).status == 403
    assert (await clerk.get(path)).status == 403
    await clerk.get(f"/staff/cases/{case.number}")
    assert path in (await clerk.post(f"/staff/cases/{case.number}/reveal", reason="inquiry")).text
    picture = await clerk.get(path)
    assert picture.body.startswith(b"\x89PNG")
    assert picture.headers["Content-Security-Policy"] == FILE_POLICY
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert picture.headers["Cache-Control"] == "no-store"
    # Through another case's address, or an id that is none, there is nothing to see.
    await clerk.post(f"/staff/cases/{other.number}/reveal", reason="inquiry")
    assert (await clerk.get(f"/staff/cases/{other.number}/pictures/{item.id}")).status == 404
    assert (await clerk.get(f"/staff/cases/{case.number}/pictures/..%2f..%2fpii.key")).status == 404
    assert any(entry.what == "case.picture" for entry in await site.console.audit.page())


@pytest.mark.parametrize("number", ["XK20260000017", "' OR 1=1 --", "%2e%2e%2f"])
async def test_what_is_not_there_is_said_plainly(site: Site, number: str) -> None:
    clerk = await site.clerk("mali", "handler")
    answer = await clerk.get(f"/staff/cases/{number}")
    assert answer.status == 404
    assert "没有" in answer.text
