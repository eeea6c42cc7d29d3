"""A linear classifier by ridge regression, with the predictions it would have made without a wording.

Leaving out costs nothing here: the residual without rows g is (I - H_gg)^-1 (Y_g - F_g), H the hat matrix.
Without one wording it shows how a known question in other words is met; without all wordings of an entry, how
something is met that we know nothing about. Both are what the calibration learns from.
"""

from dataclasses import dataclass

import numpy as np

from intents.lexicon import Floats, Ints

_BLOCK = 1024  # rows that are multiplied at a time


TYPICAL_FLOOR = 0.1  # keeps entries of very mixed wordings from being scaled up without end


def scaled(linear: Floats, typical: Floats) -> Floats:
    """Scores beside each other: as they are, and in parts of what is typical for the entry."""
    return np.stack([linear, linear / (np.maximum(typical, 0) + TYPICAL_FLOOR)])


@dataclass(frozen=True)
class Fit:
    """Weights (columns of a text × entries), and the scores of sampled wordings when they, or their entries,
    are left out.
    """

    weights: Floats
    typical: Floats  # what an entry's wordings score for it, each left out itself: low where they differ much
    without_wording: Floats
    without_entry: Floats


def fit(rows: Floats, owner: Ints, penalty: float, sample: Ints) -> Fit:
    """Fit `rows` (a wording each, sorted by entry) to the entries `owner`; leave out each of `sample`."""
    gram = rows.T @ rows
    gram[np.diag_indices_from(gram)] += penalty
    inverse = np.linalg.inv(gram)
    starts = np.searchsorted(owner, np.arange(owner[-1] + 2))
    weights = (inverse @ np.add.reduceat(rows, starts[:-1], axis=0).T).astype(np.float32)
    typical = _typical(rows, owner, inverse, weights)
    chosen = np.unique(owner[sample])
    held = np.concatenate([np.arange(starts[e], starts[e + 1]) for e in chosen])
    # All at once: two large products are many times quicker than two small ones for every entry.
    scores, projected = rows[held] @ weights, rows[held] @ inverse
    left_out, at = [], 0
    for e in chosen:
        group = rows[starts[e] : starts[e + 1]]
        here = slice(at, at := at + len(group))
        hat = projected[here] @ group.T
        left_out.append(_left_out(scores[here], hat, int(e), sample[owner[sample] == e] - starts[e]))
    return Fit(
        weights, typical, np.concatenate([a for a, _ in left_out]), np.concatenate([b for _, b in left_out])
    )


def _typical(rows: Floats, owner: Ints, inverse: Floats, weights: Floats) -> Floats:
    leverage, fitted = np.empty(len(rows), np.float32), np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _BLOCK):
        block, of = rows[start : start + _BLOCK], owner[start : start + _BLOCK]
        leverage[start : start + _BLOCK] = np.einsum("ij,ij->i", block @ inverse, block)
        fitted[start : start + _BLOCK] = np.einsum("ij,ij->i", block, weights.T[of])
    alone = 1 - (1 - fitted) / np.maximum(1 - leverage, 1e-3)
    counts = np.bincount(owner)
    return np.asarray(np.bincount(owner, weights=alone) / counts, dtype=np.float32)


def _left_out(scores: Floats, hat: Floats, entry: int, at: Ints) -> tuple[Floats, Floats]:
    """The scores of the rows `at` of an entry: each without itself, and without any row of the entry."""
    wanted = np.zeros_like(scores)
    wanted[:, entry] = 1
    residual = wanted - scores
    alone = wanted - residual / np.maximum(1 - np.diag(hat), 1e-3)[:, None]
    whole = wanted - np.linalg.solve(np.eye(len(hat), dtype=np.float32) - hat, residual)
    return alone[at].astype(np.float32), whole[at].astype(np.float32)
