"""The source line under an answer, and the law that it cites."""

import pytest

from knowledge import Knowledge, load
from knowledge.articles import Reference, article_label, references
from knowledge.cite import cite
from knowledge.entries import Source


@pytest.fixture(scope="module")
def known() -> Knowledge:
    return load()


def guide(*lines: int) -> Source:
    return Source(document="guide", lines=lines)


def law(code: str, article: str) -> Source:
    return Source(law=code, article=article)


def cited(known: Knowledge, *sources: Source, answer: str = "") -> str:
    return cite(sources, known.documents, known.passages.values(), known.law, answer)


TL = "《中华人民共和国政府信息公开条例》"


@pytest.mark.parametrize(
    ("sources", "line"),
    [
        ([guide(20, 28)], "（依据：本局政府信息公开指南，2023年1月）"),
        ([law("TL", "33")], f"（依据：{TL}第三十三条）"),
        ([law("TL", "33(2)"), law("TL", "33(3)")], f"（依据：{TL}第三十三条第二款、第三款）"),
        ([law("TL", "29(2)(1)")], f"（依据：{TL}第二十九条第二款第一项）"),
        ([law("TL", "36(3)")], f"（依据：{TL}第三十六条第三项）"),
        ([law("TL", "31(2) first half")], f"（依据：{TL}第三十一条第二项）"),
        ([law("FY", "23(1)(4)")], "（依据：《行政复议法》第二十三条第一款第四项）"),
        ([law("BF", "16(4)")], "（依据：《市场监督管理投诉举报处理办法》第十六条第四项）"),
        ([law("BF", "8, 40")], "（依据：《市场监督管理投诉举报处理办法》第八条、第四十条）"),
        (
            [guide(55), law("TL", "33")],
            f"（依据：本局政府信息公开指南，2023年1月；{TL}第三十三条）",
        ),
        (
            [Source(document="market", lines=(118, 119, 120))],
            "（《“十四五”市场监管现代化规划》国发〔2021〕30号，第三章五（五））",
        ),
        ([Source(document="sampling", lines=(10,))], "（甘肃省2021年产品质量与食品抽检工作文件，二、7）"),
        ([Source(document="digital", lines=(2,))], "（《“十四五”数字经济发展规划》）"),
        ([], ""),
    ],
)
def test_source_lines(known: Knowledge, sources: list[Source], line: str) -> None:
    assert cited(known, *sources) == line


def test_what_was_not_read_is_marked(known: Knowledge) -> None:
    assert "待核实" in cited(known, law("Q207", "一.3"))
    assert "待核实" not in cited(known, law("TL", "33"))


def test_the_item_of_a_box_is_found_by_what_is_quoted(known: Knowledge) -> None:
    source = Source(document="certification", lines=(88,))
    text = known.passages["certification:88.4"].text
    assert cited(known, source, answer=text).endswith("专栏2（四））")


def test_many_sources_stay_short(known: Knowledge) -> None:
    articles = [law("BF", f"16({n})") for n in range(1, 8)]
    line = cited(known, guide(1), *articles, law("XB", "25"), law("XT", "19"), law("SP", "148(1)"))
    assert len(line) < 120
    assert "等" in line


def test_every_entry_has_a_source_line(known: Knowledge) -> None:
    for entry in known.entries.values():
        line = known.cite(entry)
        assert bool(line) == bool(entry.sources), entry.id
        assert len(line) < 200, (entry.id, line)
        assert "None" not in line
        assert "()" not in line


def test_references() -> None:
    assert references("23(1)(4), 24(1)(1)") == (Reference(23, (1, 4)), Reference(24, (1, 1)))
    assert references("35-36") == (Reference(35), Reference(36))
    assert references("33 (the 2007 origin is memory)") == (Reference(33),)
    assert references("summary") == references("-") == references("一.3") == ()
    assert article_label("RW", "summary") == ""
    assert article_label("DOC", "举报登记表 注2") == "举报登记表 注2"


def test_articles_hold_their_parts_and_neighbours(known: Knowledge) -> None:
    held = known.law
    assert {fact.article for fact in held.articles("TL", "33")} >= {"33(2)", "33(3)"}
    assert {fact.article for fact in held.articles("TL", "33(2)")} == {"33(2)"}
    assert "33(3)" in {fact.article for fact in held.around("TL", "33(2)")}
    assert held.articles("TL", "3") == ()
    assert held.articles("TL", "330") == ()


def test_every_article_of_the_data_can_be_cited(known: Knowledge) -> None:
    for fact in known.law.facts:
        assert fact in known.law.articles(fact.law, fact.article)


def test_the_guide_errs_in_line_55(known: Knowledge) -> None:
    assert [conflict.law for conflict in known.law.conflicts_at(55)] == ["TL"]
    assert known.law.conflicts_at(25) == ()
    # What the guide says wrongly is not law.
    texts = [str(fact.data) for fact in known.law.articles("TL", "33")]
    assert not any("15 + 15" in text for text in texts)
