"""Keeps the brain of this process like the record of changes (`bot/store/entry_versions.py`).

Every replica asks for the number of the newest change every two seconds. A new one acts at once: answers come
from the changed entries, new wordings are found by a patch; meanwhile another process fits the understanding.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from datetime import date

import structlog

from bot import model_cache
from bot.brain import Brain
from bot.living.patch import Patch
from bot.store.entry_versions import EntryVersions
from config.settings import Settings
from handlers.ports import Clock
from knowledge.base import Knowledge
from knowledge.entries import Entry

POLL_SECONDS = 2.0

log = structlog.get_logger()


class LivingKnowledge:
    """One for a process. `poll` is called by its loop, and by the console right after a change."""

    def __init__(self, brain: Brain, versions: EntryVersions, settings: Settings, clock: Clock) -> None:
        self.brain, self.versions = brain, versions
        self.files: Knowledge = brain.knowledge
        self.everything: dict[str, Entry] = dict(self.files.entries)  # valid today or not
        self._folder, self._clock = settings.data_dir / "cache", clock
        self._seen: tuple[int, date | None] = (0, None)
        self._fitting: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    async def poll(self) -> bool:
        """Take over what changed; whether something did."""
        async with self._turn:
            now = (await self.versions.last(), self._clock.now().date())
            if now == self._seen:
                return False
            overlay = await self.versions.overlay() if now[0] else {}
            changed = await asyncio.to_thread(self._take_over, overlay, now[1])
            self._seen = now
        if changed and (self._fitting is None or self._fitting.done()):
            self._fitting = asyncio.create_task(self._fit())
        return changed

    async def close(self) -> None:
        """Stop fitting; the next start fits what is missing."""
        if self._fitting is not None and not self._fitting.done():
            self._fitting.cancel()
            await asyncio.wait({self._fitting})

    async def fitted(self) -> None:
        """Wait until the understanding knows everything that was taken over."""
        if self._fitting is not None:
            await self._fitting

    def preview(self, entry: Entry) -> Knowledge:
        """The knowledge as it would be with `entry`."""
        return self.files.with_entries({**self.everything, entry.id: entry})

    def _take_over(self, overlay: Mapping[str, Entry | None], today: date) -> bool:
        """Swap what the brain answers from. In a thread; the swap itself is one assignment."""
        everything = merged(self.files.entries, overlay)
        valid = {id: entry for id, entry in everything.items() if entry.valid_on(today)}
        if everything == self.everything and valid == self.brain.knowledge.entries:
            return False
        self.everything = everything
        self.brain.knowledge = self.files.with_entries(valid)
        self.brain.patch = self._patch()
        log.info("knowledge_changed", entries=len(valid), changed=len(overlay))
        return tuple(valid.values()) != self.brain.understanding.entries

    def _patch(self) -> Patch:
        """What the understanding does not know yet."""
        known = {entry.id: entry for entry in self.brain.understanding.entries}
        return Patch(e for id, e in self.brain.knowledge.entries.items() if known.get(id) != e)

    async def _fit(self) -> None:
        """Fit in another process until the understanding is that of the entries as they are now."""
        while True:
            entries = tuple(self.brain.knowledge.entries.values())
            if entries == self.brain.understanding.entries:
                return
            if not await self._fit_elsewhere(entries):
                return
            encoder = self.brain.understanding.encoder
            fitted = await asyncio.to_thread(model_cache.understanding, entries, encoder, self._folder)
            self.brain.understanding = fitted.with_search(lambda: self.files.search)
            self.brain.patch = self._patch()
            log.info("understanding_fitted", entries=len(entries))

    async def _fit_elsewhere(self, entries: tuple[Entry, ...]) -> bool:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.living.refit", str(self._folder),
            stdin=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            await process.communicate(json.dumps([e.model_dump(mode="json") for e in entries]).encode())
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if process.returncode:
            log.error("fitting_failed", code=process.returncode)
        return process.returncode == 0


def merged(files: Mapping[str, Entry], overlay: Mapping[str, Entry | None]) -> dict[str, Entry]:
    """The files' entries with what clerks made of them, new ones at the end."""
    found = dict(files)
    found.update({id: entry for id, entry in overlay.items() if entry is not None})
    return found
