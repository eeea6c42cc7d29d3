"""Papers, the 12315 platform, holiday notices, notices that did not arrive: through real HTTP."""

import io
import zipfile

from sqlalchemy import text

from bot.papers.papers import MIME
from handlers.ports import OutMessage
from tests.staff_cases import EVIL, ID_NO, NAME, OPENID, PHONE, at, filed, received
from tests.staff_lab import Site, texts
from tests.test_staff_cases import case_of, do


async def test_a_paper_is_made_kept_and_downloaded(site: Site) -> None:
    case = await received(site, answers={"content": EVIL})
    clerk = await site.clerk("reg1", "registrar")
    path = f"/staff/cases/{case.number}/papers"
    page = await clerk.get(path)
    assert texts(page, "政府信息公开申请登记回执", "政府信息公开申请补正告知书") == []
    form = await clerk.get(f"{path}/make/correction")
    assert "补正事项" in form.text
    assert (await clerk.post(f"{path}/make/correction", items="", until="")).status == 422
    page = await clerk.post(f"{path}/make/correction", items=EVIL, until="2026-12-08")
    assert "文书做好了" in page.text
    stored = (await site.console.shelf.of_case(case.number))[0]
    paper = await clerk.get(f"{path}/{stored.id}")
    assert paper.headers["Content-Type"] == MIME
    assert paper.headers["Content-Disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(paper.body)) as docx:
        body = docx.read("word/document.xml").decode()
    assert NAME in body
    assert "<script>" not in body
    assert "2026年12月8日" in body
    files = [file.read_bytes() for file in site.console.settings.data_dir.rglob("papers/*/*")]
    assert files
    assert not any(content.startswith(b"PK") for content in files)
    what = [entry.what for entry in await site.console.audit.page()]
    assert "case.paper" in what
    assert "case.download" in what


async def test_a_paper_without_personal_data(site: Site) -> None:
    case = await received(site)
    clerk = await site.clerk("reg1", "registrar")
    path = f"/staff/cases/{case.number}/papers"
    await clerk.get(f"{path}/make/disclosure_request")
    await clerk.post(f"{path}/make/disclosure_request", masked="1")
    mine = [one for one in await site.console.shelf.of_case(case.number) if one.by != "system"]
    paper = await clerk.get(f"{path}/{mine[0].id}")
    with zipfile.ZipFile(io.BytesIO(paper.body)) as docx:
        body = docx.read("word/document.xml").decode()
    assert not [secret for secret in (NAME, PHONE, ID_NO) if secret in body]


async def test_papers_of_another_case_are_not_given_out(site: Site) -> None:
    case, other = await received(site), await received(site, draft="d2")
    clerk = await site.clerk("reg1", "registrar")
    path = f"/staff/cases/{case.number}/papers"
    await clerk.get(f"{path}/make/receipt")
    await clerk.post(f"{path}/make/receipt")
    stored = (await site.console.shelf.of_case(case.number))[0]
    assert (await clerk.get(f"/staff/cases/{other.number}/papers/{stored.id}")).status == 404
    assert (await clerk.get(f"{path}/make/no_such")).status == 404
    assert (await clerk.get(f"{path}/make/acceptance")).status in (200, 404)
    assert (await clerk.post(f"{path}/make/acceptance")).status == 422


async def test_hand_over_to_the_platform_and_back(site: Site) -> None:
    case = await filed(site, "complaint")
    clerk = await site.clerk("reg1", "registrar")
    path = f"/staff/cases/{case.number}/platform"
    page = await clerk.get(path)
    assert NAME not in page.text
    page = await clerk.post(f"/staff/cases/{case.number}/reveal", reason="transfer", back="platform")
    assert page.url.endswith("/platform")
    order = ["投诉人", NAME, PHONE, "被投诉人", "红园路某某家具店", "衣柜用了一周", "退货、赔偿损失"]
    places = [page.text.index(word) for word in order]
    assert places == sorted(places)
    await do(clerk, case.number, "handed_over")
    assert (await do(clerk, case.number, "number_12315_added", number="<b>")).status == 422
    await do(clerk, case.number, "number_12315_added", number="1622901002026112400001")
    case = await case_of(site, case.number)
    assert (case.stage, case.number_12315) == ("handed_over", "1622901002026112400001")
    await clerk.get("/staff/cases")
    assert case.number in (await clerk.post("/staff/cases/search", q="1622901002026112400001")).text
    disclosure = await filed(site, draft="d9")
    assert (await clerk.get(f"/staff/cases/{disclosure.number}/platform")).status == 404


async def test_a_holiday_notice_moves_the_dates_and_people_are_told(site: Site) -> None:
    case = await received(site)
    head = await site.clerk("head1", "head", "admin")
    await do(head, case.number, "extended", days="20", reason="档案很多")
    before = await case_of(site, case.number)
    assert before.provisional
    page = await head.get("/staff/calendar")
    assert "还没有公布" in page.text
    off = "元旦：1月1日至3日\n春节：2月5日至2月13日\n清明节：4月3日、4月4日、4月5日"
    said = {"year": "2027", "off": off, "work": "2月14日、2月27日"}
    for wrong in ({"off": "春节"}, {"off": "春节：2月31日"}, {"year": "27"}, {"work": "2月6日"}):
        assert (await head.post("/staff/calendar/preview", {**said, **wrong})).status == 422
    page = await head.post("/staff/calendar/preview", said)
    assert texts(page, "放假15天", "调休上班2天", "2027年2月13日") == []
    content = page.text.partition('name="content" value="')[2].partition('"')[0].replace("&#34;", '"')
    page = await head.post("/staff/calendar", content=content)
    assert "已启用" in page.text
    await site.console.outbox.recompute.run_once()
    after = await case_of(site, case.number)
    assert not after.provisional
    assert after.events[-1].type == "deadline_changed"
    assert (await head.post("/staff/calendar", content="{}")).status == 422


async def test_what_did_not_arrive_is_called_about(site: Site) -> None:
    case = await received(site)
    lost = OutMessage(
        "k1", "notice", at("2026-11-20"), {"notice": "x", "text": EVIL, "fields": {}, "url": ""},
        user=OPENID, number=case.number, dropped="不是从微信来的",
    )  # fmt: skip
    await site.console.parts.cases.append(await case_of(site, case.number), (), (lost,))
    clerk = await site.clerk("reg1", "registrar")
    page = await clerk.get("/staff/undelivered")
    assert case.number in page.text
    assert PHONE not in page.text
    assert 'class="badge"' in page.text
    page = await clerk.post("/staff/undelivered/reveal")
    assert PHONE in page.text
    assert "<script>alert" not in page.text
    async with site.console.database.read() as connection:
        row = (await connection.execute(text("SELECT id FROM outbox WHERE key = 'k1'"))).scalar_one()
    page = await clerk.post(f"/staff/undelivered/{row}/settle")
    assert "都送到了" in page.text
    assert (await clerk.post("/staff/undelivered/x/settle")).status == 404


PAPER = {
    "kind": "disclosure", "channel": "in_person", "day": "2026-11-23", "nonce": "a" * 32, "name": NAME,
    "phone": "139-9301-2345", "id_type": "居民身份证", "id_no": ID_NO, "address": "临夏市红园路12号",
    "content": EVIL, "medium": "纸面", "accept_other": "是",
}  # fmt: skip


async def test_a_request_on_paper_becomes_a_case_whose_clock_runs(site: Site) -> None:
    clerk = await site.clerk("reg1", "registrar")
    await clerk.get("/staff/register?kind=disclosure")
    assert (await clerk.post("/staff/register", {**PAPER, "content": ""})).status == 422
    assert (await clerk.post("/staff/register", {**PAPER, "day": "2026-11-30"})).status == 422
    page = await clerk.post("/staff/register", PAPER)
    assert page.status == 201
    number = page.text.partition("已登记：")[2].partition("<")[0]
    assert "查询码 <b>" in page.text
    again = await clerk.post("/staff/register", PAPER)
    assert number in again.text
    case = await case_of(site, number)
    assert (case.stage, str(case.received), str(case.due)) == ("received", "2026-11-23", "2026-12-21")
    assert case.filer == ""
    assert case.answers["accept_other"] is True
    await clerk.get("/staff/cases")
    assert number in (await clerk.post("/staff/cases/search", q=PHONE)).text
    page = await clerk.get(f"/staff/cases/{number}")
    assert "当面提交" in page.text
    assert NAME not in page.text
    # What is to be told goes to the list of those to be called, for there is no WeChat to send it to.
    assert number in (await clerk.get("/staff/undelivered")).text


async def test_a_letter_counts_from_the_day_that_both_confirmed(site: Site) -> None:
    clerk = await site.clerk("reg1", "registrar")
    await clerk.get("/staff/register?kind=disclosure")
    page = await clerk.post("/staff/register", {**PAPER, "channel": "mail_unsigned"})
    number = page.text.partition("已登记：")[2].partition("<")[0]
    assert (await case_of(site, number)).received is None
    await do(clerk, number, "bureau_confirmed")
    assert "等当事人" in (await clerk.get("/staff/cases?tab=new&turn=applicant")).text
    await do(clerk, number, "applicant_confirmed")
    assert str((await case_of(site, number)).received) == "2026-11-24"


async def test_complaints_and_reports_on_paper(site: Site) -> None:
    clerk = await site.clerk("reg1", "registrar")
    await clerk.get("/staff/register?kind=complaint")
    said = {
        "kind": "complaint", "channel": "oral", "day": "2026-11-24", "nonce": "b" * 32, "name": NAME,
        "phone": PHONE, "resp_name": "某某家具店", "resp_address": "康乐县", "facts": "柜门裂了",
        "claim": ["退货", "赔偿损失"],
    }  # fmt: skip
    page = await clerk.post("/staff/register", said)
    number = page.text.partition("已登记：")[2].partition("<")[0]
    case = await case_of(site, number)
    assert (case.kind, case.stage, case.answers["claim"]) == ("complaint", "submitted", ["退货", "赔偿损失"])
    assert number in (await clerk.get("/staff/cases?tab=new&county=622922")).text
    report = {"kind": "report", "channel": "oral", "day": "2026-11-24", "nonce": "c" * 32, "clue": "无证经营"}
    assert (await clerk.post("/staff/register", report)).status == 422
    page = await clerk.post("/staff/register", {**report, "resp_name": "某某饭馆"})
    assert "已登记：JB" in page.text
