"""What the bot knows: documents, answers, search over both, the calendar and the deadlines."""

from knowledge.base import Knowledge, load

__all__ = ["Knowledge", "load"]
