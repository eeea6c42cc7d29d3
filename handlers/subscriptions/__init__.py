"""Subscribing to consumer warnings: what is wished for, and the conversation about it."""
