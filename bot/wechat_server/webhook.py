"""Posts callbacks to the account's server: five seconds, three deliveries in all, then the error banner."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.wechat_server.account import Account
from bot.wechat_server.envelope import Envelope, EnvelopeError
from bot.wechat_server.xml import Value, articles, from_xml, to_xml
from handlers.ports import Clock

DELIVERIES = 3
PATIENCE = 5.0  # seconds before WeChat drops the connection and delivers again
BANNER = "该公众号提供的服务出现故障，请稍后再试"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One delivery: how long it took, the HTTP status (0: none), what went wrong ("" nothing)."""

    ms: int
    status: int
    error: str = ""


@dataclass
class Delivery:
    """A callback on the wire and what came back. `reply` is None when the bot stays silent."""

    plain: str
    url: str = ""
    body: str = ""
    attempts: list[Attempt] = field(default_factory=list)
    answer: str = ""
    answer_plain: str = ""
    reply: dict[str, Any] | None = None
    error: str = ""

    @property
    def text(self) -> str:
        """The text of the reply, the banner if the service failed, else ""."""
        if self.error:
            return BANNER
        return str((self.reply or {}).get("Content", ""))


class Webhook:
    """The way to the bot's `/wechat`. `patience` in seconds; tests shorten it."""

    def __init__(self, account: Account, clock: Clock, *, patience: float = PATIENCE) -> None:
        self.url = account.webhook_url
        self.patience = patience
        self._envelope, self._clock = Envelope(account), clock
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()
            self._session = None

    async def verify(self, echo: str) -> bool:
        """Whether the server answers the GET check as mp.weixin.qq.com wants it."""
        query = self._envelope.verification_query(echo, int(self._clock.now().timestamp()))
        async with self._http().get(f"{self.url}?{query}") as response:
            return response.status == 200 and await response.text() == echo

    async def post(self, fields: Mapping[str, Value]) -> Delivery:
        """Deliver, again when there is no answer in time, and open what comes back."""
        delivery = Delivery(plain=to_xml(fields))
        for _ in range(DELIVERIES):
            if await self._attempt(delivery):
                break
        else:
            delivery.error = delivery.attempts[-1].error
            return delivery
        try:
            delivery.answer_plain = self._envelope.open(delivery.answer)
            delivery.reply = _reply(delivery.answer_plain) if delivery.answer_plain else None
        except (EnvelopeError, ValueError) as error:
            delivery.error = str(error)
        return delivery

    async def _attempt(self, delivery: Delivery) -> bool:
        sealed = self._envelope.seal(delivery.plain, int(self._clock.now().timestamp()))
        delivery.url, delivery.body = f"{self.url}?{sealed.query}", sealed.body
        began = time.monotonic()
        status, error = 0, ""
        try:
            async with self._http().post(
                delivery.url,
                data=sealed.body.encode(),
                headers={"Content-Type": "text/xml"},
                timeout=aiohttp.ClientTimeout(total=self.patience),
            ) as response:
                status = response.status
                delivery.answer = await response.text()
                error = "" if status == 200 else f"HTTP {status}"
        except TimeoutError:
            error = f"no answer within {self.patience:g} s"
        except aiohttp.ClientError as trouble:
            error = type(trouble).__name__
        delivery.attempts.append(Attempt(int((time.monotonic() - began) * 1000), status, error))
        return not error

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=False)
        return self._session


class Callbacks:
    """Event callbacks that follow an API call a little later, one after another as they were caused."""

    def __init__(self, webhook: Webhook) -> None:
        self._webhook = webhook
        self._tasks: set[asyncio.Task[None]] = set()
        self.delivered: deque[Delivery] = deque(maxlen=1000)
        self.on_delivered: list[Callable[[str, str, Delivery], None]] = []  # openid, event, delivery

    def send(self, fields: Mapping[str, Value]) -> None:
        """Post in the background; nothing happens when the account has no server address."""
        if self._webhook.url:
            task = asyncio.create_task(self._post(fields))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Wait until everything that was sent has been delivered or given up."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        """Drop what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _post(self, fields: Mapping[str, Value]) -> None:
        delivery = await self._webhook.post(fields)
        self.delivered.append(delivery)
        for listener in self.on_delivered:
            listener(str(fields.get("FromUserName", "")), str(fields.get("Event", "")), delivery)


def _reply(xml: str) -> dict[str, Any]:
    fields: dict[str, Any] = dict(from_xml(xml))
    if fields.get("MsgType") == "news":
        fields["Articles"] = articles(xml)
    return fields
