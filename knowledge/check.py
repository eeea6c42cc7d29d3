"""What is wrong with the knowledge: answers against their sources, entries and sources among themselves.

`CHECKS` is the list of checks; each takes a `Review` and yields findings.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from knowledge.articles import article_label
from knowledge.base import Knowledge
from knowledge.contradictions import contradictions
from knowledge.entries import Entry, Source
from knowledge.figures import figures
from knowledge.ground import Ground, everything, ground_of, literal_share, misquoted, missing
from knowledge.law import Conflict
from knowledge.own_rules import differences
from knowledge.text import plain

Level = Literal["error", "warning", "note"]
GUIDE = "guide"
SOON = timedelta(days=30)  # how long before the end of its validity an entry is announced
LONGEST_TITLE = 16  # characters of a line in a numbered choice
LEAST_LITERAL = 0.4  # a policy answer with less of the document's own wording is a retelling


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found: an error must be mended, a warning looked at, a note only known."""

    level: Level
    where: str
    text: str


class Review:
    """What the checks look at: the knowledge, the day, and what stands behind each answer."""

    def __init__(self, knowledge: Knowledge, today: date) -> None:
        """Nothing is read up before a check asks for it."""
        self.knowledge = knowledge
        self.today = today
        self.entries = tuple(knowledge.entries.values())
        self._grounds: dict[tuple[Source, ...], Ground] = {}

    def ground(self, sources: tuple[Source, ...]) -> Ground:
        """What the sources hold; without any, all that is known."""
        if sources not in self._grounds:
            self._grounds[sources] = (
                ground_of(sources, self.knowledge) if sources else everything(self.knowledge)
            )
        return self._grounds[sources]


Check = Callable[[Review], Iterable[Finding]]


def sources_exist(review: Review) -> Iterator[Finding]:
    """Documents, lines, laws and articles that an entry cites are there."""
    for entry in review.entries:
        for source in entry.sources:
            for problem in _source_problems(source, review.knowledge):
                yield Finding("error", entry.id, problem)


def _source_problems(source: Source, knowledge: Knowledge) -> Iterator[str]:
    if source.document:
        document = knowledge.documents.get(source.document)
        if document is None:
            yield f"来源文件“{source.document}”不存在"
        else:
            outside = [line for line in source.lines if not 1 <= line <= len(document.lines)]
            yield from (f"{source.document}没有第{line}行，只有{len(document.lines)}行" for line in outside)
    if source.law and source.law not in knowledge.law.sources:
        yield f"法规代码“{source.law}”不在config/law/sources.json里"
    elif source.law and not knowledge.law.articles(source.law, source.article or ""):
        yield f"config/law里没有{source.law}的“{source.article}”"


def claims_hold(review: Review) -> Iterator[Finding]:
    """Each figure, way to reach someone and name of an answer stands in its sources."""
    for entry in review.entries:
        for claim in missing(entry.answer, review.ground(entry.sources)):
            if entry.sources or claim.kind in ("数字", "电话", "邮箱", "网址", "地址"):
                yield Finding(
                    "error", entry.id, f"{claim.kind}“{claim.text}”在所引来源里找不到{_cited(entry)}"
                )


def _cited(entry: Entry) -> str:
    parts = [
        f"{source.document}第{'、'.join(map(str, source.lines))}行"
        if source.document
        else f"{source.law} {source.article}"
        for source in entry.sources
    ]
    return f"（{'；'.join(parts)}）" if parts else ""


def policies_are_quoted(review: Review) -> Iterator[Finding]:
    """A policy answer gives the passage itself, without a wrong character."""
    for entry in review.entries:
        if entry.intent == "policy":
            ground = review.ground(entry.sources)
            for piece in misquoted(entry.answer, ground):
                yield Finding("error", entry.id, f"与原文差几个字：“{piece}”{_cited(entry)}")
            if _retold(entry, ground):
                yield Finding("warning", entry.id, "大半不是原文的话，政策问题应当引原文")


def _retold(entry: Entry, ground: Ground) -> bool:
    return literal_share(entry.answer, ground) < LEAST_LITERAL and not ground.has_words(entry.answer)


def entries_are_valid(review: Review) -> Iterator[Finding]:
    """No entry is past its validity or turned round."""
    for entry in review.entries:
        if entry.valid_from and entry.valid_until and entry.valid_from > entry.valid_until:
            yield Finding("error", entry.id, f"有效期颠倒：{entry.valid_from}至{entry.valid_until}")
        elif entry.valid_until and review.today > entry.valid_until:
            yield Finding("warning", entry.id, f"有效期已过（{entry.valid_until}），不再用来回答")
        elif entry.valid_until and review.today + SOON > entry.valid_until:
            yield Finding("note", entry.id, f"有效期将到（{entry.valid_until}）")


def related_exist(review: Review) -> Iterator[Finding]:
    """Related entries are there, and are others."""
    for entry in review.entries:
        for other in entry.related:
            if other not in review.knowledge.entries:
                yield Finding("error", entry.id, f"相关条目“{other}”不存在")
            elif other == entry.id:
                yield Finding("warning", entry.id, "把自己列为相关条目")


def wordings_differ(review: Review) -> Iterator[Finding]:
    """The same question does not lead to two answers."""
    owners: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for entry in review.entries:
        for wording in entry.wordings:
            owners[plain(wording)].append((entry.id, wording))
    for held in owners.values():
        ids = list(dict.fromkeys(owner for owner, _ in held))
        if len(ids) > 1:
            yield Finding("warning", ids[0], f"问法“{held[0][1]}”也在{'、'.join(ids[1:])}里")
        elif len(held) > 1:
            yield Finding("note", ids[0], f"问法“{held[0][1]}”写了{len(held)}遍")


def titles_differ(review: Review) -> Iterator[Finding]:
    """Two entries that a numbered choice may show side by side can be told apart."""
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for entry in review.entries:
        owners[plain(entry.title)].append(entry.id)
        if len(entry.title) > LONGEST_TITLE:
            yield Finding("warning", entry.id, f"标题长于{LONGEST_TITLE}字：{entry.title}")
    for ids in owners.values():
        if len(ids) > 1:
            yield Finding("warning", ids[0], f"标题与{'、'.join(ids[1:])}相同")


def rules_in_force(review: Review) -> Iterator[Finding]:
    """Where the guide differs from the law, an answer gives the rule in force; a repealed rule is marked."""
    law = review.knowledge.law
    for entry in review.entries:
        yield from _guide_against_law(entry, review)
        laws = [source for source in entry.sources if source.law]
        facts = [fact for one in laws for fact in law.articles(one.law or "", one.article or "")]
        if facts and not any(fact.in_force for fact in facts):
            yield Finding("error", entry.id, f"只引了已废止的规定{_cited(entry)}")
        if any(not law.verified(one.law or "", one.article or "") for one in laws):
            yield Finding("note", entry.id, f"所引条文待核实{_cited(entry)}")


def _guide_against_law(entry: Entry, review: Review) -> Iterator[Finding]:
    """An answer that rests on an outdated line of the guide also cites the article in force.

    Without it a time limit taken from that line is an error, anything else a warning.
    """
    lines = {line for source in entry.sources if source.document == GUIDE for line in source.lines}
    laws = {source.law for source in entry.sources if source.law}
    for line in sorted(lines):
        for conflict in review.knowledge.law.conflicts_at(line):
            if not conflict.concerns(entry.answer):
                continue
            wrong = _limits(review.knowledge.documents[GUIDE].line(line)) & _limits(entry.answer)
            if conflict.law not in laws and (wrong or not laws):
                law = f"{_in_force(conflict, review)}（{conflict.summary}）"
                text = f"指南第{line}行不合{law}，答案没有引现行条文"
                yield Finding("error" if wrong else "warning", entry.id, text)


def _limits(text: str) -> set[tuple[Decimal, str]]:
    return {(figure.value, figure.unit) for figure in figures(plain(text)) if figure.unit == "工作日"}


def own_rules_hold(review: Review) -> Iterator[Finding]:
    """A time limit in an answer is the one by which the bureau's own clock counts."""
    for entry in review.entries:
        for one in differences(entry, review.today):
            text = f"答案说“{one.text}”，现行规则是{one.days}（{one.rule.law} 第{one.rule.article}条）"
            yield Finding("error", entry.id, text)


def sources_agree(review: Review) -> Iterator[Finding]:
    """Contradictions of the sources, listed so that they are known; they do not fail the check."""
    for held in contradictions(review.knowledge.documents.values()):
        said = "；".join(f"{limit.document}第{limit.line}行“{limit.text}”" for limit in held)
        yield Finding("note", held[0].document, f"期限不一致：{said}")
    for conflict in review.knowledge.law.conflicts:
        if conflict.correct is False:
            lines = "、".join(map(str, conflict.lines))
            text = f"指南第{lines}行与{_in_force(conflict, review)}不一致：{conflict.summary}"
            yield Finding("note", GUIDE, text)


def _in_force(conflict: Conflict, review: Review) -> str:
    title = review.knowledge.law.sources[conflict.law].title
    return f"《{title}》{article_label(conflict.law, conflict.article)}"


CHECKS: tuple[Check, ...] = (
    sources_exist,
    claims_hold,
    policies_are_quoted,
    entries_are_valid,
    related_exist,
    wordings_differ,
    titles_differ,
    rules_in_force,
    own_rules_hold,
    sources_agree,
)


def findings(knowledge: Knowledge, today: date, checks: Iterable[Check] = CHECKS) -> list[Finding]:
    """Run the checks, in order."""
    review = Review(knowledge, today)
    return [finding for check in checks for finding in check(review)]
