"""What a decision costs as the knowledge grows: 100, 1,000, 10,000 and 50,000 entries, by words alone.

Fitting fifty thousand entries takes many minutes, and what it would learn does not change what an answer
costs. So a hundred entries are fitted, and the model is repeated as often as needed: every term then stands
in proportionally more wordings, which is the dearest way to grow. The encoder, where it is asked, adds its
own few milliseconds whatever the number of entries.
"""

import dataclasses
import statistics
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from intents.coverage import Coverage
from intents.decision import Context
from intents.postings import Postings
from intents.understanding import Understanding
from knowledge.entries import Entry, load_entries

BASE, WORDINGS = 100, 4
SIZES = (100, 1_000, 10_000, 50_000)
REPEAT = 5
ASKED = (
    "请问一下你们那个地方早上几点钟开门办公呢",
    "我想问传真的号码到底是多少来着",
    "材料交上去以后要等多少个工作日才有回音",
    "驾照到期了去哪里换新的",
    "今天天气怎么样",
)


def run() -> Iterator[str]:
    """The table, line by line."""
    yield f"{'entries':>8}{'known wording ms':>18}{'ranked ms':>11}{'slowest ms':>12}"
    fitted = Understanding.fit(tuple(_base()), None)
    known = [entry.wordings[0] for entry in fitted.entries[:: BASE // 5]]
    for size in SIZES:
        grown = repeated(fitted, size // BASE)
        exact, ranked = _milliseconds(grown, known), _milliseconds(grown, ASKED)
        row = f"{statistics.median(exact):>18.2f}{statistics.median(ranked):>11.1f}{max(ranked):>12.1f}"
        yield f"{size:>8,}{row}"


def _base() -> Iterator[Entry]:
    entries = load_entries()
    for entry in entries[:: len(entries) // BASE][:BASE]:
        yield entry.model_copy(update={"wordings": entry.wordings[:WORDINGS]})


def _milliseconds(understanding: Understanding, texts: tuple[str, ...] | list[str]) -> list[float]:
    for text in texts:
        understanding.decide(text, Context())  # what is built at first use is not what a message costs
    took = []
    for text in [*texts] * REPEAT:
        began = time.perf_counter()
        understanding.decide(text, Context())
        took.append((time.perf_counter() - began) * 1000)
    return took


def repeated(fitted: Understanding, times: int) -> Understanding:
    """The same understanding with each entry `times` over, under other ids."""
    if times == 1:
        return fitted
    sizes = {len(fitted.entries), len(fitted.texts)}
    grown: Understanding = _repeat(fitted, times, sizes)
    return grown


def _repeat(part: Any, times: int, sizes: set[int]) -> Any:
    """Whatever has an axis as long as the entries or the wordings becomes `times` as long."""
    if isinstance(part, Postings):
        rows, weights = _repeat_lists(part.starts, part.rows, part.weights, part.size, times)
        return Postings(part.starts * times, rows, weights, part.size * times)
    if isinstance(part, Coverage):
        entries, counts = _repeat_lists(part.starts, part.entries, part.counts, part.size, times)
        return Coverage(part.starts * times, entries, counts, part.idf, part.size * times)
    if dataclasses.is_dataclass(part) and not isinstance(part, type):
        held = {field.name: getattr(part, field.name) for field in dataclasses.fields(part)}
        grown = {
            name: _repeat_owner(value, times) if name == "owner" else _repeat(value, times, sizes)
            for name, value in held.items()
        }
        return dataclasses.replace(part, **grown)
    if isinstance(part, np.ndarray):
        axes = tuple(times if length in sizes else 1 for length in part.shape)
        return np.tile(part, axes) if max(axes, default=1) > 1 else part
    if isinstance(part, tuple) and part and len(part) in sizes:
        return _repeat_tuple(part, times)
    return part


def _repeat_tuple(part: tuple[Any, ...], times: int) -> tuple[Any, ...]:
    if isinstance(part[0], Entry):
        return tuple(
            entry.model_copy(update={"id": f"{entry.id}.n{n}"}) for n in range(times) for entry in part
        )
    if isinstance(part[0], str):
        return (*part, *(f"{text}{n}" for n in range(1, times) for text in part))
    return part


def _repeat_owner(owner: Any, times: int) -> Any:
    return (owner[None, :] + (owner[-1] + 1) * np.arange(times, dtype=owner.dtype)[:, None]).ravel()


def _repeat_lists(starts: Any, members: Any, weights: Any, size: int, times: int) -> tuple[Any, Any]:
    """Lists, one a term, of members with weights: each list gets the members of every copy."""
    terms = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    order = np.argsort(np.tile(terms, times), kind="stable")
    copies = (members[None, :] + size * np.arange(times, dtype=np.int32)[:, None]).ravel()
    return copies[order].astype(np.int32), np.tile(weights, times)[order]
