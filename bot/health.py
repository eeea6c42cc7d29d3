"""`/healthz` (the process is alive), `/readyz` (it can answer now), `/metrics`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from bot.metrics import Metrics

PROBE_SECONDS = 1.5

Probe = Callable[[], Awaitable[object]]


class Health:
    """Answers whoever watches the service. `probes`: name → what raises or says False when it is down;
    `look`: brings those measures up to date that are read and not counted.
    """

    def __init__(
        self, probes: Mapping[str, Probe], metrics: Metrics, look: Callable[[], Awaitable[None]]
    ) -> None:
        self._probes = probes
        self._metrics = metrics
        self._look = look

    def routes(self) -> list[web.RouteDef]:
        """The three routes, to be added to the application."""
        return [
            web.get("/healthz", self.alive),
            web.get("/readyz", self.ready),
            web.get("/metrics", self.measures),
        ]

    async def alive(self, request: web.Request) -> web.Response:
        """200 while the event loop turns."""
        return web.json_response({"alive": True})

    async def ready(self, request: web.Request) -> web.Response:
        """200 when every store answers and the knowledge is loaded, else 503; says which."""
        names = list(self._probes)
        states = await asyncio.gather(*(self._state(name) for name in names))
        body = dict(zip(names, states, strict=True))
        return web.json_response(body, status=200 if all(states) else 503)

    async def measures(self, request: web.Request) -> web.Response:
        """Prometheus' exposition format."""
        await self._look()
        return web.Response(
            body=self._metrics.render(), headers={"Content-Type": "text/plain; version=0.0.4"}
        )

    async def _state(self, name: str) -> bool:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                with self._metrics.store(name, "probe"):
                    return await self._probes[name]() is not False
        except Exception:  # any failure at all means “not ready”: that is what a probe is for
            return False
