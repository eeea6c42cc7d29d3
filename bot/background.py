"""Tasks in the background, and how they are ended."""

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_SECONDS = 2.0


async def end(tasks: Iterable[asyncio.Task[Any]], again: float = AGAIN_SECONDS) -> None:
    """Cancel the tasks and wait until all are over; what they raise is not of interest any more.

    A cancellation can be lost: a library at the end of its own time limit just then takes it for that.
    So who goes on is cancelled again after `again` seconds; a service that stops does not hang.
    """
    running = {task for task in tasks if not task.done()}
    while running:
        for task in running:
            task.cancel()
        over, running = await asyncio.wait(running, timeout=again)
        for task in over:
            if not task.cancelled():
                task.exception()  # looked at, so that asyncio does not report it as forgotten
