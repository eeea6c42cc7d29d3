"""Warnings, knowledge and numbers in the console, over real HTTP."""

import asyncio
import csv
import io
import re
from datetime import date

import pytest
from openpyxl import load_workbook

from bot.app import CASES, CLOCK
from bot.clerk_parts import CLERKS
from handlers.cases.model import Happened
from handlers.ports import Filing, Question
from handlers.subscriptions.wishes import Wish
from tests.desk_lab import *  # noqa: F403
from tests.staff_lab import Person, Site
from tests.warning_lab import openid
from tests.wechat_lab import Lab

WARNING = {
    "title": "某品牌奶粉不合格",
    "body": "抽检发现某批次奶粉不合格，请停止食用，找商家退货。",
    "category": "food",
    "county": "622901",
    "source": "州市场监管局抽检通告2026年第12期",
    "valid_until": "2026-12-31",
}
XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def id_in(url: str) -> str:
    return url.split("/warnings/")[1].partition("?")[0]


async def written(publisher: Person, **changes: str) -> str:
    await publisher.get("/staff/warnings/new")
    answer = await publisher.post("/staff/warnings/new", WARNING | changes)
    assert answer.status == 200, answer.text
    return id_in(answer.url)


async def approved(publisher: Person, reviewer: Person, id: str) -> None:
    page = await publisher.get(f"/staff/warnings/{id}")
    version = page.text.split('name="version" value="')[1].split('"')[0]
    await publisher.post(f"/staff/warnings/{id}/submit", version=version)
    page = await reviewer.get(f"/staff/warnings/{id}")
    mark = page.text.split('name="hash" value="')[1].split('"')[0]
    answer = await reviewer.post(f"/staff/warnings/{id}/approve", hash=mark)
    assert "已批准" in answer.text


async def subscribed(desk: Site, wechat_lab: Lab, *numbers: int) -> None:
    for number in numbers:
        wechat_lab.platform.followers.follow(openid(number))
        wishes = frozenset({Wish("food", "622901")})
        await desk.app[CLERKS].subscriptions.replace(openid(number), wishes, desk.app[CLOCK].now())


async def test_written_approved_under_another_account_sent_and_its_result_seen(
    desk: Site, wechat_lab: Lab
) -> None:
    await subscribed(desk, wechat_lab, 1, 2, 3)
    publisher, reviewer = await desk.clerk("pub", "publisher"), await desk.clerk("rev", "reviewer")
    id = await written(publisher)
    await approved(publisher, reviewer, id)
    await publisher.get(f"/staff/warnings/{id}")
    answer = await publisher.post(f"/staff/warnings/{id}/schedule", when="")
    assert "已排期" in answer.text
    for _ in range(80):
        page = await publisher.get(f"/staff/warnings/{id}")
        if "微信已发完" in page.text:
            break
        await asyncio.sleep(0.1)
    assert "微信已发完" in page.text
    assert "3 / 3 人" in page.text
    phones = [m.openid for m in wechat_lab.platform.records.delivered if m.channel == "mass"]
    assert sorted(phones) == [openid(1), openid(2), openid(3)]


async def test_who_holds_both_offices_still_cannot_approve_their_own(desk: Site) -> None:
    both = await desk.clerk("both", "publisher", "reviewer")
    id = await written(both)
    page = await both.get(f"/staff/warnings/{id}")
    version = page.text.split('name="version" value="')[1].split('"')[0]
    page = await both.post(f"/staff/warnings/{id}/submit", version=version)
    assert "要由别的审核员来审" in page.text
    warning = await desk.app[CLERKS].warnings.find(id)
    refused = await both.post(f"/staff/warnings/{id}/approve", hash=warning.content.fingerprint())
    assert refused.status == 409
    assert "自己不能审" in refused.text


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("reviewer", "/staff/warnings/new"),
        ("handler", "/staff/warnings"),
        ("admin", "/staff/warnings"),
        ("auditor", "/staff/knowledge"),
        ("handler", "/staff/knowledge/new"),
        ("publisher", "/staff/numbers"),
        ("reviewer", "/staff/numbers/report"),
        ("handler", "/staff/numbers/report.xlsx"),
    ],
)
async def test_pages_are_closed_to_those_without_the_right(desk: Site, role: str, path: str) -> None:
    clerk = await desk.clerk("someone", role)
    assert (await clerk.get(path)).status == 403


@pytest.mark.parametrize("deed", ["approve", "reject", "submit", "schedule", "recall", "edit", "test"])
async def test_actions_are_closed_to_those_without_the_right(desk: Site, deed: str) -> None:
    id = await written(await desk.clerk("pub", "publisher"))
    clerk = await desk.clerk("hand", "handler", "registrar", "admin", "auditor")
    await clerk.get("/staff/own")
    assert (await clerk.post(f"/staff/warnings/{id}/{deed}", {"hash": "x", "version": "0"})).status == 403
    assert (await desk.app[CLERKS].warnings.find(id)).state == "draft"


async def test_scripts_in_a_warning_are_text_everywhere(desk: Site) -> None:
    publisher = await desk.clerk("pub", "publisher")
    id = await written(publisher, title=XSS[:64], body=XSS, source=XSS)
    for path in (f"/staff/warnings/{id}", "/staff/warnings", f"/staff/warnings/{id}/edit"):
        page = await publisher.get(path)
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "&lt;script&gt;" in page.text


async def test_a_bad_form_says_what_is_wrong_and_keeps_what_was_typed(desk: Site) -> None:
    publisher = await desk.clerk("pub", "publisher")
    await publisher.get("/staff/warnings/new")
    answer = await publisher.post(
        "/staff/warnings/new", WARNING | {"title": "", "valid_until": "", "category": "x"}
    )
    assert answer.status == 422
    for said in ("标题", "类别：没有这个类别", "有效期：请选一个日期", WARNING["body"]):
        assert said in answer.text
    late = await publisher.post("/staff/warnings/new", WARNING | {"valid_until": "2026-01-01"})
    assert "有效期已过" in late.text


async def question(desk: Site, text: str, number: int = 1, kind: str = "unanswered") -> None:
    now = desk.app[CLOCK].now()
    await desk.app[CLERKS].questions.note(Question(f"u\0{number}", text, kind, now))  # type: ignore[arg-type]


async def test_an_unanswered_question_becomes_a_wording_and_is_answered_at_once(desk: Site) -> None:
    await question(desk, "你们单位大门朝哪开呀", 1)
    await question(desk, "你们单位大门朝哪边开", 2)
    clerk = await desk.clerk("reg", "registrar")
    page = await clerk.get("/staff/knowledge")
    assert "你们单位大门朝哪开呀" in page.text
    open_questions = await desk.app[CLERKS].questions.open()
    first = next(q for q in open_questions if q.text == "你们单位大门朝哪开呀")
    answer = await clerk.post("/staff/knowledge/add", question=first.id, entry="guide.office.address")
    assert answer.status == 200, answer.text
    assert "问法已加上" in answer.text
    living = desk.app[CLERKS].living
    tried = await desk.app[CLERKS].entries.try_out(None, ["你们单位大门朝哪开呀"])
    assert tried[0].entry == "guide.office.address"
    assert first.id not in {q.id for q in await desk.app[CLERKS].questions.open()}
    await living.close()


async def test_questions_that_mean_the_same_stand_together(desk: Site) -> None:
    for number, text in enumerate(["停车场在哪里", "停车场在哪", "你们那停车场在哪里呢", "养老金怎么领"]):
        await question(desk, text, number)
    clerk = await desk.clerk("reg", "registrar")
    page = await clerk.get("/staff/knowledge")
    assert page.text.count('<section class="card"') == 2
    assert "问了3次" in page.text


async def test_an_answer_whose_number_is_not_in_its_source_does_not_go_live(desk: Site) -> None:
    clerk = await desk.clerk("reg", "registrar")
    form = dict.fromkeys(("valid_from", "valid_until", "related"), "") | {
        "intent": "faq",
        "title": "停车",
        "answer": "院里能停车，打0930-9999999预约。",
        "wordings": "能停车吗\n停车场",
        "sources": "guide 28,29,30",
        "seen": "0",
    }
    await clerk.get("/staff/knowledge/new")
    refused = await clerk.post("/staff/knowledge/new", form | {"id": "guide.office.parking"})
    assert refused.status == 422
    assert "0930-9999999" in refused.text
    assert await desk.app[CLERKS].entries.versions.last() == 0
    tried = await clerk.post("/staff/knowledge/new", form | {"id": "guide.office.parking", "try": "1"})
    assert tried.status == 200
    assert await desk.app[CLERKS].entries.versions.last() == 0
    good = form | {"id": "guide.office.parking", "answer": "停车请先打0930-6216381问。"}
    saved = await clerk.post("/staff/knowledge/new", good)
    assert "已保存" in saved.text, saved.text
    await desk.app[CLERKS].living.close()


async def test_undo_brings_the_entry_back_and_old_changes_cannot_be_undone(desk: Site) -> None:
    parts = desk.app[CLERKS]
    before = parts.entries.find("guide.office.hours")
    assert before
    await parts.entries.add_wording("guide.office.hours", "啥时辰开衙门", "s1")
    await parts.entries.add_wording("guide.office.hours", "啥时辰开张", "s1")
    clerk = await desk.clerk("reg", "registrar")
    await clerk.get("/staff/knowledge/history")
    assert (await clerk.post("/staff/knowledge/undo", seq="1")).status == 409
    assert (await clerk.post("/staff/knowledge/undo", seq="2")).status == 200
    now = parts.entries.find("guide.office.hours")
    assert now
    assert now.wordings == (*before.wordings, "啥时辰开衙门")
    await clerk.post("/staff/knowledge/undo", seq="3")
    await parts.living.close()


async def test_the_check_page_shows_the_two_limits_of_the_guide(desk: Site) -> None:
    clerk = await desk.clerk("reg", "registrar")
    page = await clerk.get("/staff/knowledge/check")
    assert "期限不一致" in page.text
    assert "15个工作日" in page.text


async def case_of(desk: Site, draft: str, name: str) -> str:
    cases, now = desk.app[CASES], desk.app[CLOCK].now()
    filing = Filing(
        draft=draft,
        kind="disclosure",
        filer="o1",
        answers={"name": name, "phone": "13993012345"},
        at=now,
        applicant="natural",
        county="622901",
        events=(Happened(type="applicant_confirmed", at=now, by="applicant"),),
    )
    number = (await cases.cases.submit(filing)).case.number
    await cases.service.happen(number, Happened(type="bureau_confirmed", at=now, by="staff:1"))
    return number


async def test_the_report_leads_from_a_figure_to_its_cases(desk: Site) -> None:
    number = await case_of(desk, "d1", "马小明")
    clerk = await desk.clerk("reg", "registrar")
    page = await clerk.get("/staff/numbers/report?year=2026")
    assert "都平" in page.text
    link = "/staff/numbers/report/cell?year=2026&row=carried_out&column=natural"
    assert link.replace("&", "&amp;") in page.text
    assert number in (await clerk.get(link)).text
    book = load_workbook(io.BytesIO((await clerk.get("/staff/numbers/report.xlsx?year=2026")).body))
    assert book["表三"].cell(5, 4).value == 1


async def test_exports_are_masked_and_hold_no_formula(desk: Site) -> None:
    await case_of(desk, "d1", "=HYPERLINK(1)")
    await case_of(desk, "d2", "马小明")
    clerk = await desk.clerk("reg", "registrar")
    await clerk.get("/staff/numbers")
    form = {"first": "2026-01-01", "last": "2026-12-31", "as": "csv"}
    masked = (await clerk.post("/staff/numbers/cases", form)).text
    assert "13993012345" not in masked
    assert "马小明" not in masked
    full = (await clerk.post("/staff/numbers/cases", form | {"full": "1"})).text
    rows = list(csv.DictReader(io.StringIO(full.lstrip("\ufeff"))))
    assert {row["姓名"] for row in rows} == {"'=HYPERLINK(1)", "马小明"}
    sheet = load_workbook(
        io.BytesIO((await clerk.post("/staff/numbers/cases", form | {"full": "1", "as": "xlsx"})).body)
    ).active
    assert sheet is not None
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    entries = [(e.what, e.about) for e in await desk.console.audit.page()]
    assert ("numbers.export", "2026-01-01~2026-12-31 full") in entries


async def test_an_auditor_may_not_export_names(desk: Site) -> None:
    auditor = await desk.clerk("aud", "auditor")
    await auditor.get("/staff/numbers")
    form = {"first": "2026-01-01", "last": "2026-12-31", "as": "csv", "full": "1"}
    assert (await auditor.post("/staff/numbers/cases", form)).status == 403


async def test_a_review_is_entered_and_stands_in_table_4(desk: Site) -> None:
    clerk = await desk.clerk("hand", "handler")
    await clerk.get("/staff/numbers/remedies")
    form = {
        "kind": "review",
        "number": "",
        "opened": "2026-03-01",
        "closed": "2026-05-01",
        "result": "upheld",
    }
    assert "已登记" in (await clerk.post("/staff/numbers/remedies", form)).text
    wrong = await clerk.post("/staff/numbers/remedies", form | {"closed": "2026-02-01"})
    assert wrong.status == 422
    page = await clerk.get("/staff/numbers/report?year=2026")
    row = page.text.split("行政复议</th>")[1].split("</tr>")[0]
    cells = re.findall(r'data-label="(.+?)">(\d+)<', row)
    assert [figure for _, figure in cells] == ["1", "0", "0", "0", "1"]


async def test_charts_show_what_was_asked_and_how_it_went(desk: Site) -> None:
    questions, now = desk.app[CLERKS].questions, desk.app[CLOCK].now()
    for kind, entry, times in (
        ("answered", "guide.office.hours", 3),
        ("unanswered", "", 1),
        ("liked", "", 2),
    ):
        for _ in range(times):
            questions.count(kind, entry, now)
    await questions.flush()
    assert await questions.counts(date(2026, 1, 1), date(2026, 12, 31)) == {
        ("answered", "guide.office.hours"): 3,
        ("unanswered", ""): 1,
        ("liked", ""): 2,
    }
    clerk = await desk.clerk("reg", "registrar")
    page = await clerk.get("/staff/numbers?year=2026")
    for said in ("75%", "100%", "上班时间", "<svg"):
        assert said in page.text
