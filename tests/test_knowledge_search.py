"""BM25 and the sentences that answer."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import Knowledge, load
from knowledge.search import Bm25, terms
from knowledge.text import plain, sentences

chinese = st.text(alphabet="市场监管投诉举报电话地址七日退货规划认证0123abc，。 ", max_size=24)


@pytest.fixture(scope="module")
def known() -> Knowledge:
    return load()


@pytest.mark.parametrize(
    ("question", "passage", "words"),
    [
        ("预付卡行业管理", "market:122", "预付卡消费部门联合治理机制"),
        ("灵活就业人员 住房公积金", "digital:64", "灵活就业"),
        ("装修材料检测甲醛", "sampling:10", "甲醛、苯、二甲苯"),
        ("小额诉讼程序", "market:120", "小额诉讼程序"),
        ("东数西算", "digital:36", "东数西算"),
    ],
)
def test_the_passage_that_answers_comes_first(
    known: Knowledge, question: str, passage: str, words: str
) -> None:
    found = known.search.find(question)
    assert words in known.passages[found[0].passage.id].text
    assert words in found[0].quote
    assert passage in [one.passage.id for one in found]


def test_only_the_documents_asked_for(known: Knowledge) -> None:
    found = known.search.find("消费者", 10, documents=["digital"])
    assert found
    assert {one.passage.document.id for one in found} == {"digital"}


def test_a_document_that_is_named_comes_first(known: Knowledge) -> None:
    assert known.search.find("数字经济规划对平台企业怎么说")[0].passage.document.id == "digital"


def test_nothing_shared_finds_nothing(known: Knowledge) -> None:
    assert known.search.find("zzz ☃") == []
    assert known.search.find("") == []


def test_a_quote_is_made_of_whole_sentences_in_order(known: Knowledge) -> None:
    passage = known.passages["market:122"]
    quote = known.search.shorten(passage, "预付卡 放心消费", 120)
    whole = plain(passage.text)
    parts = [plain(part) for part in quote.split("……")]
    assert all(part in whole for part in parts)
    assert [whole.index(part) for part in parts] == sorted(whole.index(part) for part in parts)
    assert all(part.endswith("。") for part in parts)
    assert len(quote) <= 120 + len("……") * len(parts)


def test_every_passage_can_be_shortened(known: Knowledge) -> None:
    for passage in known.passages.values():
        quote = known.search.shorten(passage, passage.text[:12], 100)
        assert quote
        assert all(plain(part) in plain(passage.text) for part in quote.split("……"))


def test_sentences_lose_nothing() -> None:
    text = "他说：“好。”然后呢？走了！没有句号"
    assert sentences(text) == ["他说：“好。”", "然后呢？", "走了！", "没有句号"]


@given(st.lists(chinese, min_size=1, max_size=12), chinese)
def test_scores_are_never_negative_and_zero_without_shared_terms(texts: list[str], query: str) -> None:
    scores = Bm25(texts).scores(query)
    for text, score in zip(texts, scores, strict=True):
        assert score >= 0
        assert (score > 0) == bool(terms(text).keys() & terms(query).keys())


@given(st.lists(chinese, min_size=1, max_size=12, unique=True), chinese, st.integers(1, 15))
def test_top_is_the_head_of_all_scores(texts: list[str], query: str, limit: int) -> None:
    index = Bm25(texts)
    scores = index.scores(query)
    everything = sorted(
        (row for row in range(len(texts)) if scores[row] > 0), key=lambda row: (-scores[row], row)
    )
    assert [row for row, _ in index.top(query, limit)] == everything[:limit]


@given(st.lists(chinese, min_size=2, max_size=12), chinese)
def test_the_order_of_the_texts_does_not_matter(texts: list[str], query: str) -> None:
    forth, back = Bm25(texts).scores(query), Bm25(texts[::-1]).scores(query)[::-1]
    assert forth == pytest.approx(back, rel=1e-4, abs=1e-5)


@given(st.lists(chinese, max_size=6), chinese)
def test_counted_terms_and_texts_give_the_same_index(texts: list[str], query: str) -> None:
    assert Bm25(texts).scores(query).tolist() == Bm25([terms(text) for text in texts]).scores(query).tolist()


def test_fifty_thousand_texts_are_searched_within_milliseconds(known: Knowledge) -> None:
    wordings = [word for entry in known.entries.values() for word in entry.wordings]
    texts = (wordings * (50_000 // len(wordings) + 1))[:50_000]
    index = Bm25(texts)
    queries = wordings[:: len(wordings) // 20]
    start = time.process_time()
    for query in queries:
        index.top(query, 10)
    assert (time.process_time() - start) / len(queries) < 0.02


def test_loading_is_quick() -> None:
    # Half a second is what start-up can spare; computing time, so that a busy machine does not fail it.
    assert min(_seconds_to_load() for _ in range(3)) < 0.8


def _seconds_to_load() -> float:
    start = time.process_time()
    load()
    return time.process_time() - start
