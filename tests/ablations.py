"""What each part of the understanding is worth: `python -m tests.ablations [SET …]`."""

import sys
from collections.abc import Callable, Iterator

from rapidfuzz import fuzz, process

from bot import model_cache
from config.settings import Settings
from intents import encoder
from intents.decision import Decision, Hit
from intents.query import Query
from intents.understanding import Understanding
from knowledge.base import Knowledge, load
from knowledge.entries import Entry
from knowledge.search import Bm25
from tests.evaluation import rows, score

Decide = Callable[[str], Decision]
FUZZY_ENOUGH, BM25_ENOUGH = 55.0, 12.0


def rapidfuzz_alone(knowledge: Knowledge) -> Decide:
    """The nearest wording by edit distance."""
    held = [(Query.of(w).bare, e) for e in knowledge.entries.values() for w in e.wordings]
    texts = [text for text, _ in held]

    def decide(text: str) -> Decision:
        found = process.extractOne(Query.of(text).bare, texts, scorer=fuzz.ratio)
        return _said(held[found[2]][1]) if found and found[1] >= FUZZY_ENOUGH else Decision("oos")

    return decide


def bm25_alone(knowledge: Knowledge) -> Decide:
    """Title, answer and wordings of each entry as one text."""
    entries = tuple(knowledge.entries.values())
    index = Bm25(" ".join((e.title, e.answer, *e.wordings)) for e in entries)

    def decide(text: str) -> Decision:
        found = index.top(Query.of(text).bare, 1)
        return _said(entries[found[0][0]]) if found and found[0][1] >= BM25_ENOUGH else Decision("oos")

    return decide


def variants() -> Iterator[tuple[str, Decide, Knowledge]]:
    """Each way of deciding, by name."""
    knowledge = load()
    entries = tuple(knowledge.entries.values())
    model = encoder.load()
    folder = Settings().data_dir / "cache"
    whole = model_cache.understanding(entries, model, folder).with_search(lambda: knowledge.search)
    few = tuple(e.model_copy(update={"wordings": (e.title, e.wordings[0])}) for e in entries)
    bare = Understanding.fit(few, model).with_search(lambda: knowledge.search)
    yield "rapidfuzz alone", rapidfuzz_alone(knowledge), knowledge
    yield "BM25 alone", bm25_alone(knowledge), knowledge
    yield "without the encoder", whole.with_encoder(None).decide, knowledge
    yield "without extra wordings", bare.decide, knowledge
    yield "everything", whole.decide, knowledge


def main(names: list[str]) -> None:
    """Print a table: right answers by kind, in all, false answers."""
    for name in names or ["open"]:
        print(
            f"{name:24} {'faq':>6} {'policy':>6} {'flow':>6} {'chat':>6} {'oos':>6} {'all':>6} {'false':>6}"
        )
        for label, decide, knowledge in variants():
            result = score(rows(name), decide, knowledge)
            shares = [result.share(kind) for kind in ("faq", "policy", "flow", "smalltalk", "oos")]
            figures = [*shares, result.share(), result.false_answers]
            print(f"{label:24} " + " ".join(f"{figure:6.1%}" for figure in figures), flush=True)


def _said(entry: Entry) -> Decision:
    return Decision(entry.intent, (Hit(entry=entry.id, score=1.0),), 1.0)


if __name__ == "__main__":
    main(sys.argv[1:])
