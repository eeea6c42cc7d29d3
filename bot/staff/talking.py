"""Answering people in WeChat: inside their window, counted, put down before it is sent."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from aiohttp import web

from bot.background import end
from bot.clock import ShiftedClock
from bot.evidence import EvidenceStore
from bot.outbox.windows import Windows
from bot.store.talk_desk import TalkDesk
from bot.store.talk_rows import NewLine, TalkRow
from bot.stores import STORE_AWAY
from bot.wechat_api import WeChatApi, WeChatError
from config.texts import say
from handlers.ports import Clock

POLL_SECONDS = 15.0
PURGE_EVERY = timedelta(hours=6)
LONGEST_BYTES = 1800  # of a customer-service text, with room for “工作人员”
WINDOW_CLOSED = frozenset({43004, 45015, 45047})

log = structlog.get_logger()


class NotSentError(Exception):
    """The answer did not go out; the message says what the clerk can do."""


@dataclass(frozen=True)
class Talking:
    """Sends what a clerk writes."""

    desk: TalkDesk
    windows: Windows
    wechat: WeChatApi
    clock: Clock

    async def left(self, user: str) -> tuple[int, datetime | None]:
        """How many messages may still be sent to this person, and until when."""
        return await self.windows.left(user, self.clock.now())

    async def answer(self, talk: TalkRow, line: NewLine, seen: int) -> None:
        """Send `line` to the person of this conversation.

        Raises:
            SaidAlreadyError, OthersSpokeError: as `TalkDesk.begin_answer` says.
            NotSentError: the window is closed, or WeChat refused.
        """
        if len(line.text.encode()) > LONGEST_BYTES:
            raise NotSentError("太长了，微信一条最多600字左右，请分成几条发。")
        seq, first = await self.desk.begin_answer(talk.id, line, seen)
        try:
            await self._send(talk.user, say("human.first" if first else "human.clerk", text=line.text))
        except NotSentError:
            await self.desk.end_answer(talk.id, seq, sent=False)
            raise
        await self.desk.end_answer(talk.id, seq, sent=True)

    async def _send(self, user: str, text: str) -> None:
        window = await self.windows.spend(user, self.clock.now())
        if window == "closed":
            raise NotSentError("现在不能发：对方超过48小时没来消息，或者这一轮的条数用完了。请打电话联系。")
        try:
            await self.wechat.messages.send_text(user, text)
        except WeChatError as error:
            if error.code in WINDOW_CLOSED:
                await self.windows.close(user)
                raise NotSentError(
                    f"微信不让发（{error.code}）：窗口关了或者对方取消了关注。请打电话联系。"
                ) from error
            if error.maybe_done:
                raise NotSentError(
                    "微信没有回应，不知道发没发出去。请过一会儿看对方有没有回，再决定要不要重发。"
                ) from error
            await self.windows.give_back(user, window)
            raise NotSentError(f"没有发出去（{error.kind} {error.code}），请过一会儿再试。") from error


class TalkJob:
    """Gives back what nobody answered in time, deletes what is old."""

    def __init__(self, desk: TalkDesk, evidence: EvidenceStore, clock: Clock) -> None:
        self._desk, self._evidence, self._clock = desk, evidence, clock
        self._wake = asyncio.Event()
        if isinstance(clock, ShiftedClock):
            clock.on_move(self._wake.set)
        self._purged: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, app: web.Application) -> None:
        """Run in the background (an `on_startup` signal)."""
        self._task = asyncio.create_task(self._run())

    async def stop(self, app: web.Application) -> None:
        """End it (an `on_shutdown` signal)."""
        if self._task is not None:
            await end([self._task])

    async def run_once(self) -> None:
        """Everything that is due now."""
        await self._desk.lapse_due()
        now = self._clock.now()
        if self._purged is None or now - self._purged >= PURGE_EVERY:
            while gone := await self._desk.purge():
                for id in gone:
                    await self._evidence.drop(f"talk:{id}")
                log.info("talks_purged", count=len(gone))
            self._purged = now

    async def _run(self) -> None:
        while True:
            try:
                await self.run_once()
            except STORE_AWAY as error:
                log.warning("talk_job_put_off", exc_info=error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()
            self._wake.clear()
