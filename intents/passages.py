"""Questions about the plans that no entry answers: the passage itself, where it is surely the right one."""

import math
import re

from intents.decision import Hit
from intents.places import has_places
from intents.query import Query
from knowledge.entries import Entry
from knowledge.search import Found, Search

# Measured on the wordings of the policy entries: of passages that score 35 half are the right one.
_EVEN, _STEEP = 35.0, 8.0
QUOTED = 0.6  # of a passage, to quote it where no entry answers
_UNNAMED = 0.9  # the same where no plan and no year is named
_NAMED = 10.0  # what naming a plan is worth
_GUIDE = "guide"  # each of its facts has an entry
_OWN = {"market": "十四五", "certification": "十四五", "digital": "十四五", "sampling": "2021"}
_LOOKED_BACK_ON = re.compile("十三五.?(?:期间|时期|末|以来|时候|那几年|那五年)")
_PERIOD = re.compile(r"十[一二三四五六]五|20\d\d|下[一1]?个[五5]年")


def passage(search: Search, query: Query) -> Hit | None:
    """The best passage, with what of it answers and how likely it does; None where nothing comes near.

    A question that names no plan has to fit much better: long stories share words with everything.
    """
    plans = {query.plan} if query.plan else {one.document.id for one in search.passages} - {_GUIDE}
    for found in search.find((query.unframed() or query).normal, 3, documents=plans):
        one = found.passage
        if not (periods(query) <= _periods_of(found) and has_places(one.text, one.document.id, query)):
            continue
        score = found.score + (_NAMED if query.asks_for_policy else 0.0)
        chance = 1 / (1 + math.exp((_EVEN - score) / _STEEP))
        named = query.asks_for_policy or bool(periods(query))
        enough = chance >= (QUOTED if named else _UNNAMED)
        return Hit(passage=one.id, quote=found.quote, score=chance) if enough else None
    return None


def periods(query: Query) -> set[str]:
    """The years and five-year plans that are asked about; not the time that each plan looks back on."""
    return set(_PERIOD.findall(_LOOKED_BACK_ON.sub("", query.normal)))


def speaks_of(entry: Entry, query: Query) -> bool:
    """Whether an entry holds every year, plan and place that is asked about: 十五五 is not answered from
    十四五, nor what Linxia has from what the country wants.
    """
    documents = {source.document for source in entry.sources if source.document}
    text = "".join((entry.title, entry.answer, *entry.wordings, *(_OWN.get(one, "") for one in documents)))
    return all(period in text for period in periods(query)) and all(
        has_places(entry.answer, document, query) for document in documents
    )


def _periods_of(found: Found) -> set[str]:
    one = found.passage
    text = "".join((one.text, one.document.title, one.date, *(head.title for head in one.headings)))
    return set(_PERIOD.findall(text))
