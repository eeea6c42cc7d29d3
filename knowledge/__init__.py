"""What the bot knows: documents, answers, search over both, the calendar and the deadlines."""
