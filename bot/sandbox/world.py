"""The sandbox at work: people act, the platform posts, the journal keeps, pages hear."""

import asyncio
import contextlib
import json
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.background import end
from bot.clock import ShiftedClock
from bot.sandbox import memory
from bot.sandbox.actions import Action, Voice, with_recording
from bot.sandbox.entries import Entry, call_wire, callback_wire, pushed_entry, reply_entry
from bot.sandbox.journal import Journal
from bot.sandbox.memory import Memory
from bot.vault import Vault
from bot.wechat_server import Delivery, Phone, Platform
from bot.wechat_server.records import Call, Delivered
from config.menu import menu
from config.sandbox import Person

SAVE_SECONDS = 0.5

log = structlog.get_logger()


@dataclass
class World:
    """Everything behind the chat page."""

    platform: Platform
    clock: ShiftedClock
    redis: Redis
    vault: Vault
    journal: Journal
    memory: Memory = field(default_factory=Memory)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.phone = Phone(self.platform)
        self.platform.records.on_delivery.append(self._arrived)
        self.platform.records.on_call.append(self._called)
        self.platform.callbacks.on_delivered.append(self._called_back)

    async def open(self) -> None:
        """Take up where the last run stopped."""
        self.memory = await memory.load(self.redis, self.vault)
        self.platform.restore(self.memory.platform)
        self.clock.move(max(self.memory.ahead - self.clock.offset, timedelta(0)))
        if not self.platform.menu.buttons:
            self.platform.menu.buttons = menu().as_wechat()["button"]
        self._start(self._keep_saving())

    async def close(self) -> None:
        """Send the pages home, drop what is under way, keep what there is."""
        self.journal.close()
        await end(self.tasks)
        with contextlib.suppress(RedisError):
            await self._save()

    def person(self, openid: str) -> Person | None:
        """Someone of the cast."""
        return next((p for p in self.memory.everyone() if p.openid == openid), None)

    def add_person(self, person: Person) -> None:
        """One more to be."""
        self.memory = self.memory.model_copy(update={"people": (*self.memory.people, person)})
        self.changed.set()

    async def act(self, openid: str, action: Action) -> Entry | None:
        """Do it: the line in the person's own chat at once, the delivery in the background."""
        if isinstance(action, Voice):
            action = with_recording(action, self.platform)
        shown = action.shown(self.clock)
        kept = await self.journal.add(openid, shown) if shown else None
        self._start(self._deliver(openid, action))
        return kept

    async def move_clock(self, to: datetime, openid: str) -> datetime:
        """Move the time forward and tell everyone. ValueError for a step back."""
        now = self.clock.move_to(to)
        self.journal.tell("clock", json.dumps({"now": now.isoformat()}))
        if openid:
            text = f"时间快进到 {now:%Y年%-m月%-d日 %H:%M}"
            await self.journal.add(openid, Entry(who="note", kind="clock", at=now, text=text))
        self.changed.set()
        return now

    def is_following(self, openid: str) -> bool:
        """Whether this person follows the account now."""
        found = self.platform.followers.people.get(openid)
        return found is not None and found.following

    async def _deliver(self, openid: str, action: Action) -> None:
        delivery = await action.perform(openid, self.phone)
        now = self.clock.now()
        reply = reply_entry(delivery, now)
        if reply:
            await self.journal.add(openid, reply)
        await self.journal.add_wire(callback_wire(openid, action.kind, delivery, now))
        self.changed.set()

    def _arrived(self, message: Delivered) -> None:
        if message.channel == "typing":
            self.journal.tell("typing", json.dumps(message.msgtype == "Typing"), to=message.openid)
            return
        self._start(self.journal.add(message.openid, pushed_entry(message)))

    def _called(self, call: Call) -> None:
        self._start(self.journal.add_wire(call_wire(call)))
        self.changed.set()

    def _called_back(self, openid: str, event: str, delivery: Delivery) -> None:
        self._start(self.journal.add_wire(callback_wire(openid, event, delivery, self.clock.now())))

    async def _keep_saving(self) -> None:
        while True:
            await self.changed.wait()
            await asyncio.sleep(SAVE_SECONDS)  # several changes, one write
            self.changed.clear()
            try:
                await self._save()
            except RedisError as error:
                log.warning("sandbox_not_kept", reason=type(error).__name__)

    async def _save(self) -> None:
        update = {"platform": self.platform.snapshot(), "ahead": self.clock.offset}
        self.memory = self.memory.model_copy(update=update)
        await memory.save(self.redis, self.vault, self.memory)

    def _start(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("sandbox_failed", exc_info=error)
