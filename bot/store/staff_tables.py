"""Tables of the clerks' side: accounts, the audit log, conversations with a person."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from bot.store.schema import Serial, metadata
from bot.store.types import Moment

staff = Table(
    "staff",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("login", String(40), nullable=False, unique=True),
    Column("name", String(40), nullable=False),
    Column("mail", String(120), nullable=False, server_default=""),  # where reminders go; "" for none
    Column("roles", String(160), nullable=False),  # codes, comma between them (handlers/permissions.py)
    Column("password", Text, nullable=False),  # argon2id
    Column("must_change", Boolean, nullable=False),  # the password was given by somebody else
    Column("totp", LargeBinary, nullable=True),  # secret, encrypted; NULL until it is set up
    Column("epoch", Integer, nullable=False),  # sessions of an earlier epoch have ended
    Column("disabled", Boolean, nullable=False),
    Column("created", Moment, nullable=False),
    Column("last_login", Moment, nullable=True),
)

# Append-only. `hash` is keyed and covers the entry and the hash before it (bot/store/audit.py).
audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(40), nullable=False),  # as text: what the hash covers must not change its shape
    Column("who", String(40), nullable=False),  # id of the account, "cli" or "system"
    Column("what", String(40), nullable=False),
    Column("number", String(16), nullable=False, index=True),  # the case, or ""
    Column("about", String(200), nullable=False),  # what else: never personal data
    Column("hash", String(64), nullable=False),
)

# One row: how long the log is and how it ends, so that lines missing at the end show as well.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("seal", String(64), nullable=False),
)

# What 管理员 switched in the console. Append-only: the newest of a name counts, the rest is its history.
switches = Table(
    "switches",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("name", String(40), nullable=False, index=True),
    Column("value", String(80), nullable=False),
    Column("by", String(16), nullable=False),
    Column("at", Moment, nullable=False),
)

# A conversation that a person has (or is wanted for).
talks = Table(
    "talks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("user", String(32), nullable=False, index=True),  # blind index of the openid
    Column("user_blob", LargeBinary, nullable=False),
    Column("state", String(12), nullable=False),  # waiting, left, taken, closed
    Column("clerk", String(16), nullable=False),  # id of the account that answers, "" while nobody does
    Column("opened", Moment, nullable=False),
    Column("quiet_until", Moment, nullable=True),  # the bot keeps quiet until then
    Column("last_in", Moment, nullable=False),  # when the citizen wrote last: WeChat's window counts from it
    Column("last_out", Moment, nullable=True),
    Column("closed", Moment, nullable=True),
    Index("ix_talks_state_last_in", "state", "last_in"),
)

talk_lines = Table(
    "talk_lines",
    metadata,
    Column("talk", String(32), ForeignKey("talks.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("by", String(16), nullable=False),  # "citizen", "system", or the id of an account
    Column("state", String(8), nullable=False, server_default=""),  # of a clerk's: sending, sent, failed
    Column("mark", String(32), nullable=False),  # blind index of the message: a repeated one is stored once
    Column("at", Moment, nullable=False),
    Column("blob", LargeBinary, nullable=False),
    Index("ix_talk_lines_mark", "talk", "mark", unique=True),
)
