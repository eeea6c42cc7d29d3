"""Questions that mean the same, put together; by sentence vectors, or by pairs of characters without them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from intents.query import Query

Floats = npt.NDArray[np.float32]

SAME_MEANING = 0.57  # cosine; questions of one meaning measured 0.58 to 0.77, others below 0.4
SAME_LETTERS = 0.5  # of the pairs of characters of two texts that they share


def grouped(texts: Sequence[str], vectors: Floats | None = None) -> list[list[int]]:
    """Indexes of `texts` in groups, the largest first; within a group in the order given.

    Each text joins the group whose middle it is nearest to, or begins one: one pass, so that what is shown
    today looks the same tomorrow with a few more questions. `vectors`: one row of length 1 a text.
    """
    return _by_meaning(vectors) if vectors is not None else _by_letters(texts)


def _by_meaning(vectors: Floats) -> list[list[int]]:
    groups: list[list[int]] = []
    sums = np.zeros((0, vectors.shape[1] if vectors.ndim == 2 else 0), np.float32)
    for index, vector in enumerate(vectors):
        near = sums @ vector / np.maximum(np.linalg.norm(sums, axis=1), 1e-9) if groups else np.array([])
        best = int(near.argmax()) if groups else -1
        if groups and near[best] >= SAME_MEANING:
            groups[best].append(index)
            sums[best] += vector
        else:
            groups.append([index])
            sums = np.vstack([sums, vector])
    return _largest_first(groups)


def _by_letters(texts: Sequence[str]) -> list[list[int]]:
    groups: list[list[int]] = []
    leaders: list[set[str]] = []
    for index, text in enumerate(texts):
        pairs = _pairs(text)
        shares = [len(pairs & leader) / len(pairs | leader) for leader in leaders]
        best = max(range(len(shares)), key=shares.__getitem__, default=-1)
        if best >= 0 and shares[best] >= SAME_LETTERS:
            groups[best].append(index)
        else:
            groups.append([index])
            leaders.append(pairs)
    return _largest_first(groups)


def _pairs(text: str) -> set[str]:
    bare = Query.of(text).bare or text
    return {bare[i : i + 2] for i in range(max(len(bare) - 1, 1))}


def _largest_first(groups: list[list[int]]) -> list[list[int]]:
    return sorted(groups, key=lambda group: (-len(group), group[0]))
