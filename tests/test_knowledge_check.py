"""`python -m bot check`: every answer against its sources."""

import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from bot.commands.check import run
from knowledge import Knowledge, load
from knowledge.check import findings
from knowledge.contradictions import contradictions
from knowledge.documents import FOLDER
from knowledge.entries import Entry, Source
from knowledge.ground import ground_of, missing

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def known() -> Knowledge:
    return load()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the knowledge that a test may spoil."""
    copy = tmp_path / "knowledge"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return copy


def spoil(folder: Path, old: str, new: str) -> str:
    """Replace `old` once, in the first file that has it; the name of the file."""
    for path in sorted((folder / "faq").glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        if old in text:
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
            return path.name
    raise AssertionError(f"no entry holds {old}")


def test_the_knowledge_is_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0, capsys.readouterr().out
    assert "错误0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0930-6216381", "0930-6216382"),
        ("0930-6287029", "0930-6287129"),
        ("lxzscjgj@163.com", "lxzscjj@163.com"),
        ("scjg.linxia.gov.cn", "scjg.linxia.gov.com"),
        ("08:30-12:00", "09:30-12:00"),
        ("政府统办楼2楼", "政府统办楼3楼"),
        ("新华街", "新华路东街"),
        ("731100", "731000"),
        ("20个工作日", "20天"),
    ],
)
def test_a_changed_fact_fails(folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str) -> None:
    spoil(folder, old, new)
    assert run(["--knowledge", str(folder)]) == 1
    assert "在所引来源里找不到" in capsys.readouterr().out


def test_the_command_itself_fails_on_one_wrong_digit(folder: Path) -> None:
    command = [sys.executable, "-m", "bot", "check", "--knowledge", str(folder), "--quiet"]
    root = FOLDER.parent
    assert subprocess.run(command, cwd=root, check=False, capture_output=True).returncode == 0
    spoil(folder, "0930-6216381", "0930-6216881")
    spoiled = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
    assert spoiled.returncode == 1
    assert "电话“0930-6216881”" in spoiled.stdout


def test_every_digit_of_the_guides_answers_is_watched(known: Knowledge) -> None:
    """Change any digit of a phone number, time, postcode or address: it is noticed."""
    watched = re.compile(r"0930-\d{7}|\d\d:\d\d|731100|统办楼\d楼|\d+个工作日")
    tried = 0
    for entry in known.entries.values():
        if entry.intent != "faq":
            continue
        ground = ground_of(entry.sources, known)
        for match in watched.finditer(entry.answer):
            for index in range(match.start(), match.end()):
                if (digit := entry.answer[index]).isdigit():
                    wrong = entry.answer[:index] + str((int(digit) + 1) % 10) + entry.answer[index + 1 :]
                    assert missing(wrong, ground), (entry.id, wrong)
                    tried += 1
    assert tried > 500


def entry(**changes: object) -> Entry:
    given: dict[str, object] = {
        "id": "test.one",
        "intent": "faq",
        "title": "试试",
        "answer": "电话0930-6216381。",
        "wordings": ("试试看",),
        "sources": (Source(document="guide", lines=(30,)),),
    }
    return Entry.model_validate(given | changes)


def problems(known: Knowledge, *entries: Entry, today: date = TODAY) -> list[str]:
    own = Knowledge(entries, known.documents, known.law)
    ids = {one.id for one in entries}
    return [f"{one.level} {one.text}" for one in findings(own, today) if one.where in ids]


def law(code: str, article: str) -> tuple[Source, ...]:
    return (Source(law=code, article=article),)


@pytest.mark.parametrize(
    "answer",
    [
        "电话0930-6216381。",
        "拨6216381就行。",
        "打 0930－6216381，也可以打12315或12345。",
        "有三种办法，一天之内都行，回复“投诉”或“举报”。",
        "1. 打电话 0930-6216381\n2. 回复“人工”",
    ],
)
def test_what_the_source_holds_passes(known: Knowledge, answer: str) -> None:
    assert problems(known, entry(answer=answer)) == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("电话0930-6216382。", "电话"),
        ("写信到lxzscjgj@163.com。", "邮箱"),
        ("见www.linxia.gov.cn。", "网址"),
        ("见《申请表》。", "文件名"),
        ("按国发〔2021〕30号。", "文号"),
        ("写明“政府信息公开申请”。", "引号里的话"),
        ("去临夏州税务局。", "机构"),
        ("在临夏县。", "地名"),
        ("在红园路1号。", "地址"),
        ("15个工作日内答复。", "数字"),
        ("周一至周六上班。", "数字"),
        ("上午9点开门。", "数字"),
    ],
)
def test_what_the_source_does_not_hold_is_named(known: Knowledge, answer: str, kind: str) -> None:
    assert any(text.startswith(f"error {kind}“") for text in problems(known, entry(answer=answer)))


@pytest.mark.parametrize(
    ("source", "answer", "fine"),
    [
        (law("BF", "15(1)"), "收到投诉之日起7个工作日内决定。", True),
        (law("BF", "15(1)"), "收到投诉之日起七个工作日内决定。", True),
        (law("BF", "15(1)"), "收到投诉之日起7日内决定。", False),  # a day is no working day
        (law("BF", "23(1)(5)"), "60天内调解。", True),
        (law("BF", "23(1)(5)"), "60个工作日内调解。", False),
        (law("TL", "33(2)"), "20个工作日内答复，按《政府信息公开条例》第三十三条。", True),
        (law("TL", "33(2)"), "20个工作日内答复，按《政府信息公开条例》第三十四条。", False),
        (law("TL", "33(2)"), "15个工作日内答复。", False),
        (law("XB", "55(1)"), "三倍赔偿，不足500元的按500元。", True),
        (law("XB", "55(1)"), "三倍赔偿，不足1000元的按1000元。", False),
        (law("RW", "summary"), "最高100万元。", True),
        (law("FEE", "4"), "11至30件，100元/件。", True),
        (law("FEE", "4"), "11至30件，150元/件。", False),
    ],
)
def test_answers_from_the_law(known: Knowledge, source: tuple[Source, ...], answer: str, fine: bool) -> None:
    found = problems(known, entry(intent="law", answer=answer, sources=source))
    assert (not [text for text in found if text.startswith("error")]) == fine


POLICY = (Source(document="market", lines=(122,)),)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("规划写的是：“完善预付卡消费部门联合治理机制”。", False),
        (
            "完善预付卡消费部门联合治理机制，加强商务、文化、体育、教育、交通等领域单用途预付卡行业管理。",
            False,
        ),
        ("规划写的是：“完善预付卡消费单位联合治理机制”。", True),
        (
            "完善预付卡消费部门联合治理机构，加强商务、文化、体育、教育、交通等领域单用途预付卡行业管理。",
            True,
        ),
        ("加强商务、文化、体育、教育等领域双用途预付卡行业管理。", True),
    ],
)
def test_policies_are_quoted_to_the_letter(known: Knowledge, answer: str, error: bool) -> None:
    found = problems(known, entry(intent="policy", answer=answer, sources=POLICY))
    assert any(text.startswith("error") for text in found) == error


def test_a_retelling_of_a_policy_is_remarked(known: Knowledge) -> None:
    found = problems(known, entry(intent="policy", answer="国家会管好各种充值卡，请放心。", sources=POLICY))
    assert any("不是原文" in text for text in found)


def test_a_row_of_the_table_passes_and_a_wrong_figure_does_not(known: Knowledge) -> None:
    row = known.indicators[0]
    source = (Source(document="certification", lines=(row.line,)),)
    right = entry(intent="policy", answer=row.sentence, sources=source)
    assert problems(known, right) == []
    wrong = entry(intent="policy", answer=row.sentence.replace("320", "330"), sources=source)
    assert any("330" in text for text in problems(known, wrong))


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"sources": (Source(document="guide", lines=(99,)),)}, "error guide没有第99行"),
        ({"sources": (Source(document="nothing", lines=(1,)),)}, "error 来源文件“nothing”不存在"),
        ({"sources": law("TL", "99"), "answer": "好的"}, "error config/law里没有TL的“99”"),
        ({"sources": law("QQ", "1"), "answer": "好的"}, "error 法规代码“QQ”"),
        ({"sources": law("ZX", "31(2)"), "answer": "5个工作日内告知。"}, "error 只引了已废止的规定"),
        ({"sources": law("Q207", "一.3"), "answer": "好的"}, "note 所引条文待核实"),
        ({"valid_until": date(2026, 1, 1)}, "warning 有效期已过"),
        ({"valid_until": date(2026, 12, 1)}, "note 有效期将到"),
        ({"valid_from": date(2027, 1, 1), "valid_until": date(2026, 12, 31)}, "error 有效期颠倒"),
        ({"related": ("no.such",)}, "error 相关条目“no.such”不存在"),
        ({"wordings": ("试试看", "试试 看")}, "note 问法“试试看”写了2遍"),
    ],
)
def test_entries_that_do_not_fit(known: Knowledge, changes: dict[str, object], text: str) -> None:
    assert any(found.startswith(text) for found in problems(known, entry(**changes)))


def test_the_same_question_for_two_answers_is_remarked(known: Knowledge) -> None:
    other = {"id": "test.two", "title": "再试"}
    found = problems(known, entry(), entry(**other))
    assert found == ["warning 问法“试试看”也在test.two里"]
    wide = problems(known, entry(wordings=("ABC 1",)), entry(**other, wordings=("ａｂｃ１",)))
    assert len(wide) == 1


def test_titles_can_be_told_apart(known: Knowledge) -> None:
    found = problems(known, entry(), entry(id="test.two", wordings=("别的",)))
    assert found == ["warning 标题与test.two相同"]
    assert problems(known, entry(title="一个长得在一行里面怎么也放不下的标题")) != []


def test_the_outdated_limit_of_the_guide_needs_the_law_beside_it(known: Knowledge) -> None:
    line55 = Source(document="guide", lines=(55,))
    alone = entry(answer="15个工作日内答复。", sources=(line55,))
    assert any(text.startswith("error 指南第55行不合") for text in problems(known, alone))
    both = entry(
        answer="指南后面写15个工作日，现在按第三十三条：20个工作日。",
        sources=(line55, Source(law="TL", article="33")),
    )
    assert problems(known, both) == []


def test_the_guides_contradiction_is_found_by_reading_it(known: Knowledge) -> None:
    found = contradictions([known.documents["guide"]])
    acts = [{(limit.line, limit.amount) for limit in held} for held in found]
    assert {(25, "20工作日"), (55, "15工作日")} in acts
    assert len(found) == 2
    listed = [one for one in findings(known, TODAY) if one.level == "note" and "期限不一致" in one.text]
    assert len(listed) == 2


@pytest.mark.parametrize("answer", ["这个不归我们管，打12345问问。", "这事请找税务局，我不敢乱说。"])
def test_an_answer_without_source_may_point_elsewhere(known: Knowledge, answer: str) -> None:
    assert problems(known, entry(intent="oos", answer=answer, sources=())) == []


@pytest.mark.parametrize("answer", ["打0930-1234567问问。", "要交230元。", "在民主路3号。"])
def test_an_answer_without_source_states_no_fact(known: Knowledge, answer: str) -> None:
    assert problems(known, entry(intent="oos", answer=answer, sources=())) != []


def test_a_file_that_cannot_be_read_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "faq" / "broken.toml").write_text("[[entry]]\nid = ", encoding="utf-8")
    assert run(["--knowledge", str(folder)]) == 1
    assert "broken.toml" in capsys.readouterr().out
