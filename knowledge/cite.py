"""The source line under an answer, short even with several sources."""

import re
from collections.abc import Iterable, Mapping

from knowledge.articles import article_label
from knowledge.documents import Document
from knowledge.entries import Source
from knowledge.law import Law
from knowledge.passages import BACK, FRONT, Passage
from knowledge.text import plain, sentences

GUIDE = "guide"
AT_MOST = 3  # sources named in one line; more would be longer than many answers
UNVERIFIED = "待核实"


def cite_passage(passage: Passage) -> str:
    """“（《“十四五”市场监管现代化规划》国发〔2021〕30号，第三章五（五））”."""
    return f"（{_document(passage.document, [passage.place])}）"


def cite(
    sources: Iterable[Source],
    documents: Mapping[str, Document],
    passages: Iterable[Passage],
    law: Law,
    answer: str = "",
) -> str:
    """The source line of an answer, or “” where it has no source.

    A document is named once with its places, a law once with its articles. `answer` tells which item of a
    line that holds several is meant.
    """
    passages = tuple(passages)
    parts: dict[str, list[str]] = {}
    for source in sources:
        held = parts.setdefault(source.document or source.law or "", [])
        if source.document:
            held += [place_at(passages, source.document, line, answer) for line in source.lines]
        else:
            held.append(_article(source.law or "", source.article or "", law))
    named = [
        _document(documents[key], held) if key in documents else _law(key, held, law)
        for key, held in parts.items()
    ]
    if not named:
        return ""
    line = "；".join(named[:AT_MOST]) + ("等" if len(named) > AT_MOST else "")
    only_policies = GUIDE not in parts and parts.keys() <= documents.keys()
    return f"（{line}）" if only_policies else f"（依据：{line}）"


def place_at(passages: Iterable[Passage], document: str, line: int, answer: str = "") -> str:
    """The place of a line (of a line that is only a heading: of what follows); “” if there is none."""
    after = [passage for passage in passages if passage.document.id == document and passage.line >= line]
    here = [passage for passage in after if passage.line == after[0].line]
    said = [plain(sentence) for sentence in sentences(answer)]
    best = max(here, key=lambda one: sum(part in plain(one.text) for part in said), default=None)
    return best.place if best else ""


def _document(document: Document, places: list[str]) -> str:
    if document.id == GUIDE:
        return f"{document.short}，{_month(document.date)}"
    known = list(dict.fromkeys(place for place in places if place and place not in (FRONT, BACK, "正文")))
    where = "，" + "、".join(known[:AT_MOST]) if known else ""
    return f"{document.name}{document.number}{where}"


def _month(date: str) -> str:
    year, _, rest = date.partition("-")
    month = rest.partition("-")[0]
    return f"{year}年{int(month)}月" if month else f"{year}年"


def _article(law: str, article: str, data: Law) -> str:
    doubt = "" if data.verified(law, article) else f"（{UNVERIFIED}）"
    return article_label(law, article) + doubt


def _law(code: str, articles: list[str], law: Law) -> str:
    source = law.sources.get(code)
    if source is None or code == "memory":
        return UNVERIFIED
    known = list(dict.fromkeys(article for article in articles if article))
    shown = "、".join(known[:AT_MOST]) + ("等" if len(known) > AT_MOST else "")
    return f"《{source.title}》{source.number}{_same_law(shown)}"


def _same_law(articles: str) -> str:
    """Say 第三十三条 once where several of its paragraphs follow each other."""
    seen = ""

    def shorten(match: re.Match[str]) -> str:
        nonlocal seen
        repeated, seen = match[1] == seen, match[1]
        return match[2] if repeated and match[2] else match[0]

    return re.sub(r"(第[^第条、]+条)((?:第[^第、（]+[款项目])*)", shorten, articles)
