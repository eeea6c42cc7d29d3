"""Doubled, lost and simultaneous messages while a form is filled in; the stores die in between."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from bot.store.cases import CaseStore
from bot.valkey import ValkeyServer
from tests.forms_lab import CITIZEN, COMPLAINT, ID_NO, PHONE, Citizen, number_in
from tests.test_forms_filed import EXPECTED


async def test_valkey_killed_and_restarted_in_the_middle_of_a_draft(
    either: Citizen, record: CaseStore, valkey_server: ValkeyServer
) -> None:
    for text in CITIZEN[:-1]:
        await either.say(text)
        if text in ("马小花", PHONE):
            assert valkey_server.pid is not None
            os.kill(valkey_server.pid, signal.SIGKILL)
            await asyncio.to_thread(valkey_server.start)
    case = await record.find(number_in(await either.say("确认")))
    assert case is not None
    assert {key: case.answers.get(key) for key in EXPECTED["citizen"]} == EXPECTED["citizen"]


async def test_ten_messages_at_once_land_as_if_sent_one_by_one(either: Citizen, record: CaseStore) -> None:
    await either.say(CITIZEN[0], CITIZEN[1])
    rest = CITIZEN[2:12]
    assert len(rest) == 10
    await asyncio.gather(*(either.wechat.say(text, user=either.user) for text in rest))
    case = await record.find(number_in(await either.say("确认")))
    assert case is not None
    assert {key: case.answers.get(key) for key in EXPECTED["citizen"]} == EXPECTED["citizen"]


async def test_a_redelivered_confirmation_gives_the_same_receipt(either: Citizen, record: CaseStore) -> None:
    await either.say(*CITIZEN[:-1])
    xml = either.wechat.message(Content="确认", user=either.user)
    receipts = [(await either.wechat.deliver(xml)).text for _ in range(3)]
    assert receipts[0] == receipts[1] == receipts[2]
    assert len(await record.own(either.user)) == 1


async def test_a_second_confirmation_makes_no_second_case(either: Citizen, record: CaseStore) -> None:
    number = number_in(await either.say(*CITIZEN))
    again = await either.say("确认")
    assert "已经收到了" in again
    assert number in again
    assert "查询码" not in again  # shown once
    assert len(await record.own(either.user)) == 1


async def test_two_confirmations_at_the_same_moment(either: Citizen, record: CaseStore) -> None:
    await either.say(*COMPLAINT[:-1])
    await asyncio.gather(either.wechat.say("确认"), either.wechat.say("确认"))
    assert len(await record.own(either.user)) == 1


@asynccontextmanager
async def forgotten(valkey: Redis) -> AsyncIterator[None]:
    """What is done inside is in SQL, but the process died before the session knew of it."""
    (key,) = await valkey.keys("lx:session:*")
    before = await valkey.dump(key) or b""
    yield
    await valkey.restore(key, 0, before, replace=True)


async def test_a_crash_between_record_and_session_gives_the_same_case_again(
    either: Citizen, record: CaseStore, valkey: Redis
) -> None:
    await either.say(*CITIZEN[:-1])
    async with forgotten(valkey):
        first = await either.say("确认")
    assert await either.say("确认") == first
    assert len(await record.own(either.user)) == 1


async def test_what_is_changed_after_such_a_crash_is_not_lost(
    either: Citizen, record: CaseStore, valkey: Redis
) -> None:
    await either.say(*CITIZEN[:-1])
    async with forgotten(valkey):
        number = number_in(await either.say("确认"))
    await either.say("电话改成13812345678")
    assert number_in(await either.say("确认")) == number
    case = await record.find(number)
    assert case is not None
    added = case.last("material_added")
    assert added is not None
    assert added.data["changed"] == {"phone": "13812345678"}


async def test_a_new_form_after_one_is_filed_is_a_new_case(either: Citizen, record: CaseStore) -> None:
    await either.say(*CITIZEN)
    await either.say(*CITIZEN)
    assert len(await record.own(either.user)) == 2


async def test_an_id_number_does_not_reach_the_answer_in_clear(citizen: Citizen) -> None:
    await citizen.say(*CITIZEN)
    assert not any(ID_NO in heard for heard in citizen.heard)
