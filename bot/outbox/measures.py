"""What Prometheus gets to see of the outbox: what became of messages, and what still waits.

Counters count what this process did; the gauges are read from the database when they are asked for, so every
replica tells the same of them. Labels hold our own words only: kinds, channels, states.
"""

from collections.abc import Mapping
from math import nan
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge
from sqlalchemy import Row, func, select

from bot.outbox.results import Claimed, Result
from bot.outbox.states import DEAD, NEW, SENT, UNCERTAIN, WAITING
from bot.store.database import Database
from bot.store.schema import outbox
from bot.stores import STORE_AWAY
from handlers.ports import Clock

# Mail goes over one channel only, which a result that is no success does not name.
ONLY = {"mail": "mail", "staff_mail": "mail"}


class Measures:
    """The outbox's part of `/metrics`: `registry` is registered there as one collector among others."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        labels = ["kind", "channel"]
        self.sent = Counter("linxia_outbox_sent", "Messages that went out", labels, registry=registry)
        self.retried = Counter(
            "linxia_outbox_retried", "Attempts that failed and are made again", labels, registry=registry
        )
        self.dead = Counter("linxia_outbox_dead", "Messages given up", labels, registry=registry)
        self.uncertain = Counter(
            "linxia_outbox_uncertain", "Messages that may have gone out or not", labels, registry=registry
        )
        self.waiting = Gauge("linxia_outbox_waiting", "Messages that wait", ["state"], registry=registry)
        self.oldest = Gauge(
            "linxia_outbox_oldest_seconds",
            "How long the oldest message that waits has been due",
            ["state"],
            registry=registry,
        )

    def count(self, message: Claimed, result: Result, state: str) -> None:
        """One attempt came to its end and left the message in `state`."""
        counter = {SENT: self.sent, NEW: self.retried, DEAD: self.dead, UNCERTAIN: self.uncertain}.get(state)
        if counter is not None:
            counter.labels(message.kind, result.channel or ONLY.get(message.kind, "none")).inc()


class Depth:
    """Reads what waits from the database."""

    def __init__(self, database: Database, measures: Measures, clock: Clock) -> None:
        self._database, self.measures, self._clock = database, measures, clock

    async def look(self) -> None:
        """Bring the gauges up to date; not a number where the database is away."""
        figures = (func.count().label("messages"), func.min(outbox.c.made).label("oldest"))
        wanted = select(outbox.c.state, *figures).where(outbox.c.state.in_(WAITING))
        try:
            async with self._database.read() as connection:
                found = await connection.execute(wanted.group_by(outbox.c.state))
                rows: dict[str, Row[Any]] = {row.state: row for row in found}
        except STORE_AWAY:
            self._show({}, nan)
        else:
            self._show(rows, 0)

    def _show(self, rows: Mapping[str, Row[Any]], nothing: float) -> None:
        now = self._clock.now()
        for state in WAITING:
            row = rows.get(state)
            # What is made for a later hour has not waited yet.
            age = max(0.0, (now - row.oldest).total_seconds()) if row else nothing
            self.measures.waiting.labels(state).set(row.messages if row else nothing)
            self.measures.oldest.labels(state).set(age)
