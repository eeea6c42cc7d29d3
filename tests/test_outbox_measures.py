"""What Prometheus sees of the outbox: what went out, was tried again or given up, by channel; what waits."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from math import isnan
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.clock import SHANGHAI, SystemClock
from bot.outbox.measures import Depth, Measures
from bot.store.database import Database
from bot.store.outbox_rows import insert_contact
from bot.vault import Vault
from config.settings import Settings
from handlers.ports import OutMessage
from tests.fixtures_notices import Bureau, bureau
from tests.fixtures_wechat import Parrot, Serve
from tests.wechat_lab import ALI
from tests.wechat_signing import USER

CUSTOM = "/cgi-bin/message/custom/send"


@pytest.fixture
async def office(sql_url: str, vault: Vault, valkey: Redis, tmp_path: Path) -> AsyncIterator[Bureau]:
    async with bureau(sql_url, vault, valkey, tmp_path, kind="subscription") as it:
        yield it


def counted(office: Bureau, channel: str = "custom", kind: str = "notice") -> dict[str, float]:
    """The counters of a channel that are not zero."""
    measures = office.first.outbox.measures
    counters = {"sent": measures.sent, "retried": measures.retried, "dead": measures.dead,
                "uncertain": measures.uncertain}  # fmt: skip
    found = {
        name: sample.value
        for name, counter in counters.items()
        for metric in counter.collect()
        for sample in metric.samples
        if sample.name.endswith("_total") and sample.labels == {"kind": kind, "channel": channel}
    }
    return {name: value for name, value in found.items() if value}


async def test_sent_retried_given_up_and_uncertain_are_counted_by_channel(office: Bureau) -> None:
    await office.wrote()
    faults = office.lab.platform.faults
    faults.add(CUSTOM, "code", code=-1)
    await office.received(draft="d1")
    await office.work()
    assert counted(office) == {"retried": 1}
    office.lab.clock.move(timedelta(minutes=2))
    await office.work()
    assert counted(office) == {"retried": 1, "sent": 1}
    faults.add(CUSTOM, "cut_after")
    await office.received(draft="d2")
    await office.work()
    assert counted(office) == {"retried": 1, "sent": 1, "uncertain": 1}
    office.lab.clock.move(timedelta(minutes=1))
    faults.add(CUSTOM, "code", code=-1, times=10_000)
    await office.received(draft="d3")
    await office.work()
    office.lab.clock.move(timedelta(hours=73))
    await office.wrote()
    await office.work()
    assert counted(office) == {"retried": 2, "sent": 1, "uncertain": 1, "dead": 1}


async def test_what_is_told_or_lapses_at_the_next_contact_is_counted(office: Bureau) -> None:
    await office.received(draft="d1")
    await office.work()
    await office.first.outbox.told_at_contact(ALI, "m1", office.now)
    await office.first.outbox.told_at_contact(ALI, "m1", office.now)  # delivered again: the same telling
    assert counted(office, "contact") == {"sent": 1}
    await office.received(draft="d2")
    await office.work()
    office.lab.clock.move(timedelta(days=31))
    await office.first.outbox.expire(office.now)
    assert counted(office, "contact") == {"sent": 1, "dead": 1}


async def test_two_messages_at_one_moment_tell_it_once(office: Bureau) -> None:
    for draft in ("d1", "d2", "d3"):
        await office.received(draft=draft)
    await office.work()
    tell = office.first.outbox.told_at_contact
    told = await asyncio.gather(*(tell(ALI, f"m{n}", office.now) for n in range(8)))
    assert sorted(len(some) for some in told) == [0] * 7 + [3]


async def test_mail_is_counted_as_mail(office: Bureau) -> None:
    await office.received()
    office.at("2026-12-17 09:00")
    await office.work()
    assert counted(office, "mail", "staff_mail") == {"sent": 1}


async def test_metrics_page_shows_how_much_waits_and_how_long(
    serve: Serve, settings: Settings, parrot: Parrot
) -> None:
    wechat = await serve(brain=parrot, wechat_verified=False)
    database, vault = Database(settings.sql_url), Vault.open(settings)
    for key, hours in (("a", 3), ("b", 1)):
        made = datetime.now(SHANGHAI) - timedelta(hours=hours)
        message = OutMessage(key, "notice", made, {"text": key}, user=USER)
        async with database.write() as connection:
            await insert_contact(connection, vault, message)
    await database.close()
    _, text = await wechat.get("/metrics")
    assert 'linxia_outbox_waiting{state="contact"} 2.0' in text
    assert 'linxia_outbox_waiting{state="new"} 0.0' in text
    [oldest] = [
        line for line in text.splitlines() if line.startswith('linxia_outbox_oldest_seconds{state="contact"}')
    ]
    assert 3 * 3600 <= float(oldest.split()[1]) < 4 * 3600
    await wechat.say("在吗")
    _, text = await wechat.get("/metrics")
    assert 'linxia_outbox_sent_total{channel="contact",kind="notice"} 2.0' in text
    assert 'linxia_outbox_waiting{state="contact"} 0.0' in text
    assert USER not in text


async def test_a_database_that_is_away_leaves_the_other_measures_alone(tmp_path: Path) -> None:
    measures = Measures()
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")  # without any table
    await Depth(database, measures, SystemClock()).look()
    await database.close()
    [metric] = measures.waiting.collect()
    assert {sample.labels["state"] for sample in metric.samples} == {"new", "sending", "contact"}
    assert all(isnan(sample.value) for sample in metric.samples)
