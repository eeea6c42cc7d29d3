"""A replica of the simulated bureau in a process of its own, which may be killed at any moment.

The simulation writes a line of JSON for each thing to be done and gets a line back; `python -m
tests.simulation_replica PLAN` is the replica's side, `Process` the simulation's.
"""

import asyncio
import json
import os
import sys
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from redis.asyncio import Redis

from bot.clock import ShiftedClock
from bot.outbox.results import Claimed, Result, Sender, Sent
from bot.store.database import Database
from bot.vault import Vault
from bot.wechat_server import Platform
from config.settings import ROOT, Settings
from handlers.cases.lifecycle import ForbiddenError
from handlers.cases.model import Happened
from tests.fixtures_notices import Bureau, Replica
from tests.simulation_lives import Begin
from tests.wechat_lab import ACCOUNT, Lab

SERVICE = ACCOUNT.model_copy(update={"kind": "service"})
PATIENCE = 300.0  # seconds for one round; far more than any takes


@dataclass(frozen=True)
class Plan:
    """What a replica has to know to be one. `key` is that of the vault, in hexadecimal."""

    folder: str
    url: str
    key: str
    valkey: str
    api: str
    seed: int = 0


def settings_of(lab: Lab, folder: Path) -> Settings:
    """A verified service account with a subscription notification."""
    changes = {"wechat_account": "service", "wechat_subscription_template": "S1"}
    return lab.settings(folder).model_copy(update=changes)


@dataclass
class Tagged:
    """Writes each message's key into what is sent, so that what arrives can be told apart."""

    inner: Sender

    async def send(self, message: Claimed) -> Result:
        fields = {**message.payload["fields"], "thing5": f"#{message.id}"}
        payload = {**message.payload, "text": f"{message.text}\n#{message.id}", "fields": fields}
        return await self.inner.send(replace(message, payload=payload))


@dataclass
class Letters:
    """The mailbox of the staff: a file that outlives whoever wrote into it."""

    file: Path

    async def send(self, message: Claimed) -> Result:
        handle = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, f"{message.id}\n".encode())
        os.close(handle)
        return Sent("mail")


def mailed(folder: Path) -> list[int]:
    """The messages that lie in the mailbox."""
    file = folder / "mails"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


# ── in the replica's process ──


async def main(plan: Plan) -> None:
    """Do what is asked until nobody asks any more."""
    clock, folder = ShiftedClock(Begin()), Path(plan.folder)
    async with aiohttp.ClientSession() as http:
        lab = Lab(Platform(SERVICE, clock), clock, plan.api, http)
        redis: Redis = Redis.from_url(plan.valkey, socket_timeout=2, socket_connect_timeout=1)
        vault = Vault([bytes.fromhex(plan.key)])
        bureau = Bureau(lab, settings_of(lab, folder), vault, redis, plan.url)
        replica = bureau.replica(plan.seed, database=Database(plan.url, ping=False))  # it never goes away
        replica.worker.senders["notice"] = Tagged(replica.worker.senders["notice"])
        replica.worker.senders["staff_mail"] = Letters(folder / "mails")
        _say({})
        while line := await asyncio.to_thread(sys.stdin.readline):
            _say(await _asked(replica, clock, json.loads(line)))
        await replica.close()
        await redis.aclose()


async def _asked(replica: Replica, clock: ShiftedClock, what: dict[str, Any]) -> dict[str, int]:
    """Record what clerks did; then, if it says so, the jobs."""
    done = {"events": 0, "forbidden": 0}
    lives: dict[str, list[Happened]] = {}
    for number, event, data, moment in what.get("happen", ()):
        clock.move_to(max(clock.now(), datetime.fromisoformat(moment)))
        happened = Happened(type=event, at=clock.now(), by="staff:1", data=data)
        lives.setdefault(number, []).append(happened)
    await asyncio.gather(*(_live(replica, number, events, done) for number, events in lives.items()))
    if "work" in what:
        clock.move_to(datetime.fromisoformat(what["work"]))
        await replica.recompute.run_once()
        await replica.agenda.run_once()
        await replica.worker.run_once()
    return done


async def _live(replica: Replica, number: str, events: list[Happened], done: dict[str, int]) -> None:
    for event in events:
        try:
            await replica.service.happen(number, event)
            done["events"] += 1
        except ForbiddenError:  # what the law forbids by now (an extension after the date) stays undone
            done["forbidden"] += 1


def _say(what: dict[str, int]) -> None:
    print(json.dumps(what), flush=True)


# ── in the simulation's ──


@dataclass
class Process:
    """A replica's process as the simulation sees it."""

    inner: asyncio.subprocess.Process
    ready: "asyncio.Task[dict[str, int]]" = field(init=False)

    def __post_init__(self) -> None:
        self.ready = asyncio.create_task(self._answer())

    @classmethod
    async def start(cls, plan: Plan) -> "Process":
        """Begin to start it; it can be asked once it is `ready`."""
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, "-m", "tests.simulation_replica", json.dumps(asdict(plan)))
        return cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, cwd=ROOT))

    @property
    def up(self) -> bool:
        """Whether it has started. Raises what kept it from starting."""
        return self.ready.done() and self.ready.result() is not None

    async def ask(self, **what: Any) -> dict[str, int]:
        """Have it do something; what came of it. ConnectionError when it died over it."""
        assert self.inner.stdin
        self.inner.stdin.write(json.dumps(what).encode() + b"\n")
        return await self._answer()

    async def _answer(self) -> dict[str, int]:
        assert self.inner.stdout
        line = await asyncio.wait_for(self.inner.stdout.readline(), PATIENCE)
        if not line:
            raise ConnectionError("a replica died by itself")
        found: dict[str, int] = json.loads(line)
        return found

    async def kill(self) -> None:
        """As a crash does it: nothing is finished, nothing is said."""
        self.inner.kill()
        await self.inner.wait()

    async def end(self) -> None:
        """Let it go."""
        self.ready.cancel()
        assert self.inner.stdin
        self.inner.stdin.close()
        await self.inner.wait()


if __name__ == "__main__":
    import gc
    import logging

    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    gc.freeze()
    asyncio.run(main(Plan(**json.loads(sys.argv[1]))))
