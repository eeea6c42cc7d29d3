"""“查进度” through the signed webhook, over both databases: whose case, what is shown, what can be done."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import SystemClock
from bot.pages.tokens import CalendarLinks
from bot.store.calendars import CalendarStore
from bot.store.cases import CaseStore
from bot.store.preferences import PreferenceStore
from config.settings import Settings
from handlers.cases.model import Happened
from handlers.cases.service import CaseService
from tests.forms_lab import ANONYMOUS, CITIZEN, COMPLAINT, IMAGE, PHONE, Citizen, code_in, number_in

STRANGER = "oLinxia_somebody_else_0000001"


def other(citizen: Citizen, user: str = STRANGER) -> Citizen:
    """Somebody else with the same bot."""
    return replace(citizen, user=user, heard=[])


@pytest.fixture
def service(settings: Settings, record: CaseStore) -> CaseService:
    """What a clerk's console works with."""
    clock, database, vault = SystemClock(), record.database, record.vault
    return CaseService(
        record,
        CalendarStore(database, settings, clock),
        PreferenceStore(database, vault),
        CalendarLinks(vault, clock, ""),
        clock,
    )


def by_clerk(type: str, **data: object) -> Happened:
    return Happened(type=type, at=SystemClock().now(), by="staff:1", data=data)


@pytest.mark.parametrize("said", ["查进度", "我的申请到哪了", "我的件办到谁手里了"])
async def test_one_s_own_case_is_shown_without_any_number(said: str, either: Citizen) -> None:
    number = number_in(await either.say(*CITIZEN))
    shown = await either.say(said)
    for part in (number, "等工作人员确认收到", "提交", "轮到：市场监管局", "接下来：", "撤回"):
        assert part in shown


async def test_several_cases_are_listed_to_choose_from(either: Citizen) -> None:
    first = number_in(await either.say(*CITIZEN))
    second = number_in(await either.say(*COMPLAINT))
    listed = await either.say("查进度")
    assert "2件" in listed
    assert listed.index(second) < listed.index(first)  # the latest first
    assert "红园路美家家具店" in await either.say("1")
    await either.say("查进度")
    assert "红园路" not in await either.say("第二个")


async def test_a_number_alone_is_enough_for_one_s_own_case(either: Citizen) -> None:
    number = number_in(await either.say(*CITIZEN))
    spaced = f"{number[:2].lower()} {number[2:6]} {number[6:]}"
    for said in (number, spaced, f"{number}到哪了", f"查一下{number}"):
        assert "等工作人员确认收到" in await either.say(said)


async def test_others_need_number_and_query_code(either: Citizen) -> None:
    receipt = await either.say(*COMPLAINT)
    number, code = number_in(receipt), code_in(receipt)
    stranger = other(either)
    assert "查询码" in await stranger.say(number)
    shown = await stranger.say(code)
    assert "等您在12315平台提交" in shown
    assert "美家" not in shown
    assert "撤回" not in shown
    assert "等您在12315平台提交" in await stranger.say(f"{number} {code}")
    assert "等您在12315平台提交" in await stranger.say(f"编号{number}查询码{code}")


async def test_wrong_number_and_wrong_code_get_the_same_sentence(either: Citizen) -> None:
    receipt = await either.say(*COMPLAINT)
    number, code = number_in(receipt), code_in(receipt)
    stranger = other(either)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    unknown = "TS20260099997"
    unknown = next(n for n in (f"TS2026009999{d}" for d in range(10)) if _valid(n))
    assert await stranger.say(f"{number} {wrong}") == await stranger.say(f"{unknown} {code}")
    assert await stranger.say(number) == await stranger.say(unknown)


def _valid(number: str) -> bool:
    from handlers.cases.number import valid

    return valid(number)


async def test_a_typo_is_found_before_anything_is_looked_up(either: Citizen) -> None:
    receipt = await either.say(*COMPLAINT)
    number, code = number_in(receipt), code_in(receipt)
    typo = number[:-2] + number[-1] + number[-2] if number[-1] != number[-2] else number[:-1] + "0"
    stranger = other(either)
    for _ in range(15):  # costs no try
        assert "可能有一位打错了" in await stranger.say(f"{typo} {code}")
    assert "等您在12315平台提交" in await stranger.say(f"{number} {code}")


async def test_tries_are_limited_for_each_sender(either: Citizen) -> None:
    receipt = await either.say(*COMPLAINT)
    number, code = number_in(receipt), code_in(receipt)
    stranger = other(either)
    numbers = [n for d in range(10) for n in (f"TS2026001{d:03}{c}" for c in range(10)) if _valid(n)]
    for each in numbers[:10]:
        assert "对不上" in await stranger.say(f"{each} 000000")
    assert "试的次数太多" in await stranger.say(f"{number} {code}")
    assert number in await either.say(number)  # the owner is not touched by it


async def test_tries_are_limited_for_each_number(either: Citizen) -> None:
    receipt = await either.say(*COMPLAINT)
    number, code = number_in(receipt), code_in(receipt)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    people = [other(either, f"oGuesser{n}") for n in range(11)]
    for person in people[:10]:
        assert "对不上" in await person.say(f"{number} {wrong}")
    assert "试的次数太多" in await people[10].say(f"{number} {code}")


async def test_nobody_has_nothing(citizen: Citizen) -> None:
    assert "没有正在办的事" in await citizen.say("查进度")


async def test_the_date_due_is_explained(either: Citizen, service: CaseService) -> None:
    number = number_in(await either.say(*CITIZEN))
    await service.happen(number, by_clerk("bureau_confirmed"))
    shown = await either.say("查进度")
    assert "已收到，正在办" in shown
    assert "次日起算" in shown
    assert "第20个工作日" in shown


async def test_a_case_is_withdrawn_only_by_an_explicit_word(either: Citizen, record: CaseStore) -> None:
    number = number_in(await either.say(*CITIZEN))
    assert "不再办了" in await either.say("查进度", "3")
    assert "没有改动" in await either.say("返回")
    assert "不再办了" in await either.say("撤回", "嗯嗯我想想")
    assert "已经撤回" in await either.say("确定")
    case = await record.find(number)
    assert case is not None
    assert (case.stage, case.outcome) == ("closed", "withdrawn")
    assert "最近办完的是" in await either.say("查进度")
    assert "没有能“撤回”的事" in await either.say("撤回")


async def test_nobody_withdraws_another_s_case(either: Citizen, record: CaseStore) -> None:
    receipt = await either.say(*CITIZEN)
    stranger = other(either)
    await stranger.say(f"{number_in(receipt)} {code_in(receipt)}", "3", "确定", "撤回", "确定")
    case = await record.find(number_in(receipt))
    assert case is not None
    assert case.stage == "submitted"


async def test_material_is_added_in_words_and_pictures(either: Citizen, record: CaseStore) -> None:
    number = number_in(await either.say(*CITIZEN))
    assert "发给我" in await either.say("补充材料")
    assert "已经加到" in await either.say("文号是临市监发〔2025〕12号", IMAGE, IMAGE)
    assert "都收好了" in await either.say("好了")
    case = await record.find(number)
    assert case is not None
    added = [event.data for event in case.events if event.type == "material_added"]
    assert added[0]["text"] == "文号是临市监发〔2025〕12号"
    pictures = [data["evidence"][0] for data in added[1:]]
    assert len(set(pictures)) == 2
    async with record.database.read() as connection:
        rows = (await connection.exec_driver_sql("SELECT id, number FROM evidence")).all()
    assert {tuple(row) for row in rows} == {(picture, number) for picture in pictures}


async def test_material_that_is_delivered_twice_is_added_once(either: Citizen, record: CaseStore) -> None:
    number = number_in(await either.say(*CITIZEN))
    await either.say("补充材料")
    xml = either.wechat.message(Content="再补一句", user=either.user)
    await asyncio.gather(*(either.wechat.deliver(xml) for _ in range(3)))
    case = await record.find(number)
    assert case is not None
    assert [event.type for event in case.events].count("material_added") == 1


async def test_a_call_back_to_the_phone_that_was_left_or_another(either: Citizen, record: CaseStore) -> None:
    number = number_in(await either.say(*CITIZEN))
    assert "139****2345" in await either.say("给我回电")
    assert "139****2345" in await either.say("对")
    await either.say("给我回电")
    assert "10位数" in await either.say("1381234567")
    assert "138****5678" in await either.say("13812345678")
    case = await record.find(number)
    assert case is not None
    asked = [event.data["phone"] for event in case.events if event.type == "callback_requested"]
    assert asked == [PHONE, "13812345678"]


async def test_who_reports_without_a_name_is_asked_for_a_phone(either: Citizen) -> None:
    await either.say(*ANONYMOUS)
    assert "请发一个电话号码" in await either.say("给我回电")


async def test_the_number_of_the_12315_platform(either: Citizen, record: CaseStore) -> None:
    number = number_in(await either.say(*COMPLAINT))
    assert "填12315编号" in await either.say("查进度")
    assert "12315平台给您的编号" in await either.say("2")
    assert "不像" in await either.say("忘了")
    assert "记到" in await either.say("1622901002026112512345678")
    case = await record.find(number)
    assert case is not None
    assert case.number_12315 == "1622901002026112512345678"
    assert "12315编号：1622901002026112512345678" in await either.say("查进度")


async def test_a_correction_that_was_asked_for(
    either: Citizen, record: CaseStore, service: CaseService
) -> None:
    number = number_in(await either.say(*CITIZEN))
    await service.happen(number, by_clerk("bureau_confirmed"))
    until = (SystemClock().now() + timedelta(days=10)).date().isoformat()
    await service.happen(number, by_clerk("correction_requested", items=["是哪一年的名单"], until=until))
    assert "等您补正" in await either.say("查进度")
    assert "是哪一年的名单" in await either.say("补正")
    assert "重新起算" in await either.say("2025年全年的")
    case = await record.find(number)
    assert case is not None
    assert case.stage == "received"
    corrected = case.last("corrected")
    assert corrected is not None
    assert corrected.data["text"] == "2025年全年的"


async def test_the_status_in_the_middle_of_a_form_changes_nothing(either: Citizen) -> None:
    number = number_in(await either.say(*COMPLAINT))
    await either.say(*CITIZEN[:6])
    shown = await either.say(number)
    assert "等您在12315平台提交" in shown
    assert "——接着刚才的：请留一个联系电话" in shown
    assert "您的联系地址" in await either.say(PHONE)
