"""What the manner of a question says beforehand about the entries that may answer it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from intents.lexicon import Floats
from intents.query import Query
from knowledge.entries import Entry

# In log odds. Who names a plan wants its passage, even where a law answers the same question.
_NO_PLAN, _REFUSAL_BESIDE_PLAN = 5.0, 3.0
_OTHER_PLAN = 3.0  # than the one that is named
_PLAN_FOR_PRACTICE = 2.0  # “计量器具检定收费吗”: a plan that speaks of 计量 does not answer that
_WISH_FOR_TERMS = 2.0  # “要份文件得等几天” asks, it does not begin
# The law alone is the second ring: what could as well be about the bureau's own procedure is taken to be.
_SECOND_RING = 1.0

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Leanings:
    """The entries by what they are for."""

    entries: tuple[Entry, ...]

    def tilt(self, query: Query) -> Floats:
        """What is added to the score of each entry."""
        tilt = np.where(self._of("law"), -_SECOND_RING, 0.0)
        if query.asks_for_policy:
            other = ~self._of("policy") & ~self._about_plans
            tilt -= np.where(other, np.where(self._of("oos"), _REFUSAL_BESIDE_PLAN, _NO_PLAN), 0.0)
            if query.plan:
                tilt -= np.where(self._of("policy") & ~self._from(query.plan), _OTHER_PLAN, 0.0)
        elif query.is_practical:
            tilt -= np.where(self._of("policy"), _PLAN_FOR_PRACTICE, 0.0)
        if query.asks_for_terms:
            tilt -= np.where(self._wishes, _WISH_FOR_TERMS, 0.0)
        return np.asarray(tilt, dtype=np.float32)

    def _of(self, intent: str) -> Flags:
        return np.asarray(self._intents == intent)

    def _from(self, document: str) -> Flags:
        return np.array([any(s.document == document for s in e.sources) for e in self.entries])

    @cached_property
    def _intents(self) -> npt.NDArray[np.str_]:
        return np.array([e.intent for e in self.entries])

    @cached_property
    def _wishes(self) -> Flags:
        wishes = ("flow:disclosure", "flow:complaint", "flow:report")
        return np.array([e.intent in wishes for e in self.entries])

    @cached_property
    def _about_plans(self) -> Flags:
        """Refusals that are about plans (“十五五规划”): naming one does not speak against them."""
        return np.array([e.intent == "oos" and _names_plans(e) for e in self.entries])


def _names_plans(entry: Entry) -> bool:
    named = sum(Query.written(w).asks_for_policy for w in entry.wordings)
    return named * 4 > len(entry.wordings)
