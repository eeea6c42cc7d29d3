"""Tables of consumer warnings: what is said, who approved it, who has been sent it."""

from sqlalchemy import BigInteger, Column, Date, Index, Integer, LargeBinary, String, Table, Text

from bot.store.schema import Serial, metadata
from bot.store.types import Moment

# A warning is for everybody to read: nothing in it is personal, so it lies open.
warnings = Table(
    "warnings",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("title", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("category", String(16), nullable=False),
    Column("county", String(6), nullable=False),
    Column("source", String(200), nullable=False),
    Column("valid_until", Date, nullable=False),
    Column("cover", String(32), nullable=False),  # id of the picture under DATA_DIR/covers, or ""
    Column("author", String(16), nullable=False),
    Column("state", String(12), nullable=False, index=True),  # handlers/warnings/model.py
    Column("scheduled", Moment, nullable=True),
    Column("version", Integer, nullable=False),
    Column("made", Moment, nullable=False),
    Column("lease", String(40), nullable=False),  # the process that is sending it, "" if none is
    Column("leased", Moment, nullable=True),  # until when
    Column("began", Moment, nullable=True),
    Column("ended", Moment, nullable=True),
)

warning_events = Table(
    "warning_events",
    metadata,
    Column("warning", String(16), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("type", String(16), nullable=False),
    Column("step", String(16), nullable=False),  # of an approval
    Column("by", String(16), nullable=False),  # id of the account
    Column("at", Moment, nullable=False),
    Column("hash", String(64), nullable=False),  # of what was submitted or approved
    Column("note", String(300), nullable=False),
)

# One call to WeChat each. The row is there before the call is made: a crash leaves "sending".
warning_batches = Table(
    "warning_batches",
    metadata,
    Column("warning", String(16), primary_key=True),
    Column("batch", Integer, primary_key=True),
    Column("route", String(8), nullable=False),  # users, tag, outbox
    Column("state", String(10), nullable=False),  # new, sending, sent, done, failed, unknown, recalled
    Column("size", Integer, nullable=False),
    Column("client_id", String(64), nullable=False),
    Column("msg_id", BigInteger, nullable=True, index=True),
    Column("tried", Moment, nullable=True),  # first call
    Column("sent", Moment, nullable=True, index=True),
    Column("status", String(60), nullable=False),  # what MASSSENDJOBFINISH said
    Column("total", Integer, nullable=True),
    Column("filtered", Integer, nullable=True),
    Column("delivered", Integer, nullable=True),
    Column("failed", Integer, nullable=True),
    Column("reason", String(200), nullable=False),
)

# Who was chosen, once and for all, when sending began: a restart never chooses anew.
warning_recipients = Table(
    "warning_recipients",
    metadata,
    Column("warning", String(16), primary_key=True),
    Column("user", String(32), primary_key=True),  # blind index of the openid
    Column("batch", Integer, nullable=False),
    Index("ix_warning_recipients_warning_batch", "warning", "batch"),
    Index("ix_warning_recipients_user", "user"),
)

# Which WeChat account a clerk uses, for test sends.
staff_openids = Table(
    "staff_openids",
    metadata,
    Column("staff", String(16), primary_key=True),
    Column("user", String(32), nullable=False, unique=True),
    Column("user_blob", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
)

# How reviews and lawsuits about disclosure ended (annual report, table 4); entered by clerks.
remedies = Table(
    "remedies",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("number", String(16), nullable=False),  # the case, "" if it is an older one
    Column("kind", String(24), nullable=False),  # handlers/annual/table4.py
    Column("result", String(12), nullable=False),
    Column("opened", Date, nullable=False),
    Column("closed", Date, nullable=True),
    Column("note", String(200), nullable=False),
    Column("by", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
)
