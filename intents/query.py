"""A text made ready for comparing."""

from dataclasses import dataclass

from config.words import words
from intents.normalise import bare, normalise
from intents.plans import plan_named, unframed


@dataclass(frozen=True, slots=True)
class Query:
    """`normal` keeps its punctuation, `bare` is what terms are taken from."""

    normal: str
    bare: str
    within: "Query | None" = None  # the question of which this is what was left without the plan's name

    @classmethod
    def of(cls, text: str) -> "Query":
        """Normalise a message or a wording."""
        normal = normalise(text)
        return cls(normal, bare(normal))

    @classmethod
    def written(cls, normal: str) -> "Query":
        """A text that is normal already (a clause of one, or one read from pinyin)."""
        return cls(normal, bare(normal))

    @property
    def asks_for_policy(self) -> bool:
        """It names a plan, a document, or those who issue them."""
        if self.within:
            return True
        return any(cue in self.bare for cue in words().policy_cues)

    @property
    def plan(self) -> str:
        """The plan it names (a document's id), or “”."""
        return self.within.plan if self.within else plan_named(self.bare)

    def unframed(self) -> "Query | None":
        """What it asks of a plan, without the plan's name; None where it names none or asks nothing else."""
        if self.within or not self.asks_for_policy:
            return None
        rest = unframed(self.normal)
        found = Query(rest, bare(rest), self)
        return found if found.bare and rest != self.normal else None

    @property
    def asks_for_terms(self) -> bool:
        """It asks how long something takes or what it costs."""
        return any(cue in self.bare for cue in words().asks_terms)

    @property
    def is_practical(self) -> bool:
        """It asks for what one needs to get something done."""
        return any(cue in self.bare for cue in words().practical)
