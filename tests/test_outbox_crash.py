"""A worker that is killed while it sends: at most what was in flight is uncertain, nothing is doubled."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.outbox.states import NEW, SENDING, SENT, UNCERTAIN
from bot.valkey import ValkeyServer
from bot.vault import Vault
from config.settings import ROOT
from tests.fixtures_notices import Bureau, bureau

CUSTOM = "/cgi-bin/message/custom/send"
CASES = 6


@pytest.fixture
def key() -> bytes:
    return os.urandom(32)


@pytest.fixture
async def office(sql_url: str, key: bytes, valkey: Redis, tmp_path: Path) -> AsyncIterator[Bureau]:
    people = [f"oPerson{n:022}" for n in range(CASES)]
    async with bureau(sql_url, Vault([key]), valkey, tmp_path, people, kind="subscription") as it:
        for n, openid in enumerate(people):
            await it.wrote(openid)
            await it.received(draft=f"d{n}", filer=openid)
        yield it


async def start_worker(office: Bureau, key: bytes, valkey_url: str, lanes: int) -> asyncio.subprocess.Process:
    """Another process that sends what is due and stays."""
    arguments = [office.url, key.hex(), valkey_url, office.lab.base, office.now.isoformat(), str(lanes)]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.outbox_process", str(office.settings.data_dir), *arguments, cwd=ROOT
    )


async def until_in_flight(office: Bureau, count: int) -> None:
    for _ in range(400):
        states = [state for (state,) in await office.rows("state")]
        if states.count(SENDING) == count and not office.lab.platform.faults.pending:
            return  # the platform has the calls, too
        await asyncio.sleep(0.05)
    raise TimeoutError(states)


@pytest.mark.parametrize("lanes", [1, 3])
async def test_killed_worker_leaves_at_most_one_a_lane_uncertain(
    office: Bureau, key: bytes, valkey_server: ValkeyServer, lanes: int
) -> None:
    # The platform carries the call out, but answers so late that the worker is dead by then.
    office.lab.platform.faults.add(CUSTOM, "slow", seconds=4, times=lanes)
    process = await start_worker(office, key, valkey_server.url, lanes)
    await until_in_flight(office, lanes)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    for _ in range(600):
        if len(office.lab.platform.records.delivered) == lanes:
            break  # now they have arrived, and nobody of us knows
        await asyncio.sleep(0.05)
    assert (
        sorted(state for (state,) in await office.rows("state"))
        == [NEW] * (CASES - lanes) + [SENDING] * lanes
    )

    await office.work()  # at once: the leases of the dead still hold, nothing is touched
    assert [state for (state,) in await office.rows("state")].count(SENT) == 0
    office.lab.clock.move(timedelta(minutes=3))
    await office.work()
    states = [state for (state,) in await office.rows("state")]
    assert (states.count(SENT), states.count(UNCERTAIN)) == (CASES - lanes, lanes)
    assert len(office.lab.platform.records.delivered) == CASES  # each exactly once
    reasons = {reason for state, reason in await office.rows("state, reason") if state == UNCERTAIN}
    assert reasons == {"发送途中程序中断，不知道对方收到没有"}
    office.lab.clock.move(timedelta(days=1))
    await office.work()
    assert len(office.lab.platform.records.delivered) == CASES


async def test_worker_that_is_told_to_stop_leaves_nothing_in_flight(office: Bureau) -> None:
    office.lab.platform.faults.add(CUSTOM, "slow", seconds=0.5, times=4)
    task = asyncio.create_task(office.first.worker.run_once())
    await until_in_flight(office, 4)
    await office.first.worker.stop()
    states = [state for (state,) in await office.rows("state")]
    assert SENDING not in states
    assert states.count(SENT) == len(office.lab.platform.records.delivered) == 4
    await task


async def test_slow_sender_that_was_held_for_dead_puts_its_message_right(office: Bureau) -> None:
    store = office.first.outbox
    [message] = await store.claim(("notice",), office.now, 1, quiet=False)
    assert await store.begin(message, office.now)
    office.lab.clock.move(timedelta(minutes=5))
    assert await store.reap(office.now) == 1
    from bot.outbox.results import Sent

    await store.finish(message, Sent("custom"), office.now, office.now)
    assert [state for (state,) in await office.rows("state")].count(SENT) == 1


async def test_claimed_and_not_begun_goes_to_another_after_the_lease(office: Bureau) -> None:
    store = office.first.outbox
    mine = await store.claim(("notice",), office.now, 100, quiet=False)
    assert len(mine) == CASES
    assert await store.claim(("notice",), office.now, 100, quiet=False) == []
    office.lab.clock.move(timedelta(minutes=3))
    theirs = await store.claim(("notice",), office.now, 100, quiet=False)
    assert {m.id for m in theirs} == {m.id for m in mine}
    assert not await store.begin(mine[0], office.now)
    assert await store.begin(theirs[0], office.now)
