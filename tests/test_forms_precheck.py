"""Before a form is filled in vain: what is public already, what is no request, what the law will not take."""

import pytest

from bot.store.cases import CaseStore
from tests.forms_lab import CITIZEN, PHONE, Citizen, number_in


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("我买的手机坏了店家不给退钱", "按投诉办才管用"),
        ("红园路有人卖假烟，你们去查查", "按举报办才会去查"),
        ("反映你局某领导作风问题，要求处理", "信访"),
        ("我家隔壁办加工厂是否合法", "直接问"),
    ],
)
async def test_what_is_no_request_is_recognised_and_who_insists_goes_on(
    text: str, told: str, either: Citizen, record: CaseStore
) -> None:
    asked = await either.say("申请公开", text)
    assert told in asked
    assert "仍要申请" in asked
    receipt = await either.say("仍要申请", *CITIZEN[2:])
    case = await record.find(number_in(receipt))
    assert case is not None
    assert case.answers["content"] == text


@pytest.mark.parametrize(
    ("text", "choice", "told"),
    [
        ("我买的手机坏了店家不给退钱", "1", "换成投诉"),
        ("红园路有人卖假烟，你们去查查", "1", "换成举报"),
        ("反映你局某领导作风问题，要求处理", "1", "当面说"),
        ("我家隔壁办加工厂是否合法", "1", "直接把想问的发给我"),
    ],
)
async def test_the_right_way_is_offered(text: str, choice: str, told: str, citizen: Citizen) -> None:
    assert told in await citizen.say("申请公开", text, choice)


async def test_the_story_goes_along_into_the_complaint(citizen: Citizen) -> None:
    await citizen.say("申请公开", "我买的手机坏了店家不给退钱", "改成投诉", "都符合", "老马手机店")
    asked = await citizen.say("临夏市红园路", "昨天", "900")
    assert "您刚才说的是：“我买的手机坏了店家不给退钱”" in asked


@pytest.mark.parametrize("text", ["2024年消费投诉处理结果统计", "举报奖励发放名单", "某超市退货赔偿登记台账"])
async def test_records_about_complaints_are_information(text: str, citizen: Citizen) -> None:
    assert "是谁来申请" in await citizen.say("申请公开", text)


async def test_what_is_public_already_is_shown_first(citizen: Citizen) -> None:
    shown = await citizen.say("申请公开", "全国单用途预付卡消费部门联合治理机制和行业管理安排")
    assert "可能已经公开了" in shown
    assert "市场监管现代化规划" in shown
    assert "是谁来申请" in await citizen.say("仍要申请")


async def test_who_has_found_it_need_not_go_on(citizen: Citizen) -> None:
    await citizen.say("申请公开", "全国单用途预付卡消费部门联合治理机制和行业管理安排")
    assert "不申请了" in await citizen.say("这就是我要的")
    assert "没有填到一半" in await citizen.say("继续")


async def test_without_consent_no_id_number_is_taken(citizen: Citizen) -> None:
    told = await citizen.say(*CITIZEN[:4], "不同意")
    assert "当面申请" in told
    assert "没有填到一半" in await citizen.say("继续")


async def test_a_wish_to_apply_by_telephone_is_answered_as_the_guide_says(citizen: Citizen) -> None:
    for asked in ("能打电话申请吗", "我想电话申请信息公开"):
        assert "不直接受理" in await citizen.say(asked)


async def test_the_telephone_question_in_the_form(citizen: Citizen) -> None:
    reply = await citizen.say("申请公开", "可以打电话申请吗")
    assert "不直接受理" in reply
    assert "——接着刚才的：您想要什么信息" in reply


@pytest.mark.parametrize(
    ("failing", "told"),
    [("1", "多半不能受理"), ("2", "超过三年"), ("3", "不能重复受理"), ("4", "要有被投诉的商家")],
)
async def test_a_failed_check_says_what_to_do_instead_and_lets_go_on(
    failing: str, told: str, citizen: Citizen
) -> None:
    assert told in await citizen.say("投诉", failing)
    assert "商家叫什么" in await citizen.say("仍要投诉")


async def test_several_failed_checks_one_after_the_other(citizen: Citizen) -> None:
    await citizen.say("投诉", "1和3")
    assert "不能重复受理" in await citizen.say("仍要投诉")
    assert "由法院判" in await citizen.say("不填了")


async def test_a_dealer_is_shown_the_report(citizen: Citizen) -> None:
    assert "您举报的是谁" in await citizen.say("投诉", "1", "改成举报")


async def test_a_purchase_long_ago_brings_the_check_back(citizen: Citizen) -> None:
    asked = await citizen.say("投诉", "都符合", "老马家具店", "临夏市红园路", "2019年5月")
    assert "超过三年" in asked
    assert "花了多少钱" in await citizen.say("最近才发现")


async def test_a_shop_outside_the_prefecture(either: Citizen, record: CaseStore) -> None:
    told = await either.say("投诉", "都符合", "老马家具店", "兰州市城关区张掖路1号")
    assert "所在地的县级市场监管局" in told
    assert "第十三条" in told
    await either.say("接着填", "昨天", "300", "三天就裂了，不给退", "退钱", "没有", "马小花", PHONE)
    receipt = await either.say("临夏市红园路12号", "可以", "可以", "1", "确认")
    assert "不在临夏州" in receipt
    case = await record.find(number_in(receipt))
    assert case is not None
    assert case.answers["county"] == "不在临夏州"


async def test_an_address_without_its_county_is_asked_for_it(citizen: Citizen) -> None:
    assert "哪个县市" in await citizen.say("投诉", "都符合", "老马家具店", "红园路12号")
    assert "哪天买的" in await citizen.say("临夏市")
    assert "哪个县市" in await citizen.say("商家地址改成解放路3号")


@pytest.mark.parametrize(
    ("story", "number"),
    [
        ("我要举报饭店，吃了饭三个人中毒了", "120"),
        ("我要举报，他家煤气泄漏没人管", "119"),
        ("我要举报商场，电梯里困着人", "119"),
    ],
)
async def test_danger_comes_first(story: str, number: str, citizen: Citizen) -> None:
    first = (await citizen.say(story)).splitlines()[0]
    assert number in first
    assert "接着填" in first


async def test_danger_in_the_middle(citizen: Citizen) -> None:
    told = await citizen.say("我要举报", "老马饭店", "临夏市红园路", "吃了他家的凉皮，两个娃上吐下泻")
    assert told.startswith("有人中毒")
    assert "照片" in told
