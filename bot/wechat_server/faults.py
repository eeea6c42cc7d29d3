"""Trouble on demand: what goes wrong in the next calls."""

import fnmatch
from dataclasses import dataclass
from typing import Literal

FaultKind = Literal["code", "slow", "timeout", "cut", "cut_after", "http"]


@dataclass(slots=True)
class Fault:
    """One kind of trouble for the next `times` calls of the paths that `path` (a shell pattern) names.

    code: answer `code` (an errcode; with kind "http" a status) · slow: answer right after `seconds` ·
    timeout: no answer for `seconds`, nothing done · cut: the connection drops, nothing done ·
    cut_after: the call is carried out, then the connection drops (the caller cannot know).
    """

    path: str
    kind: FaultKind
    code: int = 0
    seconds: float = 0.0
    times: int = 1


class Faults:
    """The queue of trouble, first come first served."""

    def __init__(self) -> None:
        self._queue: list[Fault] = []

    def add(
        self, path: str, kind: FaultKind, *, code: int = 0, seconds: float = 0.0, times: int = 1
    ) -> Fault:
        """Queue a fault; `path` may be a pattern such as `/cgi-bin/message/*` or `*`."""
        fault = Fault(path, kind, code, seconds, times)
        self._queue.append(fault)
        return fault

    def take(self, path: str) -> Fault | None:
        """The fault that this call meets, if any; counts it."""
        for fault in self._queue:
            if fnmatch.fnmatchcase(path, fault.path):
                fault.times -= 1
                if fault.times <= 0:
                    self._queue.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """No more trouble."""
        self._queue.clear()

    @property
    def pending(self) -> tuple[Fault, ...]:
        """What is still to go wrong."""
        return tuple(self._queue)
