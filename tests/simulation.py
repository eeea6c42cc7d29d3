"""A year of notices with everything that goes wrong: `python -m tests.simulation --cases 10000`.

Two replicas on PostgreSQL, a real Valkey, the local WeChat over HTTP, a clock that is moved hour by hour.
People file requests, complaints and reports; clerks act, late now and then; people write back, or never.
The API fails (busy, quota, connections cut before and after the call), Valkey is stopped, workers are killed
in the middle of sending, all jobs are down for days, and the holiday notice for 2027 is entered in November.

At the end every notice that was due must have been sent exactly once, or stand in the outbox with a reason;
none before its event, none in quiet hours that could wait (`tests/simulation_checks.py`).
"""

import argparse
import asyncio
import heapq
import itertools
import json
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

from bot.clock import SHANGHAI, ShiftedClock
from bot.outbox.results import Claimed, Result, Sender
from bot.valkey import ValkeyServer
from bot.vault import Vault
from bot.wechat_server import Platform, create_app
from handlers.cases.lifecycle import ForbiddenError
from handlers.cases.model import Happened
from handlers.cases.number import Kind
from handlers.message import Message
from handlers.ports import Filing
from tests.fixtures_notices import Bureau, Replica
from tests.postgres import postgres
from tests.wechat_lab import ACCOUNT, Lab, served

START = datetime(2026, 1, 5, 7, 30, tzinfo=SHANGHAI)
HOUR = timedelta(hours=1)
TAIL = timedelta(days=75)  # what is under way comes to its end
NOTICE_2027 = json.dumps(
    {
        "year": 2027,
        "published": True,
        "off": [
            {"name": "元旦", "days": ["2027-01-01", "2027-01-02", "2027-01-03"]},
            {"name": "春节", "days": [f"2027-02-{day:02}" for day in range(5, 13)]},
        ],
        "make_up_workdays": ["2027-01-09", "2027-02-14"],
    }
)

EXTENSION = {"days": 15, "reason": "要查的多", "approved_by": "李"}
# What clerks do: (event, what it says, days after the one before). A list is one life of a case.
Life = list[tuple[str, dict[str, Any], tuple[int, int]]]
LIVES: dict[Kind, list[Life]] = {
    "disclosure": [
        [("bureau_confirmed", {}, (0, 3)), ("answered", {"outcome": "GRANT"}, (3, 40))],
        [("bureau_confirmed", {}, (0, 3)), ("transferred", {"unit": "食品科"}, (0, 2)),
         ("answered", {"outcome": "DENY"}, (20, 45))],
        [("bureau_confirmed", {}, (0, 1)), ("correction_requested", {"items": ["年份"]}, (1, 7)),
         ("corrected", {"text": "2025"}, (2, 25)), ("answered", {"outcome": "PARTIAL"}, (10, 40))],
        [("bureau_confirmed", {}, (0, 1)), ("correction_requested", {"items": ["年份"]}, (1, 7)),
         ("abandoned", {}, (20, 40))],
        [("bureau_confirmed", {}, (0, 2)), ("third_party_consulted", {"who": "公司"}, (1, 9)),
         ("third_party_answered", {"opinion": "同意"}, (2, 30)), ("answered", {"outcome": "GRANT"}, (5, 30))],
        [("bureau_confirmed", {}, (0, 2)), ("extended", EXTENSION, (5, 25)),
         ("answered", {"outcome": "NOT_EXIST"}, (10, 40))],
        [("bureau_confirmed", {}, (0, 2)), ("withdrawn", {}, (1, 20))],
    ],
    "complaint": [
        [("handed_over", {"by": "clerk"}, (0, 1)), ("received", {}, (0, 3)), ("accepted", {}, (1, 12)),
         ("mediation_scheduled", {"where": "三楼"}, (1, 20)), ("agreed", {}, (1, 40))],
        [("received", {}, (0, 3)), ("not_accepted", {"outcome": "R3", "reason": "转卖"}, (1, 14))],
        [("received", {}, (0, 3)), ("accepted", {}, (1, 9)), ("testing_started", {}, (2, 20)),
         ("testing_finished", {}, (3, 30)), ("terminated", {"outcome": "T3"}, (5, 60)),
         ("termination_notified", {}, (0, 14))],
        [("received", {}, (0, 3)), ("withdrawn", {}, (1, 9))],
    ],
    "report": [
        [("received", {}, (0, 3)), ("filed", {}, (3, 25)), ("decided", {"outcome": "罚款"}, (10, 80))],
        [("received", {}, (0, 3)), ("extended", EXTENSION, (5, 18)),
         ("not_filed", {"reason": "没有违法事实"}, (5, 30))],
        [("received", {}, (0, 3)), ("testing_started", {}, (1, 10)), ("testing_finished", {}, (3, 20)),
         ("not_filed", {"reason": "没有违法事实"}, (2, 20))],
    ],
}  # fmt: skip


@dataclass
class Tagged:
    """Writes each message's key into what is sent, so that what arrives can be told apart."""

    inner: Sender

    async def send(self, message: Claimed) -> Result:
        fields = {**message.payload["fields"], "thing5": f"#{message.id}"}
        payload = {**message.payload, "text": f"{message.text}\n#{message.id}", "fields": fields}
        return await self.inner.send(replace(message, payload=payload))


@dataclass
class Trouble:
    """When something was broken: (what, from, to)."""

    spans: list[tuple[str, datetime, datetime]] = field(default_factory=list)

    def now(self, what: str, moment: datetime) -> bool:
        return any(name == what and begin <= moment < end for name, begin, end in self.spans)


@dataclass
class Simulation:
    """The world, and what is to happen in it."""

    bureau: Bureau
    valkey: ValkeyServer
    rng: random.Random
    cases: int
    days: int
    step: timedelta = HOUR  # how often the jobs run
    kills: float = 0.01  # a step's chance that a worker is killed
    trouble: Trouble = field(default_factory=Trouble)
    told: Counter[int] = field(default_factory=Counter)  # outbox id → how often it led a reply
    told_at: dict[int, datetime] = field(default_factory=dict)
    entered: list[datetime] = field(default_factory=list)  # when the holiday notice was
    counts: Counter[str] = field(default_factory=Counter)
    retired: list[Replica] = field(default_factory=list)
    todo: list[tuple[datetime, int, Callable[[], Coroutine[Any, Any, None]]]] = field(default_factory=list)
    order: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def now(self) -> datetime:
        return self.bureau.now

    def later(self, moment: datetime, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        heapq.heappush(self.todo, (moment, next(self.order), work))

    def plan(self) -> None:
        """Who files what and when, and what breaks."""
        for n in range(self.cases):
            at = START + timedelta(seconds=self.rng.uniform(0, self.days * 0.85 * 86400))
            self.later(at, lambda n=n: self.file(n))  # type: ignore[misc]
        for what, count, shortest, longest in (
            ("api_busy", 8, 1, 30), ("api_quota", 4, 1, 10), ("api_cut", 6, 1, 90),
            ("api_cut_after", 3, 1, 2), ("valkey", 6, 1, 8), ("jobs", 5, 2, 70),
        ):  # fmt: skip
            for _ in range(max(1, count * self.days // 365)):
                begin = START + timedelta(hours=self.rng.uniform(0, self.days * 24))
                length = timedelta(hours=self.rng.uniform(shortest, longest))
                self.trouble.spans.append((what, begin, begin + length))
        entered = datetime(2026, 11, 10, 10, tzinfo=SHANGHAI)
        self.later(min(entered, START + timedelta(days=self.days / 2)), self.enter_notice)

    async def enter_notice(self) -> None:
        await self.bureau.first.calendars.enter(NOTICE_2027, "staff:7")
        self.entered.append(self.now)

    def person(self, n: int) -> str:
        return f"oPerson{n % max(1, self.cases // 2):022}"

    async def file(self, n: int) -> None:
        kind: Kind = self.rng.choices(("disclosure", "complaint", "report"), (5, 3, 2))[0]
        await self.write(n)
        if n < self.cases // 2:
            self.meet(n)
        first = (Happened(type="applicant_confirmed", at=self.now, by="applicant"),)
        filing = Filing(
            draft=f"d{n}", kind=kind, filer=self.person(n), answers={"phone": "13900000000"}, at=self.now,
            events=first if kind == "disclosure" else (),
        )  # fmt: skip
        case = (await self.bureau.first.cases.submit(filing)).case
        self.counts["cases"] += 1
        moment = self.now
        for event, data, (soonest, latest) in self.rng.choice(LIVES[kind]):
            moment += timedelta(hours=self.rng.uniform(soonest * 24 + 0.1, latest * 24 + 1))
            self.later(moment, lambda e=event, d=data: self.happen(case.number, e, d))  # type: ignore[misc]
        for _ in range(self.rng.randrange(4)):
            self.later(self.now + timedelta(hours=self.rng.uniform(1, 1500)), lambda: self.write(n))

    def meet(self, n: int) -> None:
        """Some accept the subscription notification, some unfollow."""
        kind = self.rng.random()
        followers = self.bureau.lab.platform.followers
        if kind < 0.4:
            followers.grant(self.person(n), "S1", 1_000)
        elif kind > 0.95:
            self.later(self.now + timedelta(days=3), lambda: self.leave(n))

    async def leave(self, n: int) -> None:
        self.bureau.lab.platform.followers.unfollow(self.person(n))
        self.counts["people who left"] += 1

    async def happen(self, number: str, event: str, data: dict[str, Any]) -> None:
        """A clerk acts; what the law forbids by now (an extension after the date) stays undone."""
        if event == "mediation_scheduled":
            data = data | {"when": (self.now + timedelta(days=4)).strftime("%Y-%m-%dT14:30")}
        if event == "correction_requested":
            data = data | {"until": (self.now + timedelta(days=12)).strftime("%Y-%m-%d")}
        service = self.rng.choice(self.bureau.replicas).service
        try:
            await service.happen(number, Happened(type=event, at=self.now, by="staff:1", data=data))
            self.counts["events"] += 1
        except ForbiddenError:
            self.counts["forbidden"] += 1

    async def write(self, n: int) -> None:
        """A person writes: the window opens, and what waits leads the reply."""
        openid = self.person(n)
        person = self.bureau.lab.platform.followers.people.get(openid)
        if person and not person.following:
            return
        self.bureau.lab.platform.followers.wrote(openid)
        message = Message(
            user=openid, account="gh", kind="text", at=self.now, id=f"{n}-{self.now.timestamp()}"
        )
        replica = self.rng.choice(self.bureau.replicas)
        try:
            await replica.windows.heard(message)
        except RedisError:
            return  # no answer without Valkey: WeChat shows its banner, nothing was told
        for told in await replica.outbox.told_at_contact(openid, message.id, self.now):
            self.told[told.id] += 1
            self.told_at[told.id] = self.now

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
            if not self.trouble.now("jobs", self.now):
                await self._work()
            self.bureau.lab.clock.move(timedelta(minutes=1))
        self.bureau.lab.platform.faults.clear()
        self.bureau.lab.clock.move_to((self.now + timedelta(days=1)).replace(hour=10))
        for days in (1, 1, 31, 31, 31):  # who has not written by then is not told any more
            await self._work(kill=False)
            self.bureau.lab.clock.move(timedelta(days=days))

    async def _act(self) -> None:
        clock = self.bureau.lab.clock
        until = self.now + self.step
        while self.todo and self.todo[0][0] < until:
            moment, _, work = heapq.heappop(self.todo)
            if moment > clock.now():
                clock.move_to(moment)
            await work()
        if clock.now() < until - timedelta(minutes=1):
            clock.move_to(until - timedelta(minutes=1))

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
        """Both replicas do what is due, at the same time."""
        replicas = self.bureau.replicas
        victim = self.rng.choice(replicas) if kill and self.rng.random() < self.kills else None
        await replicas[0].recompute.run_once()
        await asyncio.gather(*(replica.agenda.run_once() for replica in replicas))
        await asyncio.gather(*(self._send(replica, replica is victim) for replica in replicas))

    async def _send(self, replica: Replica, killed: bool) -> None:
        task = asyncio.create_task(replica.worker.run_once())
        if killed:
            await asyncio.sleep(self.rng.uniform(0.001, 0.03))
            if not task.done():
                task.cancel()
                self.counts["workers killed"] += 1
                await asyncio.gather(task, return_exceptions=True)
                await self._reborn(replica)
                return
        await task

    async def _reborn(self, replica: Replica) -> None:
        """Another process in its place; what the dead one had open is closed by its system."""
        self.bureau.replicas.remove(replica)
        await replica.close()
        self.retired.append(replica)
        add_replica(self.bureau, self.rng.randrange(10**6))


def add_replica(bureau: Bureau, seed: int) -> Replica:
    replica = bureau.replica(seed)
    replica.worker.senders["notice"] = Tagged(replica.worker.senders["notice"])
    return replica


@dataclass
class Begin:
    """Where the clock starts."""

    def now(self) -> datetime:
        return START


@asynccontextmanager
async def simulation(folder: Path, url: str, **plan: Any) -> AsyncIterator[Simulation]:
    """A world that is ready to run; `plan` says how many `cases`, over how many `days`, from which `seed`."""
    seed = plan.pop("seed")
    valkey = ValkeyServer(folder / "valkey")
    valkey.start()
    clock = ShiftedClock(Begin())
    account = ACCOUNT.model_copy(update={"kind": "service"})
    platform = Platform(account, clock)
    redis: Redis = Redis.from_url(valkey.url, socket_timeout=2, socket_connect_timeout=1)
    async with served(create_app(platform)) as base, aiohttp.ClientSession() as http:
        lab = Lab(platform, clock, base, http)
        settings = lab.settings(folder).model_copy(
            update={"wechat_account": "service", "wechat_subscription_template": "S1"}
        )
        bureau = Bureau(lab, settings, Vault([os.urandom(32)]), redis, url)
        for number in (1, 2):
            add_replica(bureau, seed + number)
        await bureau.first.database.migrate()
        found = Simulation(bureau, valkey, random.Random(seed), **plan)
        try:
            yield found
        finally:
            for replica in bureau.replicas:
                await replica.close()
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
    with tempfile.TemporaryDirectory() as name, postgres(Path(name) / "postgres") as plain:
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

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    sys.exit(asyncio.run(main()))
