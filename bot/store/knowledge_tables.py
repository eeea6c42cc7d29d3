"""Tables of what clerks do for the knowledge: open questions, changes of entries, counts of answers."""

from sqlalchemy import Column, Date, Float, Index, Integer, LargeBinary, String, Table, Text

from bot.store.schema import Serial, metadata
from bot.store.types import Moment

# What the bot could not answer, or answered to somebody's displeasure. Purged after some days.
questions = Table(
    "questions",
    metadata,
    Column(
        "id", String(32), primary_key=True
    ),  # blind index of the message: stored once however often it comes
    Column("kind", String(12), nullable=False),  # unanswered, unsure, disliked
    Column("entry", String(80), nullable=False),  # that was shown, or ""
    Column("score", Float, nullable=False),
    Column(
        "mark", String(32), nullable=False, index=True
    ),  # blind index of the text: the same question again
    Column("blob", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
    Column("state", String(8), nullable=False),  # open, done, left
    Column("by", String(16), nullable=False),
    Index("ix_questions_state_at", "state", "at"),
)

# An overlay over knowledge/faq: the newest row of an entry counts; NULL takes it back to the file.
entry_versions = Table(
    "entry_versions",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("entry", String(80), nullable=False, index=True),
    Column("content", Text, nullable=True),  # the whole entry as JSON
    Column("by", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    Column("note", String(200), nullable=False),
)

answer_counts = Table(
    "answer_counts",
    metadata,
    Column("day", Date, primary_key=True),
    Column("kind", String(12), primary_key=True),  # answered, unsure, unanswered, liked, disliked
    Column("entry", String(80), primary_key=True),
    Column("count", Integer, nullable=False),
)
