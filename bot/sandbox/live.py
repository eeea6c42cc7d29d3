"""Server-sent events: what arrives in a chat, the moment it does."""

import asyncio

from aiohttp import web

from bot.sandbox.journal import Item, Journal

PING_SECONDS = 15.0


async def stream(request: web.Request, journal: Journal, openid: str) -> web.StreamResponse:
    """First what the page missed since `Last-Event-ID` (or `?after=`), then everything as it happens."""
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    after = request.headers.get("Last-Event-ID") or request.query.get("after", "")
    try:
        with journal.page(openid) as queue:  # listen first, then look back: nothing falls between
            for entry in await journal.entries(openid, after):
                await _send(response, ("entry", entry.id, entry.model_dump_json()))
            await response.write(b": hello\n\n")
            await _follow(response, queue)
    except ConnectionResetError:
        pass  # the page is gone
    return response


async def _follow(response: web.StreamResponse, queue: asyncio.Queue[Item | None]) -> None:
    while True:
        try:
            item = await asyncio.wait_for(queue.get(), PING_SECONDS)
        except TimeoutError:
            await response.write(b": still here\n\n")
            continue
        if item is None:
            return
        await _send(response, item)


async def _send(response: web.StreamResponse, item: Item) -> None:
    event, id_, data = item
    head = f"id: {id_}\n" if id_ else ""
    await response.write(f"{head}event: {event}\ndata: {data}\n\n".encode())
