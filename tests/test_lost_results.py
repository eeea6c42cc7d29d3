"""Mass jobs of whose end WeChat never tells: asked for, with patience, not for ever."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.broadcast.lost_results import LostResults
from bot.store.database import Database
from bot.store.warning_batches import Batch
from bot.vault import Vault
from tests.warning_lab import Side, side
from tests.wechat_lab import lab

ASKED = "/cgi-bin/message/mass/get"


@pytest.fixture
async def here(database: Database, vault: Vault, valkey: Redis, tmp_path: Path) -> AsyncIterator[Side]:
    """A service account whose callbacks reach nobody."""
    async with lab(kind="service") as found:
        made = side(found, database, vault, valkey, tmp_path)
        yield made
        await made.api.close()


def lost(here: Side, redis: Redis) -> LostResults:
    return LostResults(here.desk.broadcast.batches, here.api, redis, here.lab.clock)


async def sent(here: Side) -> str:
    await here.subscribe(1, 2, 3)
    return (await here.send(await here.approved())).id


async def batch_of(here: Side, id: str) -> Batch:
    (batch,) = await here.desk.broadcast.batches.of(id)
    return batch


def asked(here: Side) -> int:
    return sum(call.path == ASKED for call in here.lab.platform.records.calls)


async def test_the_result_is_asked_for_once_it_is_late(here: Side, valkey: Redis) -> None:
    id = await sent(here)
    assert await lost(here, valkey).round() == 0
    assert (asked(here), (await batch_of(here, id)).state) == (0, "sent")
    here.lab.clock.move(timedelta(minutes=11))
    assert await lost(here, valkey).round() == 1
    batch = await batch_of(here, id)
    assert (batch.state, batch.status, batch.delivered) == ("done", "send success", None)
    assert "没有说送达多少人" in batch.reason
    assert await lost(here, valkey).round() == 0
    # What WeChat tells after all knows the figures.
    told = {"MsgID": str(batch.msg_id), "Status": "send success", "SentCount": "3", "ErrorCount": "0"}
    await here.results.finished(told)
    batch = await batch_of(here, id)
    assert (batch.delivered, batch.reason) == (3, "")


@pytest.mark.parametrize(("told", "state"), [("SEND_FAIL", "failed"), ("DELETE", "failed")])
async def test_what_failed_is_shown_as_failed(here: Side, valkey: Redis, told: str, state: str) -> None:
    id = await sent(here)
    (job,) = here.lab.platform.mass.jobs.values()
    job.status = told
    here.lab.clock.move(timedelta(minutes=11))
    await lost(here, valkey).round()
    assert (await batch_of(here, id)).state == state


async def test_two_replicas_ask_once_in_a_while_and_give_up_after_two_days(here: Side, valkey: Redis) -> None:
    id = await sent(here)
    (job,) = here.lab.platform.mass.jobs.values()
    job.status = "SENDING"
    here.lab.clock.move(timedelta(minutes=11))
    for replica in (lost(here, valkey), lost(here, valkey)):
        await replica.round()
    assert asked(here) == 1
    here.lab.clock.move(timedelta(days=2))
    assert await lost(here, valkey).round() == 1
    batch = await batch_of(here, id)
    assert (batch.state, asked(here)) == ("unknown", 1)
    assert "两天" in batch.reason


async def test_a_call_that_fails_is_made_again_later(here: Side, valkey: Redis) -> None:
    id = await sent(here)
    here.lab.clock.move(timedelta(minutes=11))
    here.lab.platform.faults.add(ASKED, "code", code=45009)
    assert await lost(here, valkey).round() == 0
    batch = await batch_of(here, id)
    assert batch.state == "sent"
    await valkey.delete(f"mass:asked:{batch.msg_id}")  # its time has run out
    assert await lost(here, valkey).round() == 1


async def test_what_came_meanwhile_is_not_overwritten(here: Side) -> None:
    id = await sent(here)
    batch = await batch_of(here, id)
    told = {"MsgID": str(batch.msg_id), "Status": "send success", "SentCount": "3", "ErrorCount": "0"}
    await here.results.finished(told)
    assert not await here.desk.broadcast.batches.end(batch, state="unknown", reason="x")
    assert (await batch_of(here, id)).state == "done"
