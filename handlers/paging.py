"""Long answers in pages: a passive reply holds 2,048 bytes of UTF-8, and we stay under 2,000."""

import re
from collections.abc import Iterator, Sequence

from config.texts import say
from handlers.deps import Deps
from handlers.message import Message
from handlers.turn import Session, Turn
from intents.commands import command

LIMIT = 1990  # bytes of one reply
BETWEEN = "\n\n"
# Where a page may end, best first: a paragraph, a line, a sentence, a clause.
ENDS = (
    re.compile(r"\n\n+"),
    re.compile(r"\n"),
    re.compile(r"(?<=[。！？!?；;])"),
    re.compile(r"(?<=[，、,：: ])"),
)


async def more(message: Message, session: Session, deps: Deps) -> Turn | None:
    """“更多” shows the next page."""
    if command(message.text) != "more":
        return None
    if not session.more:
        return Turn(replies=(say("paging.nothing_more"),), session=session, intent="more")
    rest = session.model_copy(update={"more": session.more[1:]})
    return Turn(replies=session.more[:1], session=rest, intent="more")


def paged(turn: Turn, lead: Sequence[str] = ()) -> tuple[str, Session]:
    """The one reply that goes out now ("" for silence), and the session with the pages that are left.

    `lead` goes before the turn's own replies: what was found too late for an earlier message.
    """
    text = BETWEEN.join([*lead, *turn.replies])
    if not turn.replies:
        return "", turn.session
    pages = pages_of(text)
    if len(pages) == 1:
        return text, turn.session
    return pages[0], turn.session.model_copy(update={"more": (*pages[1:], *turn.session.more)})


def pages_of(text: str, limit: int = LIMIT) -> tuple[str, ...]:
    """`text` in pages of at most `limit` bytes; every page but the last says that there is more."""
    if _size(text) <= limit:
        return (text,)
    hint = "\n" + say("paging.more")
    pages = list(_cut(text, limit - _size(hint)))
    return (*(page + hint for page in pages[:-1]), pages[-1])


def _cut(text: str, limit: int) -> Iterator[str]:
    while _size(text) > limit:
        end = _best_end(text, limit)
        if page := text[:end].rstrip():
            yield page
        text = text[end:].lstrip()
    if text:
        yield text


def _best_end(text: str, limit: int) -> int:
    """Index after the last good end in the first `limit` bytes, but not before half of them."""
    room = len(text.encode()[:limit].decode(errors="ignore"))
    for end in ENDS:
        found = [match.end() for match in end.finditer(text, 0, room) if match.end() > room // 2]
        if found:
            return found[-1]
    return room


def _size(text: str) -> int:
    return len(text.encode())
