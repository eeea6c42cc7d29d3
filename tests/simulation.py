"""A year of notices with everything that goes wrong: `python -m tests.simulation --cases 10000`.

Two replicas in processes of their own on PostgreSQL, a real Valkey, the local WeChat over HTTP, a clock that
is moved hour by hour. People file requests, complaints and reports; clerks act, late now and then; people
write back, or never. The API fails (busy, quota, connections cut before and after the call), Valkey is
stopped, replicas are killed in the middle of sending, all jobs are down for days, and the holiday notice for
2027 is entered in November.

At the end every notice that was due must have been sent exactly once, or stand in the outbox with a reason;
none before its event, none in quiet hours that could wait (`tests/simulation_checks.py`).
"""

import argparse
import asyncio
import gc
import heapq
import itertools
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text

from bot.clock import SHANGHAI, ShiftedClock
from bot.store.database import Database
from bot.valkey import ValkeyServer
from bot.vault import Vault
from bot.wechat_server import Platform, create_app
from handlers.cases.model import Happened
from handlers.cases.number import Kind
from handlers.message import Message
from handlers.ports import Filing
from tests.fixtures_notices import Bureau
from tests.postgres import postgres
from tests.simulation_lives import LIVES, NOTICE_2027, START, TROUBLES, Begin
from tests.simulation_replica import SERVICE, Plan, Process, settings_of
from tests.wechat_lab import Lab, served

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TAIL = timedelta(days=75)  # what is under way comes to its end
REPLICAS = 2
TOGETHER = 8  # so many people and clerks act at the same time
MEMORY = "/dev/shm"  # a RAM disk: what is simulated is not the disk


Work = Callable[[datetime], Coroutine[Any, Any, None]]
NEXT_DUE = text(
    """
    SELECT least(
        (SELECT min(moment) FROM agenda),
        (SELECT min(due) FROM outbox WHERE state = 'new'),
        (SELECT min(leased) FROM outbox WHERE state = 'sending'),
        (SELECT min(due) + interval '30 days' FROM outbox WHERE state = 'contact'),
        (SELECT min(entered) FROM calendar_years WHERE NOT settled)
    )
    """
)


@dataclass
class Trouble:
    """When something was broken: (what, from, to)."""

    spans: list[tuple[str, datetime, datetime]] = field(default_factory=list)

    def now(self, what: str, moment: datetime) -> bool:
        return any(name == what and begin <= moment < end for name, begin, end in self.spans)


@dataclass
class Simulation:
    """The world, and what is to happen in it. `bureau` is what people and holiday notices come in by; clerks
    act and jobs run in the replicas' `processes`.
    """

    bureau: Bureau
    valkey: ValkeyServer
    replica: Plan
    rng: random.Random
    cases: int
    days: int
    step: timedelta = HOUR  # how often the jobs run
    kills: float = 0.004  # the chance that a replica is killed when it has something to do
    trouble: Trouble = field(default_factory=Trouble)
    told: Counter[int] = field(default_factory=Counter)  # outbox id → how often it led a reply
    told_at: dict[int, datetime] = field(default_factory=dict)
    entered: list[datetime] = field(default_factory=list)  # when the holiday notice was
    counts: Counter[str] = field(default_factory=Counter)
    processes: list[Process] = field(default_factory=list)
    acts: list[tuple[datetime, str, str, dict[str, Any]]] = field(
        default_factory=list
    )  # of clerks, this hour
    todo: list[tuple[datetime, int, Work]] = field(default_factory=list)
    due: datetime = START  # before this the jobs have nothing to do
    order: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def now(self) -> datetime:
        return self.bureau.now

    def later(self, moment: datetime, work: Work) -> None:
        heapq.heappush(self.todo, (moment, next(self.order), work))

    def plan(self) -> None:
        """Who files what and when, and what breaks."""
        for n in range(self.cases):
            at = START + timedelta(seconds=self.rng.uniform(0, self.days * 0.85 * 86400))
            self.later(at, lambda at, n=n: self.file(n, at))  # type: ignore[misc]
        for what, count, shortest, longest in TROUBLES:
            for _ in range(max(1, count * self.days // 365)):
                begin = START + timedelta(hours=self.rng.uniform(0, self.days * 24))
                length = timedelta(hours=self.rng.uniform(shortest, longest))
                self.trouble.spans.append((what, begin, begin + length))
        entered = datetime(2026, 11, 10, 10, tzinfo=SHANGHAI)
        self.later(min(entered, START + timedelta(days=self.days / 2)), self.enter_notice)

    async def enter_notice(self, at: datetime) -> None:
        await self.bureau.first.calendars.enter(NOTICE_2027, "staff:7")
        self.entered.append(self.now)

    def person(self, n: int) -> str:
        return f"oPerson{n % max(1, self.cases // 2):022}"

    async def file(self, n: int, at: datetime) -> None:
        kind: Kind = self.rng.choices(("disclosure", "complaint", "report"), (5, 3, 2))[0]
        await self.write(n, at)
        if n < self.cases // 2:
            self.meet(n)
        first = (Happened(type="applicant_confirmed", at=at, by="applicant"),)
        filing = Filing(
            draft=f"d{n}", kind=kind, filer=self.person(n), answers={"phone": "13900000000"}, at=at,
            events=first if kind == "disclosure" else (),
        )  # fmt: skip
        case = (await self.bureau.first.cases.submit(filing)).case
        self.counts["cases"] += 1
        moment = at
        for event, data, (soonest, latest) in self.rng.choice(LIVES[kind]):
            moment += timedelta(hours=self.rng.uniform(soonest * 24 + 0.1, latest * 24 + 1))
            self.later(moment, lambda at, e=event, d=data: self.happen(case.number, e, d, at))  # type: ignore[misc]
        for _ in range(self.rng.randrange(4)):
            self.later(at + timedelta(hours=self.rng.uniform(1, 1500)), lambda at: self.write(n, at))

    def meet(self, n: int) -> None:
        """Some accept the subscription notification, some unfollow."""
        kind = self.rng.random()
        followers = self.bureau.lab.platform.followers
        if kind < 0.4:
            followers.grant(self.person(n), "S1", 1_000)
        elif kind > 0.95:
            self.later(self.now + timedelta(days=3), lambda at: self.leave(n))

    async def leave(self, n: int) -> None:
        self.bureau.lab.platform.followers.unfollow(self.person(n))
        self.counts["people who left"] += 1

    async def happen(self, number: str, event: str, data: dict[str, Any], at: datetime) -> None:
        """A clerk acts, within this hour."""
        if event == "mediation_scheduled":
            data = data | {"when": (at + timedelta(days=4)).strftime("%Y-%m-%dT14:30")}
        if event == "correction_requested":
            data = data | {"until": (at + timedelta(days=12)).strftime("%Y-%m-%d")}
        self.acts.append((at, number, event, data))

    async def write(self, n: int, at: datetime) -> None:
        """A person writes: the window opens, and what waits leads the reply."""
        openid = self.person(n)
        person = self.bureau.lab.platform.followers.people.get(openid)
        if person and not person.following:
            return
        self.bureau.lab.platform.followers.wrote(openid)
        message = Message(user=openid, account="gh", kind="text", at=at, id=f"{n}-{at.timestamp()}")
        front = self.bureau.first
        try:
            await front.windows.heard(message)
        except RedisError:
            return  # no answer without Valkey: WeChat shows its banner, nothing was told
        for told in await front.outbox.told_at_contact(openid, message.id, at):
            self.told[told.id] += 1
            self.told_at[told.id] = at

    # ── the passing of time ──

    async def run(self) -> None:
        self.plan()
        end = START + timedelta(days=self.days) + TAIL
        running = True
        day = self.now.date()
        while self.now < end:
            if self.now.date() >= day + timedelta(days=30):
                day = self.now.date()
                print(
                    f"  {day}: {self.counts['cases']:,} cases, {self.counts['events']:,} events", flush=True
                )
            await self._act()
            running = await self._break(running)
            if self.due <= self.now and not self.trouble.now("jobs", self.now):
                await self._work()
            self.bureau.lab.clock.move(MINUTE)
        self.bureau.lab.platform.faults.clear()
        self.bureau.lab.clock.move_to((self.now + timedelta(days=1)).replace(hour=10))
        for days in (1, 1, 31, 31, 31):  # who has not written by then is not told any more
            await self._work(kill=False)
            self.bureau.lab.clock.move(timedelta(days=days))

    async def _act(self) -> None:
        clock = self.bureau.lab.clock
        until = self.now + self.step
        while self.todo and self.todo[0][0] < until:
            some = [heapq.heappop(self.todo)]
            while self.todo and self.todo[0][0] < until and len(some) < TOGETHER:
                some.append(heapq.heappop(self.todo))
            clock.move_to(max(clock.now(), some[-1][0]))
            await asyncio.gather(*(work(moment) for moment, _, work in some))
            await self._clerks()
        if clock.now() < until - MINUTE:
            clock.move_to(until - MINUTE)

    async def _clerks(self) -> None:
        """What clerks did this hour is recorded; those who sit at different replicas do not wait for each
        other.
        """
        acts, self.acts = self.acts, []
        if not acts:
            return
        ready = await self._ready()
        shares: list[list[tuple[str, str, dict[str, Any], str]]] = [[] for _ in ready]
        for moment, number, event, data in acts:
            shares[int(number[2:]) % len(ready)].append((number, event, data, moment.isoformat()))
        asked = [r.ask(happen=share) for r, share in zip(ready, shares, strict=True) if share]
        for done in await asyncio.gather(*asked):
            self.counts.update(done)
        self.due = min(self.due, self.now)

    async def _ready(self) -> list[Process]:
        """The replicas that run; one that was killed takes a while to come back."""
        starting = [process.ready for process in self.processes]
        await asyncio.wait(starting, return_when=asyncio.FIRST_COMPLETED)
        return [process for process in self.processes if process.up]

    async def _break(self, running: bool) -> bool:
        """Bring about the trouble of this hour. Returns whether Valkey runs."""
        faults = self.bureau.lab.platform.faults
        faults.clear()
        if self.trouble.now("api_busy", self.now):
            faults.add("*", "code", code=-1, times=1_000_000)
        if self.trouble.now("api_quota", self.now):
            code = self.rng.choice((45009, 45011))
            faults.add("/cgi-bin/message/*", "code", code=code, times=1_000_000)
        if self.trouble.now("api_cut", self.now):
            faults.add("*", "cut", times=1_000_000)
        if self.trouble.now("api_cut_after", self.now):
            faults.add("/cgi-bin/message/*", "cut_after", times=2)
        wanted = not self.trouble.now("valkey", self.now)
        if wanted != running:
            await asyncio.to_thread(self.valkey.start if wanted else self.valkey.stop)
            self.counts["Valkey stopped"] += running
        return wanted

    async def _work(self, *, kill: bool = True) -> None:
        """Every replica does what is due, at the same time."""
        ready = await self._ready()
        victim = self.rng.choice(ready) if kill and self.rng.random() < self.kills else None
        await asyncio.gather(*(self._round(process, process is victim) for process in ready))
        self.due = await self._next_due()

    async def _next_due(self) -> datetime:
        """When the jobs have something to do again if nothing happens until then."""
        async with self.bureau.first.database.read() as connection:
            found = (await connection.execute(NEXT_DUE)).scalar_one()
        return found.astimezone(SHANGHAI) if found else datetime.max.replace(tzinfo=SHANGHAI)

    async def _round(self, process: Process, killed: bool) -> None:
        task = asyncio.create_task(process.ask(work=self.now.isoformat()))
        if killed:
            await asyncio.sleep(self.rng.uniform(0.001, 0.03))
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                await process.kill()
                self.counts["replicas killed"] += 1
                self.processes.remove(process)
                await self.grow()
                return
        await task

    async def grow(self) -> None:
        """One replica more; it comes to work as soon as it has started."""
        plan = replace(self.replica, seed=self.rng.randrange(10**6))
        self.processes.append(await Process.start(plan))


@asynccontextmanager
async def simulation(folder: Path, url: str, **plan: Any) -> AsyncIterator[Simulation]:
    """A world that is ready to run; `plan` says how many `cases`, over how many `days`, from which `seed`."""
    seed = plan.pop("seed")
    valkey = ValkeyServer(folder / "valkey")
    valkey.start()
    clock, key = ShiftedClock(Begin()), os.urandom(32)
    platform = Platform(SERVICE, clock)
    redis: Redis = Redis.from_url(valkey.url, socket_timeout=2, socket_connect_timeout=1)
    async with served(create_app(platform)) as base, aiohttp.ClientSession() as http:
        lab = Lab(platform, clock, base, http)
        bureau = Bureau(lab, settings_of(lab, folder), Vault([key]), redis, url)
        await bureau.replica(seed, database=Database(url, ping=False)).database.migrate()
        replica = Plan(str(folder), url, key.hex(), valkey.url, base)
        found = Simulation(bureau, valkey, replica, random.Random(seed), **plan)
        try:
            for _ in range(REPLICAS):
                await found.grow()
            yield found
        finally:
            for process in found.processes:
                await process.end()
            await bureau.first.close()
            await redis.aclose()
            valkey.stop()


async def main() -> int:
    """Run it and print the figures."""
    from tests.simulation_checks import check, figures

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=20261124)
    args = parser.parse_args()
    began = time.perf_counter()
    memory = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as name, postgres(Path(name) / "postgres") as plain:
        url = plain.replace("postgresql://", "postgresql+asyncpg://")
        async with simulation(Path(name), url, cases=args.cases, days=args.days, seed=args.seed) as it:
            await it.run()
            problems = await check(it)
            for line in await figures(it):
                print(line)
    print(f"{time.perf_counter() - began:.0f} s; {len(problems)} problems")
    for problem in problems[:50]:
        print(f"  {problem}")
    return int(bool(problems))


if __name__ == "__main__":
    import logging

    import structlog

    gc.freeze()  # what is loaded stays: it need not be looked through again and again
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    sys.exit(asyncio.run(main()))
