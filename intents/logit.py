"""Which of a few candidates, or none of them: a conditional logit over the evidence for each.

The probability of candidate c is exp(w·x_c) / (exp(v·z) + sum of exp(w·x)); v·z speaks for “none of them”.
"""

from dataclasses import dataclass

import numpy as np

from intents.lexicon import Floats

_STEPS = 400
_RATE = 0.15
_SHRINK = 1e-3


@dataclass(frozen=True)
class Cases:
    """What was asked and what was right. First axis: the question."""

    evidence: Floats  # questions × candidates × features
    nothing: Floats  # questions × features that speak for “none”
    right: Floats  # questions × (candidates + 1): 1 where acceptable; the last column is “none”
    weight: Floats  # questions


@dataclass(frozen=True)
class Logit:
    """Fitted weights with the scaling of the features they belong to."""

    weights: Floats
    none_weights: Floats

    def probabilities(self, evidence: Floats, nothing: Floats, tilt: Floats | float = 0.0) -> Floats:
        """One row a question: each candidate, then “none”; `tilt` is added to the candidates' scores."""
        scores = _scores(evidence, nothing, self.weights, self.none_weights)
        scores[:, :-1] += tilt
        return _softmax(scores)


def fit(cases: Cases) -> Logit:
    """Maximise the likelihood that something acceptable is chosen (Adam on the full batch; it is small)."""
    features, others = cases.evidence.shape[2], cases.nothing.shape[1]
    scale = np.concatenate([_spread(cases.evidence), np.ones(others, np.float32)])
    evidence = cases.evidence / scale[:features]
    at = np.concatenate([np.ones(features), np.zeros(others)]).astype(np.float32)
    mean, square = np.zeros_like(at), np.zeros_like(at)
    total = cases.weight.sum()
    for step in range(1, _STEPS + 1):
        chances = _softmax(_scores(evidence, cases.nothing, at[:features], at[features:]))
        wanted = chances * cases.right
        wanted /= np.maximum(wanted.sum(axis=1, keepdims=True), 1e-9)
        pull = (wanted - chances) * cases.weight[:, None]
        slope = np.concatenate([np.einsum("qc,qcf->f", pull[:, :-1], evidence), pull[:, -1] @ cases.nothing])
        slope = slope / total - _SHRINK * at
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope**2
        at = at + _RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    weights = (at / scale).astype(np.float32)
    return Logit(weights[:features], weights[features:])


def _scores(evidence: Floats, nothing: Floats, weights: Floats, none_weights: Floats) -> Floats:
    scores = evidence @ weights
    return np.concatenate([scores, (nothing @ none_weights)[:, None]], axis=1)


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def _spread(evidence: Floats) -> Floats:
    return np.asarray(np.maximum(evidence.std(axis=(0, 1)), 1e-6), dtype=np.float32)
