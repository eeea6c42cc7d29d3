"""What `/metrics` tells Prometheus. Labels hold only our own words: no user, no text, nothing unbounded."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

FAST = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 4.5, 10.0)
STORE = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 3.0)


class Metrics:
    """The counters of one application; each has its own registry, so several can live in one process."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.messages = Counter(
            "linxia_messages", "Messages handled, once each", ["kind", "intent"], registry=registry
        )
        self.seconds = Histogram(
            "linxia_answer_seconds", "From request to answer", ["status"], buckets=FAST, registry=registry
        )
        self.store_seconds = Histogram(
            "linxia_store_seconds",
            "One store operation",
            ["store", "operation"],
            buckets=STORE,
            registry=registry,
        )
        self.declined = Counter("linxia_declined", "Questions declined as out of scope", registry=registry)
        self.clarified = Counter("linxia_clarified", "Questions answered with a choice", registry=registry)
        self.refused = Counter(
            "linxia_refused_requests", "Requests refused before any handler", ["reason"], registry=registry
        )
        self.shared = Counter(
            "linxia_shared_results", "Redeliveries answered with the first one's result", registry=registry
        )
        self.late = Counter("linxia_late_answers", "Answers put off to the next contact", registry=registry)
        self.failed = Counter("linxia_failed_messages", "Handlers that raised", ["error"], registry=registry)
        self.away = Counter("linxia_store_away", "Deliveries refused: a store was away", registry=registry)
        self.waiting = Gauge("linxia_messages_in_flight", "Messages being handled now", registry=registry)

    @contextmanager
    def store(self, store: str, operation: str) -> Iterator[None]:
        """Time one operation of a store (`redis`, `sql`)."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.store_seconds.labels(store, operation).observe(time.perf_counter() - began)

    def count(self, kind: str, intent: str) -> None:
        """One message was handled."""
        self.messages.labels(kind, intent or "none").inc()
        if intent == "oos":
            self.declined.inc()
        elif intent == "clarify":
            self.clarified.inc()

    def render(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry)
