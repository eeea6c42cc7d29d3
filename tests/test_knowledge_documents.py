"""Documents, places, passages and the indicator table, on the bureau's own documents."""

from decimal import Decimal
from pathlib import Path

import pytest

from knowledge import Knowledge, load
from knowledge.documents import FOLDER, Document, DocumentError, load_documents
from knowledge.headings import parse_heading, place_of
from knowledge.passages import passages
from knowledge.table import find_indicator, indicators


@pytest.fixture(scope="module")
def known() -> Knowledge:
    return load()


def test_every_line_of_text_is_in_a_passage_or_a_heading(known: Knowledge) -> None:
    for document in known.documents.values():
        held = "".join(passage.text for passage in passages(document))
        titles = {head.title for passage in passages(document) for head in passage.headings}
        for number, line in enumerate(document.lines, start=1):
            text = line.strip("| ·")
            lost = text and "|" not in text and text not in held and text != document.title
            heading = parse_heading(text)
            if lost and not (heading and heading.title in titles):
                assert text in {"服务效能", "行业环境", "国际合作", "基础支撑"} or _split(
                    document, number, known
                )


def _split(document: Document, number: int, known: Knowledge) -> bool:
    return any(passage.line == number for passage in known.of_document(document.id))


@pytest.mark.parametrize(
    ("passage", "place"),
    [
        ("market:119", "第三章五（五）"),
        ("market:15", "第一章一"),
        ("market:146", "第四章"),
        ("market:10", "正文"),
        ("market:3", "印发通知"),
        ("guide:30", "二（一）"),
        ("guide:41", "二（二）2（3）"),
        ("guide:55", "二（二）5"),
        ("guide:11", "一（一）7"),
        ("guide:67", "文末"),
        ("digital:56", "七（四）"),
        ("sampling:24", "四、18"),
        ("certification:41", "专栏1"),
        ("certification:64", "正文"),
        ("certification:66", "“服务制造强国、质量强国建设”（1）"),
        ("certification:74", "“创新合格评定服务乡村振兴工作模式”"),
        ("certification:88.4", "专栏2（四）"),
        ("certification:105.1", "专栏4（一）"),
        ("certification:116", "“全面实施‘双随机、一公开’监管”"),
        ("certification:146", "“加强组织领导”"),
    ],
)
def test_a_passage_knows_where_it_stands(known: Knowledge, passage: str, place: str) -> None:
    assert known.passages[passage].place == place


def test_a_passage_knows_its_document_and_headings(known: Knowledge) -> None:
    passage = known.passages["market:119"]
    assert (passage.number, passage.date, passage.line) == ("国发〔2021〕30号", "2021-12-14", 119)
    assert passage.chapter == "第三章 重点任务"
    assert passage.section == "提高消费者权益保护水平"


def test_lines_that_are_only_headings_are_no_passages(known: Knowledge) -> None:
    assert not {"market:39", "market:118", "guide:34", "guide:35", "certification:38"} & known.passages.keys()


def test_a_short_item_of_a_list_is_no_heading(known: Knowledge) -> None:
    assert known.passages["guide:5"].text.startswith("1.临夏州市场监管局主要职能")


@pytest.mark.parametrize("line", ["2021年工作的总体要求是", "3.5亿元", "一体化推进", "(此件公开发布)"])
def test_text_that_starts_like_a_number_is_no_heading(line: str) -> None:
    assert parse_heading(line) is None


def test_a_number_above_a_lost_heading_is_named_by_its_title() -> None:
    heading = parse_heading("1.优化行业发展环境")
    item = parse_heading("(2)培育壮大各类从业主体。构建统一开放的体系。")
    assert heading and item
    assert place_of((heading, item)) == "1（2）"
    assert place_of((heading, item), lost_headings=True) == "“优化行业发展环境”（2）"


def test_the_table_holds_all_its_rows(known: Knowledge) -> None:
    rows = indicators(known.documents["certification"])
    assert len(rows) == 20
    assert [row.line for row in rows][:2] == [41, 42]
    assert {row.group for row in rows} == {"服务效能", "行业环境", "国际合作", "基础支撑"}
    assert all(not indicators(known.documents[key]) for key in ("guide", "market", "digital", "sampling"))


def test_a_figure_by_row_and_year(known: Knowledge) -> None:
    row = known.indicator("有效认证证书总数")
    assert row is not None
    assert (row.unit, row.value(2020), row.value(2025)) == ("万张", Decimal(270), Decimal(320))
    assert row.value(2021) is None
    assert row.sentence == "有效认证证书总数：2020年270万张，2025年目标320万张（预期性指标）。"
    reports = known.indicator("检验检测报告数")
    assert reports is not None
    assert reports.y2025 == Decimal("7.9")


def test_a_name_that_fits_several_rows_finds_none(known: Knowledge) -> None:
    assert find_indicator(known.indicators, "机构数量") is None
    assert find_indicator(known.indicators, "") is None


def test_a_line_that_is_not_there(known: Knowledge) -> None:
    with pytest.raises(DocumentError, match="guide has no line 68"):
        known.documents["guide"].line(68)
    assert known.documents["guide"].line(67) == "2023年1月5日"


def test_a_missing_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "documents.toml").write_text(
        (FOLDER / "documents.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    with pytest.raises(DocumentError, match="guide-disclosure-2023"):
        load_documents(tmp_path)
