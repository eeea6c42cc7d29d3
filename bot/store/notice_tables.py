"""Tables of what is planned to be said: the agenda, how much people want to hear, holiday notices."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from bot.store.schema import metadata
from bot.store.types import Moment

# One row for each notice that a case will lead to if nothing else happens in it. A row goes when it is due
# and has become messages, or when the case's deadline has another version.
agenda = Table(
    "agenda",
    metadata,
    Column("number", String(16), ForeignKey("cases.number"), primary_key=True),
    Column("notice", String(32), primary_key=True),
    Column("version", String(64), primary_key=True),  # of the deadline, or of the event it comes from
    Column("moment", Moment, nullable=False),
    Column("day", Date, nullable=True),  # the date that the notice speaks of
    Index("ix_agenda_moment", "moment"),
)

preferences = Table(
    "notice_preferences",
    metadata,
    Column("user", String(32), primary_key=True),  # blind index of the openid
    Column("level", String(12), nullable=False),
    Column("at", Moment, nullable=False),
)

# Holiday notices as clerks entered them; every correction is a new revision, the latest of a year counts.
calendar_years = Table(
    "calendar_years",
    metadata,
    Column("revision", Integer, primary_key=True, autoincrement=True),
    Column("year", Integer, nullable=False),
    Column("content", Text, nullable=False),  # the JSON of `config/calendar/<year>.json`
    Column("entered", Moment, nullable=False),
    Column("by", String(40), nullable=False),
    Column("settled", Boolean, nullable=False),  # every open case was computed anew with it
)
