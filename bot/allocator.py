"""How the C library keeps memory. Its defaults cost this process 40 MB; another library ignores all this."""

import ctypes
from contextlib import suppress

# <malloc.h>
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
_LARGE = 256 * 1024  # bytes; the arrays of one decision: given back when it is made
_ARENAS = 2  # instead of eight for each core, each with its own free memory


def settle() -> None:
    """To be called once, before threads are begun."""
    with suppress(AttributeError, OSError):
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, _LARGE)
        library.mallopt(_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Return to the system what was needed for a moment."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
