"""`GET/POST /wechat`: the door itself. Every refusal has an empty body; every answer comes within 4.5 s."""

import asyncio
import time
import uuid

import structlog
from aiohttp import web

from bot.conversation import Conversation, TooSlow
from bot.metrics import Metrics
from bot.stores import STORE_AWAY
from bot.webhook.errors import Refused, TooLarge
from bot.webhook.gate import Gate, Verified
from bot.webhook.reply import text_reply

BODY_LIMIT = 64 * 1024
ANSWER_SECONDS = 4.4  # WeChat hangs up at five; 4.5 is the promise, the rest is for the way back
BODY_SECONDS = 2.0

log = structlog.get_logger()


class Webhook:
    """Serves WeChat's callback."""

    def __init__(self, gate: Gate, conversation: Conversation, metrics: Metrics) -> None:
        self._gate = gate
        self._conversation = conversation
        self._metrics = metrics

    def routes(self) -> list[web.RouteDef]:
        """The two routes, to be added to the application."""
        return [web.get("/wechat", self.greet, allow_head=False), web.post("/wechat", self.receive)]

    async def greet(self, request: web.Request) -> web.Response:
        """The console's check of the URL: give the `echostr` back."""
        try:
            return web.Response(text=self._gate.greet(request.query))
        except Refused as refusal:
            return self._refuse(refusal)

    async def receive(self, request: web.Request) -> web.Response:
        """One delivery of one message."""
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request=uuid.uuid4().hex):
            try:
                response = await self._answer(request, began)
            except Refused as refusal:
                response = self._refuse(refusal)
            except TooSlow:
                log.info("answer_not_there_yet")
                response = web.Response(status=503)
            except STORE_AWAY as error:
                self._metrics.away.inc()
                log.error("store_away", exc_info=error)
                response = web.Response(status=503)
        self._metrics.seconds.labels(response.status).observe(time.perf_counter() - began)
        return response

    async def _answer(self, request: web.Request, began: float) -> web.Response:
        verified = self._gate.let_in(request.query, await _body(request))
        left = ANSWER_SECONDS - (time.perf_counter() - began)
        text = await self._conversation.answer(verified.message, verified.signature, verified.digest, left)
        if not text:
            return web.Response(text="success")
        return web.Response(text=_sealed(verified, text), content_type="application/xml")

    def _refuse(self, refusal: Refused) -> web.Response:
        self._metrics.refused.labels(refusal.reason).inc()
        log.warning("request_refused", reason=refusal.reason, status=refusal.status)
        return web.Response(status=refusal.status)


def _sealed(verified: Verified, text: str) -> str:
    now = int(time.time())
    xml = text_reply(verified.message, text, now)
    return verified.seal.close(xml, str(now), verified.nonce) if verified.seal else xml


async def _body(request: web.Request) -> bytes:
    """The body, but never more of it than the limit, and not for ever.

    Raises:
        Refused: too large, or it does not arrive.
    """
    if (request.content_length or 0) > BODY_LIMIT:
        raise TooLarge
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while len(body) <= BODY_LIMIT and (chunk := await request.content.readany()):
                body += chunk
    except TimeoutError as error:
        raise Refused from error
    if len(body) > BODY_LIMIT:
        raise TooLarge
    return bytes(body)
