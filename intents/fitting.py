"""Fits the ranker to the entries: the vocabulary, the linear models, and the judges that calibrate them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from intents import logit, ridge
from intents.coverage import Coverage
from intents.encoder import Encoder
from intents.evidence import MEANING_WEIGHT, Asked, Corpus, Meanings
from intents.lexicon import Floats, Ints, Lexicon, terms_of
from intents.logit import Cases, Logit
from intents.postings import Postings
from intents.query import Query
from intents.ranker import Head, Ranker, candidates
from intents.segment import Segmenter
from knowledge.entries import ANSWERS, Entry

PENALTY = 2.0
_ENTRIES, _EACH = 400, 5  # entries, and wordings of each, from which the judges learn
_BLOCK = 128  # questions that are compared at a time
_SEED = 209
_UNKNOWN = 0.06  # weight of a question that no entry answers, beside one that an entry answers


def fit(entries: tuple[Entry, ...], encoder: Encoder | None) -> Ranker:
    """Fit everything: encoding and two matrix inversions take nearly all of the time."""
    corpus, queries, weighed = _corpus(entries, encoder)
    sample = _sample(corpus)
    folded = np.stack([corpus.lexicon.fold(*one) for one in weighed])
    lexical = ridge.fit(folded, corpus.owner, PENALTY, sample)
    asked = [Asked(queries[i], weighed[i][0], weighed[i][1]) for i in sample]
    words = Head(lexical.weights, lexical.typical, _judge(corpus, asked, sample, lexical))
    if corpus.meanings is None:
        return Ranker(corpus, words, None)
    folded = np.hstack([folded, MEANING_WEIGHT * corpus.meanings.wordings])
    both = ridge.fit(folded, corpus.owner, PENALTY, sample)
    asked = [
        replace(a, meaning=corpus.meanings.wordings[i].astype(np.float32))
        for a, i in zip(asked, sample, strict=True)
    ]
    return Ranker(corpus, words, Head(both.weights, both.typical, _judge(corpus, asked, sample, both)))


def _sample(corpus: Corpus) -> Ints:
    """Some wordings of some entries: leaving out costs by the entry."""
    dice = np.random.default_rng(_SEED)
    count = len(corpus.entries)
    chosen = np.sort(dice.choice(count, min(_ENTRIES, count), replace=False))
    held = [np.flatnonzero(corpus.owner == e) for e in chosen]
    some = [np.sort(dice.choice(h, min(_EACH, len(h)), replace=False)) for h in held]
    return np.concatenate(some).astype(np.int32)


def _corpus(
    entries: tuple[Entry, ...], encoder: Encoder | None
) -> tuple[Corpus, list[Query], list[tuple[Ints, Floats]]]:
    queries = [Query.of(w) for e in entries for w in e.wordings]
    owner = np.repeat(np.arange(len(entries)), [len(e.wordings) for e in entries]).astype(np.int32)
    segmenter = Segmenter.build([*(q.bare for q in queries), *(e.title + e.answer for e in entries)])
    terms = [terms_of(q.bare, segmenter.cut) for q in queries]
    answers = [terms_of(Query.of(f"{e.title},{e.answer}").bare, segmenter.cut) for e in entries]
    lexicon = Lexicon.build([*terms, *answers])
    weighed = [lexicon.weigh(t) for t in terms]
    postings = Postings.build(weighed, len(lexicon))
    by_wordings = Coverage.build(postings, owner, lexicon.idf)
    by_all = Coverage.build(postings, owner, lexicon.idf, [lexicon.weigh(t)[0] for t in answers])
    meanings = Meanings.build(encoder, queries, entries) if encoder else None
    return (
        Corpus(entries, owner, segmenter, lexicon, postings, by_wordings, by_all, meanings),
        queries,
        weighed,
    )


@dataclass(frozen=True)
class _Case:
    evidence: Floats
    nothing: Floats
    right: Floats
    weight: float


def _judge(corpus: Corpus, asked: list[Asked], sample: Ints, held: ridge.Fit) -> Logit:
    return logit.fit(_stack(_cases(corpus, asked, sample, held)))


def _cases(corpus: Corpus, asked: list[Asked], sample: Ints, held: ridge.Fit) -> Iterator[_Case]:
    """Each sampled wording as a question: its entry known but not this wording; its entry unknown."""
    for n, (one, at, near) in enumerate(zip(asked, sample, _nearness(corpus, asked), strict=True)):
        compared, own = corpus.compare(one, near), int(corpus.owner[at])
        linear = ridge.scaled(held.without_wording[n], held.typical)
        evidence = corpus.evidence(one, compared, linear, slice(at, at + 1))
        yield _case(corpus, one, evidence, own, known=True)
        group = slice(corpus.starts[own], corpus.starts[own] + len(corpus.entries[own].wordings))
        linear = ridge.scaled(held.without_entry[n], held.typical)
        evidence = corpus.evidence(one, compared, linear, group)
        evidence[own] = evidence.min(axis=0) - 9
        yield _case(corpus, one, evidence, own, known=False)


def _nearness(corpus: Corpus, asked: list[Asked]) -> Iterator[Floats | None]:
    """The cosines of each question to all wordings, a block of questions at a time."""
    for start in range(0, len(asked), _BLOCK):
        block = asked[start : start + _BLOCK]
        meanings = [one.meaning for one in block if one.meaning is not None]
        if corpus.meanings is None or len(meanings) < len(block):
            yield from [None] * len(block)
        else:
            yield from np.stack(meanings) @ corpus.meanings.wordings.T


def _case(corpus: Corpus, asked: Asked, evidence: Floats, own: int, *, known: bool) -> _Case:
    top = candidates(evidence)
    entry = corpus.entries[own]
    alike = np.array([_alike(corpus.entries[i], entry, known=known) for i in top], np.float32)
    right = np.append(alike, 0.0 if known and alike.any() else 1.0).astype(np.float32)
    return _Case(evidence[top], corpus.nothing(asked, evidence), right, 1.0 if known else _UNKNOWN)


def _alike(found: Entry, wanted: Entry, *, known: bool) -> bool:
    """Whether `found` will do for a question of `wanted`; of flows, chat and refusals any of the intent."""
    if known and found.id == wanted.id:
        return True
    return found.intent == wanted.intent and wanted.intent not in ANSWERS


def _stack(cases: Iterator[_Case]) -> Cases:
    held = list(cases)
    return Cases(
        np.stack([c.evidence for c in held]),
        np.stack([c.nothing for c in held]),
        np.stack([c.right for c in held]),
        np.array([c.weight for c in held], np.float32),
    )
