"""The tables. Personal data stands only in `blob` columns, encrypted (`bot/vault.py`), or as keyed hashes.

Columns beside the events (`stage`, `received` …) are derived from them and written in the same transaction,
so that the console can search and sort without opening a single blob.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from bot.store.types import Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts only INTEGER PRIMARY KEY by itself.
Serial = BigInteger().with_variant(Integer, "sqlite")

numbers = Table(
    "numbers",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("number", String(16), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("draft", String(64), nullable=False, unique=True),  # submitting is idempotent by draft id
    Column("filer", String(32), nullable=False, index=True),  # blind index of the openid
    Column("filer_blob", LargeBinary, nullable=False),
    Column("code", String(32), nullable=False),  # blind index of number and query code
    Column("stage", String(16), nullable=False),
    Column("outcome", String(40), nullable=False),
    Column("county", String(6), nullable=False),
    Column("applicant", String(24), nullable=False),  # natural person or kind of organisation (annual report)
    Column("assignee", String(40), nullable=False),
    Column("number_12315", String(40), nullable=False),
    Column("turn", String(12), nullable=False, server_default="bureau"),  # who has to act next
    Column("submitted", Moment, nullable=False, index=True),
    Column("received", Date, nullable=True),
    Column("due", Date, nullable=True),
    Column("provisional", Boolean, nullable=False, default=False),
    Column("closed", Moment, nullable=True, index=True),
    Column("version", Integer, nullable=False),
    Column("erased", Moment, nullable=True),
    Index("ix_cases_stage_due", "stage", "due"),
    Index("ix_cases_due_number", "due", "number"),
)

case_events = Table(
    "case_events",
    metadata,
    Column("number", String(16), ForeignKey("cases.number"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("type", String(32), nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", String(40), nullable=False),
    Column("blob", LargeBinary, nullable=False),
)

# Blind index: finds a case by phone, ID number or name without telling them.
case_lookups = Table(
    "case_lookups",
    metadata,
    Column("number", String(16), ForeignKey("cases.number"), primary_key=True),
    Column("field", String(16), primary_key=True),
    Column("value", String(32), primary_key=True),
    Index("ix_case_lookups_field_value", "field", "value"),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("draft", String(64), nullable=False, index=True),
    Column("slot", Integer, nullable=False),  # 1 to 9: its place among the pictures of the draft
    Column("number", String(16), nullable=False, index=True),  # the case, "" while it is a draft
    Column("message", String(32), nullable=False),  # blind index of the message that brought it
    Column("mime", String(32), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),  # of the bytes as they were sent
    Column("at", Moment, nullable=False),
    UniqueConstraint("draft", "message"),
    UniqueConstraint("draft", "slot"),
)

# Documents (.docx) that were made for a case; the files lie encrypted under DATA_DIR/papers.
papers = Table(
    "papers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("number", String(16), ForeignKey("cases.number"), nullable=False, index=True),
    Column("paper", String(40), nullable=False),  # its id in config/papers.toml
    Column("by", String(40), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("at", Moment, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("key", String(160), nullable=False, unique=True),  # what makes a second one the same
    Column("kind", String(16), nullable=False),  # notice, mail, staff_mail, mass
    Column("number", String(16), nullable=False, index=True),  # the case, or ""
    Column("user", String(32), nullable=False, index=True),  # blind index of the openid, or ""
    Column("blob", LargeBinary, nullable=False),  # what to say, to whom
    Column("state", String(12), nullable=False),  # `bot/outbox/states.py`
    Column("must", Boolean, nullable=False),  # may go out at night
    Column("due", Moment, nullable=False),  # not before
    Column("until", Moment, nullable=False),  # given up after
    Column("attempts", Integer, nullable=False),
    Column("lease", String(40), nullable=False),  # who is sending it, "" if nobody
    Column("leased", Moment, nullable=True),  # until when
    Column("channel", String(16), nullable=False),  # over which it went or is to go
    Column("tried", String(80), nullable=False, server_default=""),  # channels that refused it, with spaces
    Column("message_id", String(40), nullable=False, server_default="", index=True),  # WeChat's
    Column("day", Moment, nullable=True),  # undelivered after this, a clerk calls
    Column("reason", String(200), nullable=False),  # of the last failure; no personal data
    Column("made", Moment, nullable=False),
    Column("sent", Moment, nullable=True),
    Index("ix_outbox_state_due", "state", "due"),
)
