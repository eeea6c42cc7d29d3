"""The papers: filled .docx opened again with python-docx, every field looked for; hostile text stays text."""

import asyncio
import io
import itertools
import re
import shutil
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from docx import Document
from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from bot.brain import Brain
from bot.clock import SHANGHAI
from bot.papers import PaperError, Papers, Shelf
from bot.papers.build import main as build
from bot.papers.filing import FiledForms
from bot.papers.names import PICTURES, SLOTS, TICKS, YES_NO
from bot.papers.papers import TEMPLATES
from bot.papers.render import filled
from bot.papers.values import FACTS, KIND, values
from bot.papers.words import BLANK
from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.vault import Vault
from config.papers import Paper, load_common, load_papers
from config.settings import ROOT, Settings
from handlers.cases.lifecycle import record, replay
from handlers.cases.model import Case, Happened
from handlers.cases.number import Kind
from handlers.ports import Filing
from knowledge.calendar import load_calendar
from knowledge.law import Law
from tests.fixtures_wechat import Serve

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=SHANGHAI)
CALENDAR = load_calendar()
ID_NUMBER, PHONE = "622901199001011234", "13993012345"
CITIZEN: dict[str, Any] = {
    "applying": "公民",
    "applicant": "公民",
    "name": "马小明",
    "employer": "红园小学",
    "id_type": "居民身份证",
    "id_no": ID_NUMBER,
    "phone": PHONE,
    "address": "临夏市红园路12号",
    "postcode": "731100",
    "email": "ma@example.org",
    "fax": "0930-6210000",
    "content": "2025年全州食品抽检不合格名单",
    "purpose": "写论文",
    "index_no": "620000/2025-00012",
    "medium": "光盘",
    "delivery": "快递",
    "accept_other": True,
    "signature": "马小明",
}
ORGANISATION: dict[str, Any] = {
    "applying": "代办",
    "applicant": "法人或其他组织",
    "org_name": "临夏某某商贸有限公司",
    "org_kind": "商业企业",
    "uscc": "91622900MA71ABCD2X",
    "legal_rep": "张海",
    "contact": "李梅",
    "org_phone": "0930-6211111",
    "org_address": "临夏市前河沿东路8号",
    "email": "firm@example.org",
    "content": "2024年网络餐饮监测报告",
    "medium": "电子邮件",
    "delivery": "电子邮件",
    "accept_other": False,
    "agent_name": "王芳",
    "agent_proof": ["a" * 32, "b" * 32],
    "signature": "王芳",
}
COMPLAINT: dict[str, Any] = {
    "name": "马小明",
    "phone": PHONE,
    "address": "临夏市红园路12号",
    "resp_name": "红园路某某家具店",
    "resp_contact": "老板娘",
    "resp_address": "临夏市红园路3号",
    "resp_phone": "13893000000",
    "county": "临夏市",
    "happened_on": "2026年11月3日",
    "amount": "2000元",
    "facts": "柜子裂了，不给退。\n打电话不接。",
    "claim": ["退货", "赔偿损失"],
    "evidence": ["a" * 32] * 3,
    "agree_publish": True,
    "agree_delegate": False,
    "signature": "马小明",
}
REPORT: dict[str, Any] = {
    "resp_name": "某某饭馆",
    "resp_address": "临夏县北塬",
    "county": "临夏县",
    "clue": "后厨有老鼠",
    "by_name": "匿名",
}


class Noon:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOON


def happened(kind: str, day: str, **data: Any) -> Happened:
    return Happened(type=kind, at=datetime.fromisoformat(f"{day}T10:00:00+08:00"), by="staff:1", data=data)


def filed(answers: Mapping[str, Any], kind: Kind = "disclosure", filer: str = "openid") -> Case:
    prefix = {"disclosure": "XK", "complaint": "TS", "report": "JB"}[kind]
    return replay(
        f"{prefix}20260000123", kind, filer, [happened("submitted", "2026-11-02", answers=dict(answers))]
    )


def after(case: Case, *events: Happened) -> Case:
    for event in events:
        case = record(case, event, CALENDAR, date(2026, 11, 24))
    return case


def received(answers: Mapping[str, Any] = CITIZEN) -> Case:
    return after(
        filed(answers),
        happened("applicant_confirmed", "2026-11-02"),
        happened("bureau_confirmed", "2026-11-03"),
    )


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers(tmp_path, Noon())


def boxes(content: bytes) -> dict[str, str]:
    """Label → what stands in the box to its right, for the tables of a form."""
    found: dict[str, str] = {}
    for table in Document(io.BytesIO(content)).tables:
        for row in table.rows:
            cells = list(dict.fromkeys(cell._tc for cell in row.cells))
            texts = [_cell_text(cell) for cell in cells]
            for label, text in itertools.pairwise(texts):
                found.setdefault(re.sub(r"\s|（.*）", "", label), text)
    return found


def _cell_text(cell: Any) -> str:
    marks = {qn("w:t"): None, qn("w:br"): "\n", qn("w:tab"): "\t"}
    parts = [node.text or "" if marks[node.tag] is None else marks[node.tag] for node in cell.iter(*marks)]
    return "".join(str(part) for part in parts)


def text_of(content: bytes) -> str:
    """Everything that is read on the page."""
    return "\n".join(
        _cell_text(paragraph) for paragraph in Document(io.BytesIO(content)).element.body.iter(qn("w:p"))
    )


class TestForms:
    async def test_a_citizens_request_stands_in_the_citizens_boxes(self, papers: Papers) -> None:
        case = received()
        content = await papers.fill("disclosure_request", case)
        box = boxes(content)
        assert box["姓名"] == "马小明"
        assert box["工作单位"] == "红园小学"
        assert box["证件名称"] == "居民身份证"
        assert box["证件号码"] == ID_NUMBER
        assert box["联系电话"] == PHONE
        assert box["邮政编码"] == "731100"
        assert box["通信地址"] == "临夏市红园路12号"
        assert box["电子邮箱"] == "ma@example.org"
        assert box["传真"] == "0930-6210000"
        assert box["名称"].strip() == ""
        assert box["统一社会信用代码"] == ""
        assert box["申请时间"] == "2026年11月2日"
        assert box["申请人签名或者盖章"] == "马小明（网上提交，2026年11月2日由本人在微信中核对确认）"
        assert box["所需信息的内容描述"] == "2025年全州食品抽检不合格名单"
        assert box["所需信息的用途"] == "写论文"
        assert box["所需信息的索引号"] == "620000/2025-00012"
        assert box["所需信息的指定提供方式"] == "☐纸面　☐电子邮件　☑光盘　☐磁盘"
        assert box["获取信息的方式"] == "☐邮寄　☑快递　☐电子邮件　☐传真　☐自行领取/当场阅读、抄录"
        assert box["无法按照指定方式提供时，是否接受其他方式"] == "☑是　☐否"
        assert f"编号：{case.number}" in text_of(content)

    async def test_an_organisation_with_an_agent(self, papers: Papers) -> None:
        box = boxes(await papers.fill("disclosure_request", received(ORGANISATION)))
        assert box["姓名"] == ""
        assert box["名称"] == "临夏某某商贸有限公司"
        assert box["统一社会信用代码"] == "91622900MA71ABCD2X"
        assert (box["法定代表人"], box["类别"]) == ("张海", "商业企业")
        assert (box["联系人"], box["联系人电话"]) == ("李梅", "0930-6211111")
        assert box["代理人"].strip() == "王芳"
        assert box["委托代理证明材料"] == "图片2张"
        content = await papers.fill("disclosure_request", received(ORGANISATION))
        mails = [text for text in text_of(content).split("\n") if text == "firm@example.org"]
        assert mails == ["firm@example.org"], "in the organisation's section only"

    async def test_joint_applicants(self, papers: Papers) -> None:
        answers = {**CITIZEN, "group_size": 6, "representatives": ["马小明", "张海"], "group_proof": []}
        box = boxes(await papers.fill("disclosure_request", received(answers)))
        assert box["人数、代表"] == "6　马小明、张海"
        assert box["推举证明材料"] == ""

    async def test_a_complaint(self, papers: Papers) -> None:
        box = boxes(await papers.fill("complaint_register", filed(COMPLAINT, "complaint")))
        assert (box["编号"], box["姓名"], box["联系电话"]) == ("TS20260000123", "马小明", PHONE)
        assert box["12315编号"] == "", "to be written in later"
        assert (box["名称"], box["联系人"]) == ("红园路某某家具店", "老板娘")
        assert (box["地址"], box["所属县市"]) == ("临夏市红园路3号", "临夏市")
        assert (box["交易时间"], box["涉及金额"]) == ("2026年11月3日", "2000元")
        assert box["消费者权益争议事实依据"] == "柜子裂了，不给退。\n打电话不接。"
        assert box["投诉请求"].count("☑") == 2
        assert "☑退货" in box["投诉请求"]
        assert "☑赔偿损失" in box["投诉请求"]
        assert (box["是否同意公示投诉信息"], box["是否同意委托调解"]) == ("☑是　☐否", "☐是　☑否")
        assert box["证明材料"] == "图片3张"

    async def test_an_anonymous_report(self, papers: Papers) -> None:
        content = await papers.fill("report_register", filed(REPORT, "report"))
        box = boxes(content)
        assert box["姓名"] == box["联系电话"] == box["身份证件号码"] == box["联系地址"] == ""
        assert (box["名称"], box["所属县市"]) == ("某某饭馆", "临夏县")
        assert box["涉嫌违反市场监督管理法律、法规、规章的具体线索和相应的事实依据"] == "后厨有老鼠"
        for word in ("None", "True", "False", "[", "nan"):
            assert word not in text_of(content)

    async def test_masked(self, papers: Papers) -> None:
        answers = {**CITIZEN, "content": f"我的电话{PHONE}，身份证{ID_NUMBER}，邮箱ma@example.org"}
        content = await papers.fill("disclosure_request", received(answers), masked=True)
        text = text_of(content)
        for secret in (ID_NUMBER, PHONE, "马小明", "红园路12号", "ma@example.org"):
            assert secret not in text
        box = boxes(content)
        assert (box["姓名"], box["联系电话"]) == ("马**", "139****2345")
        assert box["证件号码"] == "6229**********1234"

    async def test_a_request_on_paper_is_signed_by_hand(self, papers: Papers) -> None:
        case = filed(CITIZEN, filer="")
        assert boxes(await papers.fill("disclosure_request", case))["申请人签名或者盖章"] == ""

    async def test_a_paper_of_another_kind_is_refused(self, papers: Papers) -> None:
        with pytest.raises(PaperError):
            await papers.fill("complaint_register", received())
        with pytest.raises(PaperError):
            await papers.fill("../../etc/passwd", received())


class TestLetters:
    async def test_receipt(self, papers: Papers) -> None:
        text = text_of(await papers.fill("receipt", received()))
        assert "马小明：" in text
        assert "收到申请之日为2026年11月3日" in text
        assert "最晚在2026年12月1日答复。" in text, "20 working days"
        assert text.rstrip().endswith("2026年11月24日")

    async def test_a_provisional_date_says_so(self, papers: Papers) -> None:
        case = after(
            filed(CITIZEN),
            happened("applicant_confirmed", "2026-12-14"),
            happened("bureau_confirmed", "2026-12-15"),
        )
        assert case.provisional
        assert "（遇放假安排公布可能调整" in text_of(await papers.fill("receipt", case))

    async def test_correction_takes_what_the_event_says_and_what_the_clerk_says_now(
        self, papers: Papers
    ) -> None:
        extra = {"items": "请写明是哪一年", "until": "2026-11-30"}
        before = text_of(await papers.fill("correction", received(), extra))
        case = after(received(), happened("correction_requested", "2026-11-05", **extra))
        recorded = text_of(await papers.fill("correction", case))
        assert before == recorded
        assert "请写明是哪一年" in recorded
        assert "请在2026年11月30日前补正" in recorded

    async def test_what_a_clerk_has_not_said_is_a_line_to_write_on(self, papers: Papers) -> None:
        text = text_of(await papers.fill("correction", received()))
        assert f"请在{BLANK}前补正" in text
        assert "None" not in text

    async def test_extension(self, papers: Papers) -> None:
        case = after(
            received(),
            happened("extended", "2026-11-20", days=10, reason="需要其他机关配合", approved_by="2"),
        )
        text = text_of(await papers.fill("extension", case))
        assert "因需要其他机关配合" in text
        assert "延长10个工作日，最晚在2026年12月15日答复" in text

    async def test_the_third_party_does_not_learn_who_asks(self, papers: Papers) -> None:
        extra = {"who": "某某食品厂", "content": "该厂2025年抽检报告"}
        text = text_of(await papers.fill("third_party", received(), extra))
        assert "某某食品厂：" in text
        assert "15个工作日" in text
        for secret in ("马小明", PHONE, ID_NUMBER):
            assert secret not in text

    async def test_transfer_slip(self, papers: Papers) -> None:
        box = boxes(await papers.fill("transfer", received(), {"unit": "食品生产科", "opinion": "请主办"}))
        assert (box["主办科室、单位"], box["协办科室、单位"], box["转办意见"]) == ("食品生产科", "", "请主办")
        assert box["答复期限"] == "2026年12月1日"

    async def test_refusal_of_a_complaint_names_the_ground_and_the_other_ways(self, papers: Papers) -> None:
        case = after(filed(COMPLAINT, "complaint"), happened("received", "2026-11-09"))
        extra = {"outcome": "R3", "reason": "购买的是生产原料"}
        text = text_of(await papers.fill("refusal", case, extra))
        assert "第十六条第三项（不是为生活消费需要购买、使用商品或者接受服务）" in text
        assert "第三十九条" in text
        assert "仲裁机构仲裁" in text
        assert "本机关于2026年11月9日收到" in text

    async def test_end_of_mediation(self, papers: Papers) -> None:
        case = after(
            filed(COMPLAINT, "complaint"),
            happened("received", "2026-11-04"),
            happened("accepted", "2026-11-06"),
        )
        text = text_of(await papers.fill("termination", case, {"outcome": "23(1)(5)"}))
        assert "第二十三条第一款第五项" in text
        assert "本机关于2026年11月6日受理" in text
        when = {"when": "2026-11-30T15:00:00+08:00", "where": "203室"}
        summons = text_of(await papers.fill("mediation_notice", case, when))
        assert "2026年11月30日15时在203室" in summons
        assert "马小明、红园路某某家具店：" in summons

    async def test_a_reporter_without_a_name(self, papers: Papers) -> None:
        case = after(filed(REPORT, "report"), happened("received", "2026-11-09"))
        text = text_of(await papers.fill("report_result", case, {"basis": "《某规定》", "result": "已立案"}))
        assert "举报人：" in text
        assert "已立案" in text


OUTCOMES = {item["code"]: item for item in Law().data["disclosure"]["outcomes"]}
ANSWERS = {paper.outcome: paper for paper in load_papers().values() if paper.outcome}


class TestAnswers:
    def test_there_is_one_for_every_outcome_of_the_law(self) -> None:
        assert set(ANSWERS) == set(OUTCOMES)

    @pytest.mark.parametrize("code", OUTCOMES)
    async def test_it_says_what_the_law_wants(self, papers: Papers, code: str) -> None:
        paper = ANSWERS[code]
        extra = {field.key: f"【{field.name}】" for field in paper.fields}
        text = text_of(await papers.fill(paper.id, received(), extra))
        for field in paper.fields:
            assert f"【{field.name}】" in text, f"{field.name} is asked for and printed"
        assert "所需信息" not in text
        assert "2025年全州食品抽检不合格名单" in text
        if code in ("GRANT", "ALREADY_PUBLIC"):
            assert "6个月内直接向人民法院提起行政诉讼" in text
        else:
            # FY art. 23(1)(4), 23(2): reconsideration first, by whom, within 60 days
            assert "第二十三条第一款第四项" in text
            assert "60日内，先向临夏回族自治州人民政府申请行政复议" in text
            assert "15日内向人民法院" in text

    @pytest.mark.parametrize(
        ("code", "must"),
        [("DENY", "理由"), ("PARTIAL", "理由"), ("NOT_THIS_AGENCY", "理由"), ("ALREADY_PUBLIC", "获取途径"),
         ("GRANT", "提供内容"), ("SPECIAL_REGISTER", "有关规定"), ("PETITION_OR_COMPLAINT", "相应渠道")],
    )  # fmt: skip
    def test_must_say_is_a_field_of_its_own(self, code: str, must: str) -> None:
        assert OUTCOMES[code]["must_say"]
        assert must in [field.name for field in ANSWERS[code].fields if field.required]

    async def test_the_ground_of_a_refusal_is_cited(self, papers: Papers) -> None:
        text = text_of(
            await papers.fill("answer_deny", received(), {"ground": "16(2)", "reason": "尚在讨论。"})
        )
        assert "《中华人民共和国政府信息公开条例》第十六条第二款" in text
        assert "尚在讨论。" in text

    async def test_the_likeliest_paper_comes_first(self, papers: Papers) -> None:
        assert papers.fitting(received())[0].id == "receipt"
        case = after(received(), happened("answered", "2026-11-20", outcome="DENY", reason="x"))
        assert papers.fitting(case)[0].id == "answer_deny"
        assert {paper.kinds for paper in papers.fitting(case)} == {("disclosure",)}
        assert papers.form(case).id == "disclosure_request"
        assert papers.file_name("answer_deny", case) == "政府信息不予公开告知书-XK20260000123.docx"


HOSTILE = (
    "{{ 证件号码 }}{% for i in range(9) %}x{% endfor %}{# c #}{_{ a }_}{_% b %_}",
    "</w:t></w:r></w:p><w:p><w:r><w:t>injected",
    "]]> <script>alert(1)</script> &amp; &#60; <!DOCTYPE x>",
    '=HYPERLINK("http://x","y")',
    "“引号” 'single' \"double\"",
)


class TestHostileText:
    @pytest.mark.parametrize("text", HOSTILE)
    async def test_it_shows_as_text(self, papers: Papers, text: str) -> None:
        content = await papers.fill(
            "disclosure_request", received({**CITIZEN, "content": text, "name": text})
        )
        box = boxes(content)
        assert box["所需信息的内容描述"] == text
        assert box["姓名"] == text
        assert text_of(content).count(ID_NUMBER) == 1, "its own box and nowhere else"

    async def test_what_no_document_can_hold_is_left_out(self, papers: Papers) -> None:
        text = "a\x00\x07\x0b\x0c\x1b\ud800\ufffe\u202egpj.exe\u2066b"
        content = await papers.fill("complaint_register", filed({**COMPLAINT, "facts": text}, "complaint"))
        assert boxes(content)["消费者权益争议事实依据"] == "agpj.exeb"

    @effort(max_examples=30, deadline=None)
    @given(st.text(max_size=200))
    def test_any_text(self, text: str) -> None:
        case = filed({**REPORT, "clue": text}, "report")
        filling = values(load_papers()["report_register"], case, {}, NOON.date(), masked=False)
        box = boxes(filled(TEMPLATES / "report_register.docx", filling))
        printed = box["涉嫌违反市场监督管理法律、法规、规章的具体线索和相应的事实依据"]
        plain = text.replace("\r\n", "\n").replace("\r", "\n")
        assert printed == re.sub(
            "[^\t\n -\u200d\u2010-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]",
            "",
            plain,
        )

    async def test_a_clerks_words_are_text_too(self, papers: Papers) -> None:
        extra = {"items": HOSTILE[0], "until": HOSTILE[1]}
        text = text_of(await papers.fill("correction", received(), extra))
        assert HOSTILE[0] in text
        assert HOSTILE[1] in text


def placeholders(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as file:
        xml = file.read("word/document.xml").decode()
    return set(re.findall(r"\{\{ (\w+) \}\}", re.sub(r"<[^>]+>", "", xml)))


def unzipped(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def known(paper: Paper) -> set[str]:
    return {*FACTS, *SLOTS, *TICKS, *YES_NO, *PICTURES, *(field.name for field in paper.fields)}


class TestTemplates:
    @pytest.mark.parametrize("paper", load_papers().values(), ids=load_papers())
    def test_it_opens_and_asks_only_for_what_there_is(self, paper: Paper) -> None:
        template = TEMPLATES / f"{paper.id}.docx"
        wanted = DocxTemplate(template).get_undeclared_template_variables()
        assert wanted == placeholders(template)
        assert wanted <= known(paper)
        assert {field.name for field in paper.fields} <= wanted, "every field that is asked for is printed"

    def test_the_committed_ones_are_those_that_config_papers_gives(self, tmp_path: Path) -> None:
        build(tmp_path)
        made = {path.name: unzipped(path) for path in tmp_path.iterdir()}
        assert made == {path.name: unzipped(path) for path in TEMPLATES.iterdir()}

    def test_every_placeholder_is_in_the_clerks_page(self) -> None:
        page = (ROOT / "docs" / "papers.md").read_text(encoding="utf-8")
        for paper in load_papers().values():
            assert f"`{paper.id}.docx`" in page
            for name in known(paper):
                assert f"{{{{ {name} }}}}" in page

    def test_every_placeholder_has_a_value(self) -> None:
        for paper in load_papers().values():
            kind = paper.kinds[0]
            assert kind in KIND
            case = filed(
                CITIZEN,
                "disclosure" if kind == "disclosure" else "complaint" if kind == "complaint" else "report",
            )
            assert set(values(paper, case, {}, NOON.date(), masked=False)) >= known(paper)

    def test_the_bureau_is_the_one_of_the_guide(self) -> None:
        office = next(item for item in Law().data["contacts"] if "办公室" in item["org"])
        bureau = load_common().bureau
        assert (bureau.phone, bureau.fax, bureau.mailbox) == (office["phone"], office["fax"], office["email"])
        assert (bureau.postcode, bureau.address) == (office["postcode"], office["address"])

    async def test_a_clerks_own_template_wins_and_may_be_broken(self, papers: Papers, tmp_path: Path) -> None:
        own = tmp_path / "templates" / "receipt.docx"
        own.parent.mkdir()
        document = Document()
        document.add_paragraph("本局自己的回执 {{ 编号 }} {{ 没有这个 }}{{ a.b.c }}")
        document.save(str(own))
        assert text_of(await papers.fill("receipt", received())) == "本局自己的回执 XK20260000123 "
        for code in ("{{ 编号 ", "{% for x %}", "{{ ''.__class__.__mro__ }}{{ range(10**9)|list }}"):
            document = Document()
            document.add_paragraph(code)
            document.save(str(own))
            with pytest.raises(PaperError, match=r"receipt\.docx"):
                await papers.fill("receipt", received())
        own.write_bytes(b"no docx")
        with pytest.raises(PaperError, match=r"receipt\.docx"):
            await papers.fill("receipt", received())
        own.unlink()
        shutil.rmtree(own.parent)
        assert "登记回执" in text_of(await papers.fill("receipt", received()))


async def test_papers_are_stored_with_the_case_and_encrypted(
    database: Database, vault: Vault, case_store: CaseStore, papers: Papers, tmp_path: Path
) -> None:
    filing = Filing("d1", "disclosure", "openid", CITIZEN, NOON)
    case = (await case_store.submit(filing)).case
    shelf = Shelf(database, vault, tmp_path, Noon())
    content = await papers.fill("disclosure_request", case)
    stored = await shelf.keep(case.number, "disclosure_request", content, by="staff:3")
    assert await shelf.of_case(case.number) == (stored,)
    assert await shelf.open(stored.id) == (stored, content)
    assert await shelf.open("f" * 32) is None
    (file,) = _files(tmp_path)
    assert not zipfile.is_zipfile(file)
    assert await shelf.purge(case.number) == 1
    assert not _files(tmp_path)


async def test_every_filing_gets_its_form_once(
    database: Database, vault: Vault, case_store: CaseStore, papers: Papers, tmp_path: Path
) -> None:
    shelf = Shelf(database, vault, tmp_path, Noon())
    answers = {"disclosure": CITIZEN, "complaint": COMPLAINT, "report": REPORT}
    filings = [Filing(kind, kind, "openid", answers[kind], NOON) for kind in get_args(Kind)]
    numbers = [(await case_store.submit(filing)).case.number for filing in filings]
    jobs = [FiledForms(case_store, papers, shelf) for _ in range(3)]
    assert sum(await asyncio.gather(*(job.run_once() for job in jobs))) == 3
    assert await jobs[0].run_once() == 0
    assert len(_files(tmp_path)) == 3
    for number in numbers:
        (stored,) = await shelf.of_case(number)
        opened = await shelf.open(stored.id)
        assert opened is not None
        assert number in text_of(opened[1])


async def test_a_broken_template_delays_its_own_kind_only(
    database: Database, vault: Vault, case_store: CaseStore, papers: Papers, tmp_path: Path
) -> None:
    shelf, own = Shelf(database, vault, tmp_path, Noon()), tmp_path / "templates" / "disclosure_request.docx"
    own.parent.mkdir()
    own.write_bytes(b"broken")
    await case_store.submit(Filing("1", "disclosure", "openid", CITIZEN, NOON))
    await case_store.submit(Filing("2", "report", "openid", REPORT, NOON))
    job = FiledForms(case_store, papers, shelf)
    assert await job.run_once() == 1
    own.unlink()
    assert await job.run_once() == 1


async def test_the_running_service_makes_the_form_by_itself(
    serve: Serve, parrot: Brain, settings: Settings
) -> None:
    await serve(brain=parrot)
    database, vault = Database(settings.sql_url), Vault.open(settings)
    case = (await CaseStore(database, vault).submit(Filing("1", "disclosure", "o", CITIZEN, NOON))).case
    shelf = Shelf(database, vault, settings.data_dir, Noon())
    for _ in range(100):
        if stored := await shelf.of_case(case.number):
            break
        await asyncio.sleep(0.2)
    assert [paper.by for paper in stored] == ["system"]
    await database.close()


def _files(folder: Path) -> list[Path]:
    return list(folder.glob("papers/??/*"))
