"""One message, one way through: claim it, wait for the user's turn, read the session, handle, commit.

WeChat waits five seconds and delivers a message up to three times. While the answer is not there:

- deliveries one and two are answered with 503 after 4.3 s. WeChat takes any status but 200 as a failure and
  delivers again at once (an empty 200 would end it, and the citizen would get silence); the next delivery
  finds the result, or waits for it on.
- the third is told in words that it takes longer, and the result leads the reply at the next contact.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

import structlog

from bot.metrics import Metrics
from bot.sessions import SessionCodec
from bot.stores import STORE_AWAY
from bot.turns.leases import Leases
from bot.turns.line import Lines, Spot
from bot.turns.store import Admission, Opened, Place, TurnStore
from bot.vault import Vault
from bot.webhook.errors import Replayed
from config.texts import say
from handlers.message import Message
from handlers.paging import paged
from handlers.ports import Clock
from handlers.turn import Session, Turn

DELIVERIES = 3  # WeChat's, in all
POLL_SECONDS = 0.04  # while another process has the turn or the message
GIVE_UP_SECONDS = 0.15

Handle = Callable[[Message, Session], Awaitable[Turn]]
Perform = Callable[[Message, Turn], Awaitable[Turn]]

log = structlog.get_logger()


class TooSlow(Exception):  # noqa: N818 it is an outcome, not an error of ours
    """No answer yet: WeChat is to deliver again."""


@dataclass
class Delivery:
    """One delivery on its way; `number` is known once it is admitted."""

    message: Message
    place: Place
    number: int = 0


@dataclass(frozen=True)
class Conversation:
    """Everything between a verified message and the text that answers it ("" for a silent success).

    `perform` carries out the turn's events before the commit and may put words into the turn (a case number);
    it is called again when a process died in between, so it must be idempotent by what the events carry.
    """

    store: TurnStore
    leases: Leases
    vault: Vault
    codec: SessionCodec
    clock: Clock
    metrics: Metrics
    handle: Handle
    perform: Perform
    per_minute: int
    lines: Lines = field(default_factory=Lines)
    running: dict[str, asyncio.Event] = field(default_factory=dict)
    tasks: set[asyncio.Task[str]] = field(default_factory=set)

    async def answer(self, message: Message, signature: str, digest: str, seconds: float) -> str:
        """The text that answers this delivery, within `seconds`.

        Raises:
            Replayed: the signature was seen with another body.
            TooSlow: WeChat is to deliver again.
            STORE_AWAY: Redis or the database did not answer.
        """
        delivery = Delivery(message, self._place(message, signature, digest))
        task = asyncio.create_task(self._deliver(delivery))
        self.tasks.add(task)
        task.add_done_callback(self._finished)
        done, _ = await asyncio.wait({task}, timeout=seconds - GIVE_UP_SECONDS)
        if done:
            return task.result()
        return await self._too_slow(delivery)

    async def finish(self, seconds: float) -> None:
        """Let what is in flight come to its end, for at most `seconds`."""
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=seconds)

    def _finished(self, task: asyncio.Task[str]) -> None:
        self.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, Replayed):
            log.warning("delivery_failed", exc_info=error)

    def _place(self, message: Message, signature: str, digest: str) -> Place:
        index = self.vault.index
        return Place(
            ticket=secrets.token_hex(12),
            user=index(message.user, "user"),
            message=index(f"{message.user}\0{message.id}", "message"),
            signature=index(signature, "signature"),
            digest=digest,
        )

    async def _deliver(self, delivery: Delivery) -> str:
        message, first_look = delivery.message, True
        while True:
            place = delivery.place
            async with self.lines.arrival(place.user) as line:
                counted = first_look and message.kind != "event"
                admission = await self._admit(place, first_look=first_look, counted=counted)
                spot = line.join() if admission.state in ("turn", "wait") else None
            delivery.number = admission.deliveries
            if admission.state == "refused":
                raise Replayed
            if spot is not None:
                with spot:
                    answer = await self._take_turn(message, place, spot, admission)
                if answer is not None:
                    return answer
                delivery.place = replace(place, ticket=secrets.token_hex(12))
            elif admission.state == "done":
                self.metrics.shared.inc()
                return self._unseal(admission.result)
            else:
                await self._wait_for(place.message)
            first_look = False

    async def _admit(self, place: Place, *, first_look: bool, counted: bool) -> Admission:
        with self.metrics.store("redis", "admit"):
            return await self.store.admit(place, first_look=first_look, counted=counted)

    async def _wait_for(self, message: str) -> None:
        """Another delivery has this message: wait for it, by its event here or by looking again."""
        here = self.running.get(message)
        if here is not None:
            await here.wait()
        else:
            await asyncio.sleep(POLL_SECONDS)

    async def _take_turn(
        self, message: Message, place: Place, spot: Spot, admission: Admission
    ) -> str | None:
        """The answer, or None when the claim was lost to another process meanwhile."""
        over = self.running.setdefault(place.message, asyncio.Event())
        self.metrics.waiting.inc()
        try:
            with self.leases.held(place.ticket):
                opened = admission.opened or await self._turn(place, spot)
                return await self._converse(message, place, opened, admission.recent) if opened else None
        except STORE_AWAY:
            await self._abandon(place)
            raise
        finally:
            self.metrics.waiting.dec()
            self.running.pop(place.message, None)
            over.set()

    async def _turn(self, place: Place, spot: Spot) -> Opened | None:
        """Wait until every earlier message of this user is done, here and in other processes."""
        await spot.called.wait()
        while True:
            with self.metrics.store("redis", "enter"):
                admission = await self.store.enter(place)
            if admission.state != "wait":
                return admission.opened
            await asyncio.sleep(POLL_SECONDS)

    async def _converse(self, message: Message, place: Place, opened: Opened, recent: int) -> str | None:
        while True:
            session = self.codec.load(opened.blob, place.user, self.clock.now())
            turn = await self._handled(message, session, recent, place)
            late = self._late(opened.late) if turn.replies else ()
            text, after = paged(turn, late)
            saved = b"" if after == session and not text else self._dump(after, place)
            with self.metrics.store("redis", "commit"):
                outcome = await self.store.commit(place, opened, saved, self._seal(text))
            if outcome == "ok":
                self._record(message, turn, place, len(late))
                return text
            if outcome == "lost":
                return None
            # Someone changed the session outside a turn (a clerk took over): read it again.
            reopened = (await self.store.enter(place)).opened
            if reopened is None:
                return None
            opened = reopened

    async def _handled(self, message: Message, session: Session, recent: int, place: Place) -> Turn:
        """The one error boundary: a fault of ours is logged, said, and not tried again by WeChat."""
        if recent > self.per_minute:
            told = (say("trouble.too_fast"),) if recent == self.per_minute + 1 else ()
            return Turn(replies=told, session=session, intent="too_fast")
        try:
            return await self.perform(message, await self.handle(message, session))
        except STORE_AWAY:
            raise
        except Exception as error:
            self.metrics.failed.labels(type(error).__name__).inc()
            log.error("handler_failed", kind=message.kind, user=place.user[:12], exc_info=error)
            silent = message.kind == "event" and message.event != "click"
            return Turn(replies=() if silent else (say("trouble.failed"),), session=session, intent="failed")

    async def _too_slow(self, delivery: Delivery) -> str:
        if delivery.number < DELIVERIES:
            raise TooSlow
        async with asyncio.timeout(GIVE_UP_SECONDS):
            result = await self.store.give_up(delivery.place)
        if result is not None:
            return self._unseal(result)
        self.metrics.late.inc()
        log.warning("answer_is_late", kind=delivery.message.kind, user=delivery.place.user[:12])
        return say("late.wait") if delivery.message.kind != "event" else ""

    async def _abandon(self, place: Place) -> None:
        try:
            async with asyncio.timeout(1):
                await self.store.abandon(place)
        except STORE_AWAY:
            log.info("claim_left_to_its_lease")

    def _record(self, message: Message, turn: Turn, place: Place, late: int) -> None:
        self.metrics.count(message.kind, turn.intent)
        log.info(
            "message",
            kind=message.kind,
            name=message.event or None,
            intent=turn.intent,
            entry=turn.entry,
            user=place.user[:12],
            delay=round((self.clock.now() - message.at).total_seconds(), 1),
            late=late or None,
        )

    def _dump(self, session: Session, place: Place) -> bytes:
        return self.codec.dump(session, place.user, self.clock.now())

    def _late(self, results: Sequence[bytes]) -> tuple[str, ...]:
        return tuple(f"{say('late.lead')}\n{self._unseal(result)}" for result in results)

    def _seal(self, text: str) -> bytes:
        return self.vault.encrypt(text.encode(), b"result") if text else b""

    def _unseal(self, result: bytes) -> str:
        return self.vault.decrypt(result, b"result").decode() if result else ""
