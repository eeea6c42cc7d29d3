"""Notices on their way: agenda, channels, refusals, waiting, night, preferences; SQLite and PostgreSQL."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from bot.outbox.callbacks import Callbacks
from bot.outbox.undelivered import Undelivered
from bot.vault import Vault
from bot.wechat_server.faults import FaultKind
from handlers.message import Message
from handlers.turn import Event
from tests.fixtures_notices import PHONE, Bureau, bureau
from tests.wechat_lab import ALI, BAI

CUSTOM = "/cgi-bin/message/custom/send"
TEMPLATE = "/cgi-bin/message/template/send"
SUBSCRIBE = "/cgi-bin/message/subscribe/bizsend"


@pytest.fixture
async def office(sql_url: str, vault: Vault, valkey: Redis, tmp_path: Path) -> AsyncIterator[Bureau]:
    """A verified subscription account: customer-service messages and next contact."""
    async with bureau(sql_url, vault, valkey, tmp_path, kind="subscription") as it:
        yield it


async def test_received_is_told_with_number_date_and_explanation(office: Bureau) -> None:
    await office.wrote()
    case = await office.received()
    await office.work()
    [told] = office.texts()
    assert case.number in told
    assert "12月22日" in told
    assert "第20个工作日" in told
    assert await office.states() == {"received": "sent"}


async def test_a_request_lives_and_each_notice_comes_on_its_day(office: Bureau) -> None:
    await office.received()
    for day in ("2026-12-16", "2026-12-17", "2026-12-21", "2026-12-22", "2026-12-23"):
        office.at(f"{day} 08:59")
        await office.wrote()
        await office.work()
        before = await office.states()
        office.at(f"{day} 09:00")
        await office.work()
        new = await office.states()
        fresh = set(new) - set(before)
        expected = {"2026-12-17": {"soon"}, "2026-12-22": {"due_today"}, "2026-12-23": {"overdue"}}
        assert fresh == expected.get(day, set()), day
    mails = [mail.key.split(":")[1] + ":" + mail.payload["role"] for mail in office.first.post.mails]
    assert mails == ["soon:clerk", "due_today:clerk", "overdue:clerk", "overdue:head"]
    assert "昨天到期，还没有答复，对不起" in office.texts()[-1]
    assert await office.agenda() == []


async def test_what_is_done_in_time_leads_to_no_reminder(office: Bureau) -> None:
    case = await office.received()
    office.at("2026-12-01 10:00")
    await office.happen(case.number, "answered", outcome="DENY")
    assert [notice for notice, _ in await office.agenda()] == ["satisfaction"]
    office.at("2026-12-30 10:00")
    await office.wrote()
    await office.work()
    assert set(await office.states()) == {"received", "answered", "satisfaction"}
    answered = next(text for text in await _all_texts(office) if "已经答复" in text)
    assert "60日内，先向临夏州人民政府申请行政复议" in answered


async def _all_texts(office: Bureau) -> list[str]:
    waiting = await office.first.outbox.told_at_contact(ALI, "next", office.now)
    return [*office.texts(), *(message.text for message in waiting)]


async def test_another_date_supersedes_what_was_planned(office: Bureau) -> None:
    case = await office.received()
    old = {version for _, version in await office.agenda()}
    await office.happen(case.number, "extended", days=10, reason="要查的多", approved_by="李")
    new = {version for _, version in await office.agenda()}
    assert "disclosure.reply@2026-12-22" in old
    assert "disclosure.reply@2026-12-22" not in new
    assert "disclosure.reply@2027-01-06" in new
    await office.happen(case.number, "correction_requested", items=["写明年份"], until="2026-12-15")
    assert [notice for notice, _ in await office.agenda()] == [
        "correction_soon",
        "correction_last",
        "correction_lapsed",
    ]


@pytest.mark.parametrize("code", [43004, 45015, 45047, 48001])
async def test_a_refusal_moves_on_to_the_next_contact_at_once(office: Bureau, code: int) -> None:
    await office.wrote()
    office.lab.platform.faults.add(CUSTOM, "code", code=code)
    await office.received()
    await office.work()
    assert await office.rows("state, channel, reason") == [("contact", "contact", f"custom {code}")]
    assert len(office.lab.platform.records.of(CUSTOM)) == 1


async def test_closed_window_is_not_even_tried(office: Bureau) -> None:
    await office.wrote()
    office.lab.clock.move(timedelta(hours=49))
    await office.received()
    await office.work()
    assert await office.rows("state, reason") == [("contact", "custom closed")]
    assert office.lab.platform.records.of(CUSTOM) == []


async def test_count_of_the_window_is_kept(office: Bureau) -> None:
    await office.wrote()
    for n in range(7):
        await office.received(draft=f"d{n}")
    await office.work()
    assert len(office.texts()) == 5
    assert [call.errcode for call in office.lab.platform.records.of(CUSTOM)] == [0] * 5
    assert sorted(state for (state,) in await office.rows("state")) == ["contact"] * 2 + ["sent"] * 5


@pytest.mark.parametrize("code", [-1, 45009, 45011, 40164])
async def test_busy_platform_and_quota_make_it_wait(office: Bureau, code: int) -> None:
    await office.wrote()
    office.lab.platform.faults.add(CUSTOM, "code", code=code)
    await office.received()
    await office.work()
    await office.work()
    assert await office.rows("state, attempts, channel") == [("new", 1, "")]
    assert office.texts() == []
    office.lab.clock.move(timedelta(hours=24))
    await office.work()
    assert await office.rows("state, attempts, channel") == [("sent", 2, "custom")]
    assert len(office.texts()) == 1


@pytest.fixture
async def service(sql_url: str, vault: Vault, valkey: Redis, tmp_path: Path) -> AsyncIterator[Bureau]:
    """A verified service account: subscription notifications, template messages, and the rest."""
    ids: dict[str, Any] = {"wechat_message_template": "T1", "wechat_subscription_template": "S1"}
    async with bureau(sql_url, vault, valkey, tmp_path, kind="service", **ids) as it:
        yield it


async def test_given_up_after_72_hours_with_the_reason(service: Bureau) -> None:
    service.lab.platform.faults.add("/cgi-bin/stable_token", "code", code=-1, times=10_000)
    await service.received()
    for _ in range(75):
        await service.first.worker.run_once()
        service.lab.clock.move(timedelta(hours=1))
    [(state, reason, attempts)] = await service.rows("state, reason, attempts")
    assert state == "dead"
    assert reason.startswith("72小时没能送出")
    assert attempts > 20


async def test_channels_are_tried_in_order_until_one_is_open(service: Bureau) -> None:
    records = service.lab.platform.records
    await service.received()
    await service.work()  # nobody accepted the subscription: 43101, then the template message
    assert [call.errcode for call in records.of(SUBSCRIBE)] == [43101]
    [told] = [m for m in records.to(ALI) if m.channel == "template"]
    assert told.content["fields"]["phrase3"] == "已收到"
    assert told.content["fields"]["time4"] == "12月22日"
    service.lab.platform.followers.grant(ALI, "S1", 10)
    await service.received(draft="d2")
    await service.work()
    assert [m.channel for m in records.to(ALI)] == ["template", "subscribe"]
    rows = await service.rows("state, channel")
    assert rows == [
        ("sent", "template"),
        ("contact", "contact"),
        ("sent", "subscribe"),
        ("contact", "contact"),
    ]


async def test_who_agreed_once_hears_once_over_the_subscription(service: Bureau) -> None:
    service.lab.platform.followers.grant(ALI, "S1", 1)  # 一次性订阅: one agreement, one message
    for draft in ("d1", "d2"):
        await service.received(draft=draft)
        await service.work()
    assert [m.channel for m in service.lab.platform.records.to(ALI)] == ["subscribe", "template"]
    assert [call.errcode for call in service.lab.platform.records.of(SUBSCRIBE)] == [0, 43101]


async def test_wrong_template_falls_back_to_a_message_in_the_window(service: Bureau) -> None:
    await service.wrote()
    service.lab.platform.faults.add(TEMPLATE, "code", code=40037)
    await service.received()
    await service.work()
    assert await service.rows("state, channel") == [("sent", "custom")]


async def test_template_that_failed_afterwards_goes_on_over_the_next_channel(service: Bureau) -> None:
    await service.wrote()
    await service.received()
    await service.work()
    [(number, state)] = [row for row in await service.rows("message_id, state") if row[0]]
    assert state == "sent"
    finished = Message(user=ALI, account="gh", kind="event", at=service.now, id="e1", event="x")
    event = Event(type="template_finished", data={"MsgID": number, "Status": "failed:user block"})
    for _ in range(2):  # WeChat says it again
        await Callbacks(service.first.outbox, service.lab.clock).heard(finished, event)
        await service.work()
    assert len(service.texts()) == 1
    assert len(service.lab.platform.records.of(TEMPLATE)) == 1


async def test_unverified_account_keeps_everything_for_the_next_contact(
    sql_url: str, vault: Vault, valkey: Redis, tmp_path: Path
) -> None:
    async with bureau(sql_url, vault, valkey, tmp_path, kind="subscription", verified=False) as office:
        await office.wrote()
        await office.received()
        await office.work()
        assert await office.rows("state, channel") == [("contact", "contact")]
        assert office.lab.platform.records.counts["/cgi-bin/stable_token"] == 0


async def test_connection_cut_after_sending_is_uncertain_and_not_repeated(office: Bureau) -> None:
    await office.wrote()
    office.lab.platform.faults.add(CUSTOM, "cut_after")
    await office.received()
    await office.work()
    office.lab.clock.move(timedelta(hours=20))
    await office.work()
    assert [state for (state,) in await office.rows("state")] == ["uncertain"]
    assert len(office.texts()) == 1


async def test_a_line_that_breaks_in_every_call_does_not_make_all_uncertain(office: Bureau) -> None:
    for n in range(30):
        person = f"oPerson{n:022}"
        await office.wrote(person)
        await office.received(draft=f"d{n}", filer=person)
    office.lab.platform.faults.add(CUSTOM, "cut", times=10_000)
    for _ in range(120):  # an hour of rounds
        await office.first.worker.run_once()
        office.lab.clock.move(timedelta(seconds=30))
    states = Counter(state for (state,) in await office.rows("state"))
    assert 4 <= states["uncertain"] <= 12  # a message in each lane, then one at each try
    assert states["new"] == 30 - states["uncertain"]
    office.lab.platform.faults.clear()
    office.lab.clock.move(timedelta(hours=1))
    await office.work()
    assert Counter(state for (state,) in await office.rows("state")) == {
        "uncertain": states["uncertain"],
        "sent": states["new"],
    }


@pytest.mark.parametrize("fault", ["cut", "cut_after", "http"])
async def test_a_token_that_cannot_be_had_makes_it_wait_for_nothing_was_sent(
    office: Bureau, fault: FaultKind
) -> None:
    await office.wrote()
    office.lab.platform.faults.add("/cgi-bin/stable_token", fault, code=502, times=2)  # aiohttp tries twice
    await office.received()
    await office.work()
    assert await office.rows("state, attempts") == [("new", 1)]
    office.lab.platform.faults.clear()
    office.lab.clock.move(timedelta(hours=1))
    await office.work()
    assert await office.rows("state, attempts, channel") == [("sent", 2, "custom")]
    assert len(office.texts()) == 1


async def test_nothing_is_sent_at_night_but_all_in_the_morning(office: Bureau) -> None:
    office.at("2026-11-24 20:59")
    await office.wrote()
    case = await office.file()
    office.at("2026-11-24 21:30")
    await office.happen(case.number, "bureau_confirmed")
    await office.work()
    office.at("2026-11-25 07:59")
    await office.work()
    assert office.texts() == []
    office.at("2026-11-25 08:00")
    await office.work()
    assert len(office.texts()) == 1


async def test_a_retry_that_falls_into_the_night_waits(office: Bureau) -> None:
    office.at("2026-11-24 20:58")
    await office.wrote()
    office.lab.platform.faults.add(CUSTOM, "code", code=-1, times=3)
    await office.received()
    for minute in range(0, 12 * 60, 5):
        await office.work()
        if office.now.hour >= 21 or office.now.hour < 8:
            assert office.texts() == [], minute
        office.lab.clock.move(timedelta(minutes=5))
    assert len(office.texts()) == 1


async def test_a_mediation_early_next_morning_is_told_at_night(office: Bureau) -> None:
    case = await office.received("complaint")
    await office.happen(case.number, "accepted")
    office.at("2026-11-24 22:00")
    await office.wrote()
    await office.happen(case.number, "mediation_scheduled", when="2026-11-25T08:30", where="三楼会议室")
    await office.first.worker.run_once()
    assert [text for text in office.texts() if "11月25日（周三）08:30" in text]


async def test_people_hear_as_much_as_they_chose(office: Bureau) -> None:
    await office.first.preferences.choose(ALI, "must", office.now)
    await office.first.preferences.choose(BAI, "important", office.now)
    for filer in (ALI, BAI):
        case = await office.received(draft=filer, filer=filer)
        await office.happen(case.number, "transferred", unit="食品科")
    office.at("2026-12-30 09:00")
    await office.work()
    rows = await office.rows("key, kind")
    names = [key.split(":")[1] for key, kind in rows if kind == "notice"]
    assert sorted(names) == ["overdue", "received", "received", "transferred"]


async def test_missed_days_are_made_up_for_and_what_lost_its_sense_is_a_dead_letter(office: Bureau) -> None:
    await office.received()
    office.at("2026-12-28 09:00")  # nothing ran since the filing
    await office.work()
    rows = await office.rows("key, kind, state, reason")
    found = {key.split(":")[1]: (state, reason) for key, kind, state, reason in rows if kind == "notice"}
    assert found["soon"] == found["due_today"] == ("dead", "过时：日期已到，改由后一条通知")
    assert found["overdue"][0] == "contact"


async def test_two_replicas_and_repeated_runs_send_each_notice_once(office: Bureau) -> None:
    await office.wrote()
    office.replica(seed=2)
    numbers = [(await office.received(draft=f"d{n}", filer=BAI)).number for n in range(30)]
    office.at("2026-12-23 09:00")
    office.lab.platform.limits.__dict__["reply_count"] = 10_000
    await office.wrote(BAI)
    for _ in range(3):
        await asyncio.gather(*(replica.agenda.run_once() for replica in office.replicas))
        await asyncio.gather(*(replica.worker.run_once() for replica in office.replicas))
    keys = [key for (key,) in await office.rows("key")]
    assert len(keys) == len(set(keys))
    sent = [m.text for m in office.lab.platform.records.to(BAI)]
    assert len(sent) == len(set(sent))
    overdue = [key for key in keys if ":overdue:" in key and key.count(":") == 2]
    assert len(overdue) == len(numbers)
    assert await office.agenda() == []


async def test_a_paper_case_is_for_the_clerk_to_tell(office: Bureau) -> None:
    await office.received(filer="")
    assert await office.rows("state, reason") == [("dead", "不是从微信来的，请打电话或书面告知")]


async def test_what_did_not_arrive_on_its_day_is_for_a_clerk_to_call(office: Bureau) -> None:
    await office.received()
    await office.work()
    undelivered = Undelivered(office.first.outbox, office.first.cases)
    assert await undelivered.page(office.now) == ()
    office.at("2026-11-24 21:01")
    [unheard] = await undelivered.page(office.now)
    assert (unheard.phone, unheard.name, unheard.state) == (PHONE, "马小明", "contact")
    assert "最晚12月22日答复" in unheard.text
    assert await undelivered.count(office.now) == 1
    assert await undelivered.settle(unheard.id)
    assert await undelivered.count(office.now) == 0
    assert await office.first.outbox.told_at_contact(ALI, "m", office.now) == []


async def test_a_clerk_may_have_an_uncertain_message_sent_again(office: Bureau) -> None:
    await office.wrote()
    office.lab.platform.faults.add(CUSTOM, "timeout", seconds=6)
    await office.received()
    await office.work()
    undelivered = Undelivered(office.first.outbox, office.first.cases)
    [unheard] = await undelivered.page(office.now)
    assert unheard.state == "uncertain"
    assert await undelivered.resend(unheard.id, office.now, office.now + timedelta(days=3))
    office.lab.clock.move(timedelta(minutes=1))  # after a message that may not have arrived the line rests
    await office.work()
    assert len(office.texts()) == 1
    assert not await undelivered.settle(unheard.id)


async def test_a_case_that_cannot_be_read_does_not_hold_up_the_others(office: Bureau) -> None:
    broken, sound = await office.received(draft="d1"), await office.received(draft="d2")
    async with office.first.database.write() as connection:
        broke = text("UPDATE case_events SET blob = :blob WHERE number = :number AND seq = 1")
        await connection.execute(broke, {"blob": b"torn", "number": broken.number})
    office.at("2026-12-23 09:00")
    await office.work()
    found = {key.split(":")[0] for (key,) in await office.rows("key") if ":overdue:" in key}
    assert found == {sound.number}
    assert {notice for notice, _ in await office.agenda()} == {"limit_soon", "soon", "due_today", "overdue"}
    await office.first.agenda.run_once()  # does not spin: it is looked at again in an hour
