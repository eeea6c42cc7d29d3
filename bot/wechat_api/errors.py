"""What can go wrong with a call, sorted by what has to be done about it."""

from collections.abc import Mapping
from typing import Literal

ErrorKind = Literal["refused", "quota", "network", "token", "setup", "duplicate", "content", "other"]

# The error codes of an access token that has to be replaced.
STALE_TOKEN = frozenset({40001, 40014, 42001})

_KINDS: Mapping[ErrorKind, frozenset[int]] = {
    # This person cannot be reached this way: take the next channel at once.
    "refused": frozenset({40003, 43004, 43101, 45015, 45047, 45080, 48001, 48002, 48008, 50005}),
    # Counts are used up: wait (45028 for mass sending, until the next day or month).
    "quota": frozenset({45009, 45011, 45028, 45066, 48006}),
    # The platform is busy: try again with backoff.
    "network": frozenset({-1}),
    "token": STALE_TOKEN | {41001},
    # Only the operator can put it right: AppID, secret, white list, frozen account.
    "setup": frozenset({40002, 40013, 40125, 40164, 41002, 41004, 50002, 61004, 89501, 89503, 89506, 89507}),
    # The platform has carried out the same call before.
    "duplicate": frozenset({45065}),
    # What was sent does not fit: sending it again changes nothing.
    "content": frozenset(
        {40004, 40007, 40008, 40009, 40010, 40016, 40017, 40018, 40019, 40020, 40023, 40025, 40032, 40035}
        | {
            40037,
            40130,
            40132,
            41005,
            44002,
            44004,
            45002,
            45003,
            45004,
            45008,
            45056,
            45058,
            45059,
            45067,
            45072,
            45157,
        }
        | {45158, 45159, 46003, 47001, 47003}
    ),
}
_KIND_OF = {code: kind for kind, codes in _KINDS.items() for code in codes}


class WeChatError(Exception):
    """A call that did not do what it should; its text never holds a token, a secret or a person's id.

    `code` is WeChat's errcode (0 when no answer came), `path` the endpoint, `data` the rest of the answer.
    `maybe_done`: the connection broke after the request was sent, so it may have been carried out.
    """

    def __init__(
        self,
        code: int,
        kind: ErrorKind,
        path: str,
        reason: str = "",
        *,
        maybe_done: bool = False,
    ) -> None:
        super().__init__(f"{path}: {kind} {code} {reason}".rstrip())
        self.code, self.kind, self.path, self.reason = code, kind, path, reason
        self.maybe_done = maybe_done
        self.data: dict[str, object] = {}

    @property
    def temporary(self) -> bool:
        """Whether the same call may succeed later."""
        return self.kind in ("quota", "network", "token", "setup")


def kind_of(code: int) -> ErrorKind:
    """What has to be done about an errcode."""
    return _KIND_OF.get(code, "other")
