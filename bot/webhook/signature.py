"""WeChat's signatures: SHA-1 over the sorted parts, compared in constant time."""

import hashlib
import hmac

FRESH_SECONDS = 300


def sign(*parts: str) -> str:
    """The signature of these parts; the first is the token."""
    return hashlib.sha1("".join(sorted(parts)).encode(errors="replace")).hexdigest()  # noqa: S324 the platform's choice


def is_genuine(given: str, *parts: str) -> bool:
    """Whether `given` is the signature of these parts."""
    return hmac.compare_digest(given.encode(errors="replace"), sign(*parts).encode())


def is_fresh(timestamp: str, now: float) -> bool:
    """Whether the timestamp (Unix seconds) lies within five minutes of `now`."""
    plain = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11
    return plain and abs(now - int(timestamp)) <= FRESH_SECONDS
