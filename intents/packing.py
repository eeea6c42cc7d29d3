"""The fitted ranker as plain arrays and back, so that it can be kept in a file without pickling code."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from intents.coverage import Coverage
from intents.evidence import Corpus, Meanings
from intents.lexicon import Lexicon
from intents.logit import Logit
from intents.postings import Postings
from intents.ranker import Head, Ranker
from intents.segment import Segmenter
from intents.sounds import Sounds
from intents.spelling import Speller
from knowledge.entries import Entry

Arrays = Mapping[str, npt.NDArray[np.generic]]
Whole = npt.NDArray[np.integer[Any]]


def pack(ranker: Ranker, speller: Speller, texts: tuple[str, ...]) -> dict[str, npt.NDArray[np.generic]]:
    """Everything that was fitted, by name."""
    corpus = ranker.corpus
    held: dict[str, npt.NDArray[np.generic]] = {
        "owner": corpus.owner,
        "texts": _text(texts),
        "segmenter.words": _text(corpus.segmenter.words),
        "segmenter.counts": np.array(corpus.segmenter.counts, np.int64),
        "lexicon.keys": corpus.lexicon.keys,
        "lexicon.idf": corpus.lexicon.idf,
        "postings.starts": corpus.postings.starts.astype(np.int32),
        "postings.rows": _narrow(corpus.postings.rows),
        "postings.weights": corpus.postings.weights.astype(np.float16),
        "sounds.chars": _text(speller.sounds.chars),
        "sounds.syllables": _text(speller.sounds.syllables),
        "speller.pieces": _text(speller.pieces),
        "speller.costs": np.array(speller.costs, np.float32),
    }
    for name, cover in (("wordings", corpus.by_wordings), ("all", corpus.by_all)):
        held[f"{name}.starts"] = cover.starts.astype(np.int32)
        held[f"{name}.entries"] = _narrow(cover.entries)
        held[f"{name}.counts"] = cover.counts.astype(np.float16)
    held |= _pack_head("words", ranker.words)
    if corpus.meanings and ranker.with_meaning:
        held |= _pack_meanings(corpus.meanings)
        held |= _pack_head("meaning", ranker.with_meaning)
    return held


def unpack(held: Arrays, entries: tuple[Entry, ...]) -> tuple[Ranker, Speller, tuple[str, ...]]:
    """The ranker that was fitted to the same `entries`, the speller, and the wordings as compared.

    Raises:
        KeyError: an array is missing.
        ValueError: the arrays belong to other entries.
    """
    if len(held["owner"]) != sum(len(e.wordings) for e in entries):
        raise ValueError("the fitted model belongs to other entries")
    segmenter = Segmenter(_lines(held["segmenter.words"]), tuple(held["segmenter.counts"].tolist()))
    lexicon = Lexicon(
        held["lexicon.keys"].astype(np.uint64, copy=False), held["lexicon.idf"].astype(np.float32, copy=False)
    )
    postings = Postings(
        held["postings.starts"].astype(np.int32, copy=False),
        _whole(held["postings.rows"]),
        held["postings.weights"].astype(np.float16, copy=False),
        len(held["owner"]),
    )
    by_wordings = _unpack_coverage("wordings", held, lexicon, len(entries))
    by_all = _unpack_coverage("all", held, lexicon, len(entries))
    meanings, head = None, None
    if "meanings.mean" in held:
        meanings = _unpack_meanings(held)
        head = _unpack_head("meaning", held)
    corpus = Corpus(
        entries, held["owner"].astype(np.int32), segmenter, lexicon, postings, by_wordings, by_all, meanings
    )
    sounds = Sounds("".join(_lines(held["sounds.chars"])), _lines(held["sounds.syllables"]))
    costs = tuple(held["speller.costs"].tolist())
    speller = Speller(sounds, _lines(held["speller.pieces"]), costs)
    return Ranker(corpus, _unpack_head("words", held), head), speller, _lines(held["texts"])


def _pack_meanings(meanings: Meanings) -> dict[str, npt.NDArray[np.generic]]:
    wordings, step = meanings.wordings, meanings.step
    if wordings.dtype != np.int8:
        step = float(np.abs(wordings).max()) / 127
        wordings = np.rint(wordings / step).astype(np.int8)
    held = {f"meanings.{k}": getattr(meanings, k).astype(np.float16) for k in ("mean", "titles", "answers")}
    return held | {"meanings.wordings": wordings, "meanings.step": np.array(step, np.float32)}


def _unpack_meanings(held: Arrays) -> Meanings:
    mean, titles, answers = (held[f"meanings.{k}"].astype(np.float32) for k in ("mean", "titles", "answers"))
    step = float(held["meanings.step"].astype(np.float32))
    return Meanings(mean, held["meanings.wordings"].astype(np.int8, copy=False), titles, answers, step)


def _pack_head(name: str, head: Head) -> dict[str, npt.NDArray[np.generic]]:
    return {
        f"{name}.linear": head.linear,
        f"{name}.typical": head.typical,
        f"{name}.weights": head.judge.weights,
        f"{name}.none": head.judge.none_weights,
    }


def _unpack_head(name: str, held: Arrays) -> Head:
    parts = [
        held[f"{name}.{k}"].astype(np.float32, copy=False) for k in ("linear", "typical", "weights", "none")
    ]
    return Head(parts[0], parts[1], Logit(parts[2], parts[3]))


def _unpack_coverage(name: str, held: Arrays, lexicon: Lexicon, size: int) -> Coverage:
    return Coverage(
        held[f"{name}.starts"].astype(np.int32, copy=False),
        _whole(held[f"{name}.entries"]),
        held[f"{name}.counts"].astype(np.float16, copy=False),
        lexicon.idf,
        size,
    )


def _narrow(numbers: Whole) -> Whole:
    """In two bytes each, where none needs more."""
    return numbers.astype(np.uint16 if numbers.max(initial=0) < 2**16 else np.int32)


def _whole(held: npt.NDArray[np.generic]) -> Whole:
    return held.astype(np.uint16 if held.dtype == np.uint16 else np.int32, copy=False)


def _text(lines: tuple[str, ...] | str) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode("utf-8"), np.uint8)


def _lines(held: npt.NDArray[np.generic]) -> tuple[str, ...]:
    return tuple(held.tobytes().decode("utf-8").split("\n"))
