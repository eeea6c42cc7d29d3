"""A decision in words: the answer, where it comes from, what one can do next."""

from collections.abc import Iterable
from dataclasses import dataclass

from config.texts import say
from handlers.turn import Session, Turn
from intents.decision import Decision, Hit
from knowledge.base import Knowledge
from knowledge.entries import ANSWERS, Entry
from knowledge.text import for_reading, in_quotes, plain

SHORT = 200  # characters of a passage that is given whole


@dataclass(frozen=True)
class Said:
    """What is said for one hit: the text, and its source line (empty for chat)."""

    text: str
    source: str

    @property
    def whole(self) -> str:
        """Text and source, one under the other."""
        return f"{self.text}\n{self.source}" if self.source else self.text


def said(hit: Hit, knowledge: Knowledge) -> Said:
    """The answer of an entry, or the quotation of a passage.

    Raises:
        KeyError: the knowledge holds no such entry or passage.
    """
    if hit.entry:
        entry = knowledge.entries[hit.entry]
        source = knowledge.cite(entry) if entry.intent in ANSWERS else ""
        return Said(_in_full(entry, knowledge) or entry.answer.strip(), source)
    passage = knowledge.passages[hit.passage]
    quote = in_quotes(hit.quote or knowledge.search.shorten(passage, ""))
    return Said(
        say("answers.quoted", document=passage.document.name, quote=quote), knowledge.cite_passage(passage)
    )


def _in_full(entry: Entry, knowledge: Knowledge) -> str:
    """The whole passage that a policy answer is cut from, where that is short enough to read on a phone.

    What was asked often stands in the sentence beside the one that the entry quotes.
    """
    places = [f"{source.document}:{line}" for source in entry.sources for line in source.lines]
    if entry.intent != "policy" or len(places) != 1 or places[0] not in knowledge.passages:
        return ""
    passage = knowledge.passages[places[0]].text
    quoted = all(plain(piece) in plain(passage) for piece in entry.answer.split("……"))
    return for_reading(passage) if quoted and len(passage) <= SHORT else ""


def reply(decision: Decision, knowledge: Knowledge) -> str:
    """The whole text of an answer, a clarifying question or a refusal."""
    if decision.options:
        return "\n".join([say("answers.choose"), *_options(decision.options, knowledge)])
    if not decision.hits:
        return say("answers.declined")
    return "\n\n".join(dict.fromkeys(said(hit, knowledge).whole for hit in decision.hits))


def answer(decision: Decision, session: Session, knowledge: Knowledge) -> Turn:
    """The turn of a message that is answered from the knowledge; remembers what a follow-up may lean on."""
    first = decision.hits[0].entry if decision.hits else ""
    offered = tuple(hit.entry or hit.passage for hit in decision.options)
    after = session.model_copy(
        update={"last_entry": first if decision.intent in ANSWERS else session.last_entry, "offered": offered}
    )
    return Turn(replies=(reply(decision, knowledge),), session=after, intent=decision.intent, entry=first)


def _options(hits: Iterable[Hit], knowledge: Knowledge) -> Iterable[str]:
    for number, hit in enumerate(hits, start=1):
        title = (
            knowledge.entries[hit.entry].title
            if hit.entry
            else f"{knowledge.passages[hit.passage].document.name}{knowledge.passages[hit.passage].section}"
        )
        yield say("answers.option", number=number, title=title)
