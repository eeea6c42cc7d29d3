"""People tell all at once, in the wrong place, with half a name: what they said is kept for its turn."""

import pytest

from bot.store.cases import CaseStore
from handlers.deps import Understand
from intents.decision import Context, Decision, Hit
from tests.fixtures_forms import Meet
from tests.forms_lab import CITIZEN, COMPLAINT, Citizen, number_in

STORY = "我上个月底在西关十字卖保健品的店花三千八买的药，吃了头晕，去退不给退，要求退钱，我都七十二了"


async def test_a_story_instead_of_the_check_is_kept_for_its_place(citizen: Citizen) -> None:
    kept = await citizen.say("投诉", STORY)
    assert "我先记下了" in kept
    assert "先核对四条" in kept
    assert "“西关十字卖保健品的店”，对吗" in await citizen.say("都符合")
    assert "是2026年" in await citizen.say("对对，就是这家", "临夏市西关十字")
    assert "花了3800元，对吗" in await citizen.say("对")
    assert f"您刚才说的是：“{STORY}”" in await citizen.say("对")
    assert "您想要“退钱”，对吗" in await citizen.say("没有要补充的")
    assert "证据图片" in await citizen.say("对", "没有", "修改")


async def test_a_story_is_no_name_of_a_shop(citizen: Citizen) -> None:
    told = "我上个月在红园路美家家具店买的柜子，用了一周裂了，老板不给退钱，你们管不管"
    asked = await citizen.say("投诉", "都符合", told)
    assert "您投诉的商家是“红园路美家家具店”，对吗" in asked
    assert "商家在哪里" in await citizen.say("就是这家")


UNCLEAR = "我要告一个卖肉的，注水肉着呢，阿么办呢"


def unsure(understand: Understand) -> Understand:
    """An understanding that asks back for `UNCLEAR`, whatever the model of the day makes of it."""

    async def asks_back(text: str, context: Context) -> Decision:
        if text != UNCLEAR:
            return await understand(text, context)
        return Decision("clarify", (Hit("flow.report", score=0.5), Hit("flow.complaint", score=0.5)), 0.4)

    return asks_back


async def test_what_was_unclear_is_not_told_twice(meet: Meet) -> None:
    citizen = await meet(parts={"wrap": unsure})
    assert "投诉" in await citizen.say(UNCLEAR)
    await citizen.say("我要投诉", "都符合", "马六肉铺", "临夏市西关市场", "昨天", "50块")
    assert "注水肉" in citizen.heard[-1]


@pytest.mark.parametrize("said", ["对的", "对对对", "嗯是的", "就是这家", "对，就是它", "没错"])
async def test_yes_is_not_the_name_of_a_shop(said: str, citizen: Citizen) -> None:
    asked = await citizen.say("我要投诉红园路美家家具店，柜子裂了不给退", "都符合", said)
    assert "商家在哪里" in asked
    assert "商家名称：红园路美家家具店" in await citizen.say("修改")


async def test_shop_place_and_phone_at_once(either: Citizen, record: CaseStore) -> None:
    noted = await either.say("投诉", "都符合", "美家家具店，13893000000，临夏市红园路12号")
    assert "商家电话 138****0000" in noted
    assert "交易时间 " in await either.say("11月3号，花了2000块")
    told = await either.say("柜子裂了，老板不退，我叫马小花，电话13993012345")
    assert "姓名 马小花" in told
    assert "想要什么结果" in told
    await either.say("退钱", "没有", "临夏市团结路5号", "没意见", "不反对", "你们弄")
    case = await record.find(number_in(await either.say("确认")))
    assert case is not None
    expected = {
        "resp_name": "美家家具店",
        "resp_phone": "13893000000",
        "resp_address": "临夏市红园路12号",
        "facts": "柜子裂了，老板不退",
        "name": "马小花",
        "phone": "13993012345",
        "amount": "2000元",
        "agree_publish": True,
        "agree_delegate": True,
        "route": "bureau",
    }
    assert {key: case.answers.get(key) for key in expected} == expected


async def test_a_story_keeps_its_parts(citizen: Citizen) -> None:
    """“老板不退” beside a phone number is no name."""
    await citizen.say("投诉", "都符合", "美家家具店", "临夏市红园路", "昨天", "300")
    assert "想要什么结果" in await citizen.say("柜子裂了，老板不退，我打电话13993012345他不接")
    page = await citizen.say("修改")
    assert "老板不退" in page
    assert "姓名" not in page


async def test_an_answer_to_a_later_choice(citizen: Citizen) -> None:
    await citizen.say("举报", "老马豆腐坊", "广河县城关镇菜市场", "往豆腐里加东西，没有执照")
    assert "匿名或实名 匿名" in await citizen.say("匿名")
    assert "怎么提交" in await citizen.say("没拍")


async def test_whose_name_is_asked_for(citizen: Citizen) -> None:
    await citizen.say("替我爸申请信息公开", "2024年养老院食堂检查记录", "3", "1", "李四海")
    assert "委托人的真实姓名" in await citizen.say("没带")
    assert "委托人的证件号码" in await citizen.say("我爸叫李大山", "好的")
    assert "姓名：李大山" in await citizen.say("修改")


async def test_a_child_s_number_needs_the_guardian_s_consent(citizen: Citizen) -> None:
    asked = await citizen.say(*CITIZEN[:5], "622901201501011239")
    assert "不满14岁" in asked
    assert "第三十一条" in asked
    assert "联系电话" in await citizen.say("我是监护人")
    assert "不满14岁" not in await citizen.say("修改")


async def test_without_the_guardian_s_consent_nothing_is_kept(citizen: Citizen) -> None:
    assert "监护人来申请" in await citizen.say(*CITIZEN[:5], "622901201501011239", "不是")
    assert "没有填到一半" in await citizen.say("继续")


async def test_a_place_whose_county_nobody_knows(citizen: Citizen) -> None:
    await citizen.say("投诉", "都符合", "保健品店", "西关十字那里")
    assert "哪天买的" in await citizen.say("不知道")


@pytest.mark.parametrize(
    ("cry", "number"),
    [("电梯里困了人快来", "119"), ("我们这儿煤气漏了", "119"), ("娃娃吃了凉皮昏迷了", "120")],
)
async def test_danger_comes_first_without_a_form(cry: str, number: str, citizen: Citizen) -> None:
    assert number in (await citizen.say(cry)).splitlines()[0]


async def test_a_cry_for_help_is_no_address(citizen: Citizen) -> None:
    told = await citizen.say("我要举报", "老马饭店", "快来人啊饭店着火了")
    assert "119" in told
    assert "——接着刚才的：在哪里" in told


@pytest.mark.parametrize("text", ["轮胎漏气找谁赔", "我的个人信息泄漏了"])
async def test_not_every_leak_is_a_fire(text: str, citizen: Citizen) -> None:
    assert "119" not in await citizen.say(text)


async def test_who_complains_for_another_is_told_what_that_takes(either: Citizen, record: CaseStore) -> None:
    page = await either.say(*COMPLAINT[:-1])
    assert "替别人投诉的" in page
    assert "代理人：马海" in await either.say("代理人是马海")
    receipt = await either.say("确认")
    assert "授权委托书原件" in receipt
    case = await record.find(number_in(receipt))
    assert case is not None
    assert case.answers["agent_name"] == "马海"


async def test_the_same_wish_again_goes_on_with_the_question(citizen: Citizen) -> None:
    again = await citizen.say("投诉", "我要投诉")
    assert "正填着呢" in again
    assert "先核对四条" in again
    assert "正填着呢" in await citizen.say("都符合", "我要投诉")


async def test_who_cannot_write_is_told_at_once_that_speaking_will_do(citizen: Citizen) -> None:
    assert "发语音就行" in await citizen.say("我要投诉，我老了不会写字，卖保健品的店不给退钱")
