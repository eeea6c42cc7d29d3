"""What is said to whom about a case, and when: pure functions from a case and its events to messages."""
