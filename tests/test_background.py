"""Tasks of the background end, even those that lose a cancellation."""

import asyncio

from bot.background import end


async def test_a_task_that_loses_its_cancellation_ends_all_the_same() -> None:
    lost: list[str] = []

    async def stubborn() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if lost:
                    raise
                lost.append("once")

    async def failing() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise OSError("on the way out")

    tasks = [
        asyncio.create_task(stubborn()),
        asyncio.create_task(failing()),
        asyncio.create_task(asyncio.sleep(0)),
    ]
    await asyncio.sleep(0.01)
    await asyncio.wait_for(end(tasks, again=0.02), 5)
    assert all(task.done() for task in tasks)
    assert lost == ["once"]
