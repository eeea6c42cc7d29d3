"""Sends one warning to a crowd, kills the sender in the middle, lets two replicas finish, and counts.

    python -m tests.warning_run --people 100000 --account service

Prints how long each part took and whether anybody got it twice or not at all; exits 1 if so.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from bot.broadcast.members import NAME
from bot.redis_client import connect
from bot.store.database import Database
from bot.store.subscription_tables import subscribers, subscriptions
from bot.valkey import ValkeyServer
from bot.vault import Vault
from handlers.subscriptions.wishes import Wish, tags
from tests.warning_lab import WRITER, Side, openid, side
from tests.wechat_lab import Lab, lab

WISH = Wish("food", "622901")
PIECE = 5000


async def crowd(here: Side, people: int) -> None:
    """Followers at the local WeChat, and their subscriptions in the record (in bulk: nobody types them)."""
    store, now = here.subscriptions, here.lab.clock.now()
    tagged = " ".join(sorted(tags(frozenset({WISH}))))
    for start in range(0, people, PIECE):
        rows, wishes = [], []
        for number in range(start, min(start + PIECE, people)):
            here.lab.platform.followers.follow(openid(number))
            user = store.vault.index(openid(number), "filer")
            blob = store.vault.encrypt(openid(number).encode(), f"subscriber:{user}".encode())
            rows.append({"user": user, "user_blob": blob, "changed": now, "tagged": tagged, "dirty": False})
            wishes.append({"user": user, "category": WISH.category, "county": WISH.place})
        async with store.database.write() as connection:
            await connection.execute(subscribers.insert(), rows)
            await connection.execute(subscriptions.insert(), wishes)


async def killed(base: str, folder: Path, redis: str, after_calls: int, found: Lab) -> None:
    """A sender in a process of its own, killed with SIGKILL once so many calls were made."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.warning_run", "--send", base, str(folder), redis,
        found.platform.account.kind, found.clock.now().isoformat(),
    )  # fmt: skip
    watched = ("/cgi-bin/message/mass/send", "/cgi-bin/tags/members/batchtagging")
    while process.returncode is None:
        if sum(call.path in watched for call in found.platform.records.calls) >= after_calls:
            process.send_signal(signal.SIGKILL)
            break
        await asyncio.sleep(0.002)
    await process.wait()


async def send(arguments: list[str]) -> None:
    """What the killed process runs."""
    from datetime import datetime

    from bot.clock import ShiftedClock
    from bot.wechat_server import Platform
    from tests.wechat_lab import ACCOUNT

    base, folder, redis_url, kind, now = arguments
    moment = datetime.fromisoformat(now)

    class Then:
        def now(self) -> datetime:
            return moment

    clock = ShiftedClock(Then())
    database, redis = Database(f"sqlite+aiosqlite:///{folder}/linxia.db"), connect(redis_url)
    account = ACCOUNT.model_copy(update={"kind": kind})
    there = Lab(Platform(account, clock), clock, base, None)  # type: ignore[arg-type]  # only its settings are asked
    here = side(there, database, Vault([bytes(32)]), redis, Path(folder))
    await here.desk.broadcast.run_once()


async def run(people: int, kind: str) -> int:
    """The whole story. Returns the exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder, valkey = Path(name), ValkeyServer(Path(name))
        valkey.start()
        database, redis = Database(f"sqlite+aiosqlite:///{folder}/linxia.db"), connect(valkey.url)
        await database.migrate()
        async with lab(kind=kind) as found:
            vault = Vault([bytes(32)])
            one, two = (side(found, database, vault, redis, folder) for _ in range(2))
            began = time.monotonic()
            await crowd(one, people)
            print(f"{people} subscribers: {time.monotonic() - began:.1f} s")
            warning = await one.approved()
            began = time.monotonic()
            plan = await one.desk.plan(warning.content)
            print(f"who gets it, and how ({plan.route}): {(time.monotonic() - began) * 1000:.0f} ms")
            await one.desk.schedule(warning.id, None, WRITER)
            began = time.monotonic()
            calls = 3 if kind == "service" else 40
            await killed(found.base, folder, valkey.url, calls, found)
            got = Counter(m.openid for m in found.platform.records.delivered if m.channel == "mass")
            print(f"killed after {time.monotonic() - began:.1f} s; {len(got)} have it")
            found.clock.move(timedelta(minutes=6))  # its lease runs out
            began = time.monotonic()
            while (await one.desk.find(warning.id)).state == "sending":
                await asyncio.gather(one.desk.broadcast.run_once(), two.desk.broadcast.run_once())
            print(f"two replicas finished it in {time.monotonic() - began:.1f} s")
            code = _judge(found, people)
            await one.api.close()
            await two.api.close()
        await redis.aclose()
        await database.close()
        valkey.stop()
    return code


def _judge(found: Lab, people: int) -> int:
    got = Counter(m.openid for m in found.platform.records.delivered if m.channel == "mass")
    twice = sum(count > 1 for count in got.values())
    jobs, calls = len(found.platform.mass.jobs), Counter(call.path for call in found.platform.records.calls)
    print(f"mass jobs {jobs}; calls {dict(calls.most_common(4))}; tag “{NAME}” ≤ 20 a user")
    print(f"reached {len(got)} of {people}; twice {twice}; missing {people - len(got)}")
    return int(twice > 0 or len(got) != people)


def main() -> int:
    """Read the arguments and run."""
    if sys.argv[1:2] == ["--send"]:
        asyncio.run(send(sys.argv[2:]))
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--account", choices=("service", "subscription"), default="service")
    args = parser.parse_args()
    print(f"{os.cpu_count()} CPUs")
    return asyncio.run(run(args.people, args.account))


if __name__ == "__main__":
    sys.exit(main())
