"""Tables of the subscribers of consumer warnings."""

from sqlalchemy import Boolean, Column, Index, LargeBinary, String, Table

from bot.store.schema import metadata
from bot.store.types import Moment

subscribers = Table(
    "subscribers",
    metadata,
    Column("user", String(32), primary_key=True),  # blind index of the openid
    Column("user_blob", LargeBinary, nullable=False),
    Column("changed", Moment, nullable=False),
    Column("tagged", String(200), nullable=False),  # names of the tags that WeChat has for them, with spaces
    Column("dirty", Boolean, nullable=False, index=True),  # WeChat's tags have to be brought up to date
)

# What they wish for: a category and a county ("622900" is the whole prefecture, "all" every category).
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("user", String(32), primary_key=True),
    Column("category", String(16), primary_key=True),
    Column("county", String(6), primary_key=True),
    Index("ix_subscriptions_category_county", "category", "county"),
)
