"""The moves that every form has, as a citizen uses them: through the signed webhook."""

from datetime import timedelta

import pytest

from bot.store.cases import CaseStore
from tests.fixtures_forms import Meet
from tests.forms_lab import (
    CITIZEN,
    COMPLAINT,
    ID_NO,
    IMAGE,
    PHONE,
    Citizen,
    MovingWeChat,
    number_in,
)

START = "我要投诉红园路美家家具店，柜子裂了不给退"


async def test_back_shows_what_was_answered_and_keeps_what_comes_later(citizen: Citizen) -> None:
    await citizen.say(START, "都符合", "对", "临夏市红园路12号", "昨天", "300")
    again = await citizen.say("返回")
    assert "花了多少钱" in again
    assert "现在填的是：300元" in again
    assert "哪天买的" in await citizen.say("返回")
    assert "花了多少钱" not in await citizen.say("前天")  # the later answer stands
    assert "涉及金额：300元" in await citizen.say("修改")


async def test_back_on_the_first_question_says_so(citizen: Citizen) -> None:
    assert "第一步" in await citizen.say("投诉", "上一步")


async def test_going_on_leaves_a_field_as_it_is(citizen: Citizen) -> None:
    await citizen.say(*CITIZEN[:4], "返回")
    assert "同意提供吗" in await citizen.say("继续")


async def test_back_from_the_review_page(citizen: Citizen) -> None:
    assert "怎么提交" in await citizen.say(*COMPLAINT[:-1], "返回")
    assert "请您核对" in await citizen.say("继续")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("电话改成13812345678", "联系电话：138****5678"),
        ("手机号写错了，应该是13812345678", "联系电话：138****5678"),
        ("把姓名改成马兰花", "姓名：马兰花"),
        ("名字填错了 是马兰花", "姓名：马兰花"),
        ("邮箱改为 lan@qq.com", "电子邮箱：lan@qq.com"),
        ("用途改成写论文", "用途：写论文"),
        ("工作单位是临夏中学", "工作单位：临夏中学"),
    ],
)
async def test_a_field_is_changed_by_naming_it(said: str, shown: str, citizen: Citizen) -> None:
    assert shown in await citizen.say(*CITIZEN[:-1], said)


async def test_a_field_named_without_a_value_is_asked_again(citizen: Citizen) -> None:
    asked = await citizen.say(*CITIZEN[:-1], "地址写错了")
    assert "您的联系地址" in asked
    assert "现在填的是：临夏市红园路12号" in asked
    assert "联系地址：临夏市团结路8号" in await citizen.say("临夏市团结路8号")


async def test_a_field_named_in_the_middle_leaves_the_question_where_it_was(citizen: Citizen) -> None:
    said = await citizen.say(*CITIZEN[:5], "名字改成马兰花")
    assert "已改：姓名 马兰花" in said
    assert "请发您的证件号码" in said


async def test_a_bad_value_by_name_is_explained_and_the_old_one_kept(citizen: Citizen) -> None:
    said = await citizen.say(*CITIZEN[:-1], "电话改成1381234567")
    assert "10位数" in said
    assert "联系电话：139****2345" in await citizen.say("继续")


async def test_a_field_is_changed_by_its_number(citizen: Citizen) -> None:
    await citizen.say(*CITIZEN[:-1])
    assert "姓名" in await citizen.say("3")
    assert "姓名：马兰花" in await citizen.say("马兰花")
    assert "没有保留" not in await citizen.say("修改")


async def test_edit_in_the_middle_lists_what_is_answered(citizen: Citizen) -> None:
    listed = await citizen.say(*CITIZEN[:4], "修改")
    assert "1 所需信息" in listed
    assert "3 姓名：马小花" in listed
    assert "真实姓名" in await citizen.say("３")


async def test_a_changed_answer_drops_what_hung_on_it(citizen: Citizen) -> None:
    page = await citizen.say(*CITIZEN[:-1], "提供方式改成纸质的", "5")
    assert "获取方式：自己来取" in page
    assert "电子邮箱" not in page


async def test_cancel_asks_once_and_keeps_nothing(citizen: Citizen) -> None:
    asked = await citizen.say(START, "都符合", IMAGE, "取消")
    assert "不保留" in asked
    assert "已经取消" in await citizen.say("确定")
    assert "没有填到一半的表" in await citizen.say("继续")
    assert "美家" not in await citizen.say("投诉")


async def test_cancel_can_be_taken_back(citizen: Citizen) -> None:
    assert "商家叫什么" in await citizen.say("投诉", "都符合", "不办了", "继续")
    assert "商家在哪里" in await citizen.say("取消", "老马家具店")  # an answer, not a yes


@pytest.mark.parametrize("question", ["收费吗", "几点上班", "多久给答复"])
async def test_a_question_in_between_is_answered_and_the_pending_one_repeated(
    question: str, citizen: Citizen
) -> None:
    await citizen.say(*CITIZEN[:4])
    reply = await citizen.say("同意", question)
    assert "——接着刚才的：请发您的证件号码" in reply
    assert "第6步" in await citizen.say(ID_NO)


async def test_a_name_is_not_taken_from_a_question(citizen: Citizen) -> None:
    reply = await citizen.say(*CITIZEN[:3], "收费吗")
    assert "——接着刚才的：请留您的真实姓名" in reply


async def test_a_story_that_asks_is_still_a_story(citizen: Citizen) -> None:
    await citizen.say("投诉", "都符合", "老马家具店", "临夏市红园路", "昨天", "300")
    told = "买的柜子三天就裂了，去问老板能不能退，他说凭什么退，还骂人，你们说这算怎么回事？"
    assert "想要什么结果" in await citizen.say(told)


async def test_several_fields_in_one_message(citizen: Citizen) -> None:
    reply = await citizen.say(*COMPLAINT[:11], f"我叫马小花，电话{PHONE}，住临夏市团结路5号")
    assert "姓名 马小花" in reply
    assert "139****2345" in reply
    assert "可以公示吗" in reply


async def test_several_fields_without_their_names(citizen: Citizen) -> None:
    reply = await citizen.say(*COMPLAINT[:11], f"马小花，{PHONE}，临夏市团结路5号")
    assert "可以公示吗" in reply


async def test_what_the_first_message_said_is_kept_to_be_confirmed(citizen: Citizen) -> None:
    assert "“红园路美家家具店”，对吗" in await citizen.say(START, "都符合")
    await citizen.say("不对，是美佳家具店", "临夏市红园路12号", "昨天")
    facts = await citizen.say("300")
    assert "您刚才说的是：“红园路美家家具店，柜子裂了不给退”" in facts
    assert "商家名称：美佳家具店" in await citizen.say("修改")


async def test_personal_data_of_the_first_message_is_not_asked_again(citizen: Citizen) -> None:
    reply = await citizen.say(f"我要投诉红园路美家家具店，我叫马小花，电话{PHONE}")
    assert "姓名 马小花、联系电话 139****2345" in reply


@pytest.mark.parametrize(
    "said", ["2", "２", "二", "第二个", "②", "选2", "单位", "我们公司", "单位公司合作社"]
)
async def test_a_choice_is_made_by_digit_word_or_near_word(said: str, citizen: Citizen) -> None:
    assert "单位的全称" in await citizen.say("申请公开", "2024年电梯检验不合格名单", said)


@pytest.mark.parametrize("said", ["6 7", "67", "６、７", "六和七", "退钱、赔偿", "退款还要赔损失"])
async def test_several_choices_at_once(said: str, citizen: Citizen) -> None:
    await citizen.say(*COMPLAINT[:7], said, "好了")
    assert "投诉请求：退钱、赔偿" in await citizen.say("修改")


async def test_three_misses_offer_a_way_out(citizen: Citizen) -> None:
    await citizen.say(*CITIZEN[:6])
    first, second, third = [await citizen.say("139930123") for _ in range(3)]
    assert "9位数" in first
    assert "人工" not in first + second
    assert "人工" in third
    assert "跳过" not in third
    assert "您的联系地址" in await citizen.say(PHONE)


async def test_three_misses_on_an_optional_field_offer_to_skip_it(citizen: Citizen) -> None:
    await citizen.say(*CITIZEN[:8], "跳过", "纸质", "邮寄")
    for _ in range(2):
        await citizen.say("12")
    assert "“跳过”" in await citizen.say("12")
    assert "换一种方式" in await citizen.say("跳过")


async def test_a_required_field_is_not_skipped(citizen: Citizen) -> None:
    assert "不能跳过" in await citizen.say("投诉", "都符合", "跳过")


@pytest.mark.parametrize("said", ["好的", "嗯", "是", "可以", "没问题", "对"])
async def test_only_an_explicit_word_submits(said: str, citizen: Citizen) -> None:
    assert "“确认”两个字" in await citizen.say(*COMPLAINT[:-1], said)
    number_in(await citizen.say("确认"))


async def test_help_and_a_person_leave_the_draft_as_it_is(patient: Citizen) -> None:
    assert isinstance(patient.wechat, MovingWeChat)
    clock = patient.wechat.clock
    clock.move(timedelta(days=6 - clock.now().weekday()))  # a Sunday: nobody is there who would take over
    await patient.say(*CITIZEN[:4])
    assert "同意提供" in await patient.say("帮助")
    assert "工作人员" in await patient.say("人工")
    assert "口头说" in await patient.say("我不会写字")
    assert "第4步" in await patient.say("继续")


async def test_who_comes_back_after_hours_is_offered_the_draft(patient: Citizen) -> None:
    await patient.say(*CITIZEN[:7])
    assert isinstance(patient.wechat, MovingWeChat)
    patient.wechat.clock.move(timedelta(days=6, hours=20))
    offered = await patient.say("在家呢")
    assert "还没填完" in offered
    assert "您的联系地址" in offered
    await patient.say("临夏市红园路12号", "跳过", "2", "hua@163.com", "可以")
    number_in(await patient.say("确认"))


async def test_a_clear_answer_is_taken_even_after_days(patient: Citizen) -> None:
    await patient.say(*CITIZEN[:6])
    assert isinstance(patient.wechat, MovingWeChat)
    patient.wechat.clock.move(timedelta(days=3))
    assert "您的联系地址" in await patient.say(PHONE)


async def test_after_a_week_nothing_is_left(patient: Citizen) -> None:
    await patient.say(*CITIZEN[:7])
    assert isinstance(patient.wechat, MovingWeChat)
    patient.wechat.clock.move(timedelta(days=7, minutes=1))
    assert "没有填到一半的表" in await patient.say("继续")


async def test_each_message_gives_the_draft_another_week(patient: Citizen) -> None:
    await patient.say(*CITIZEN[:7])
    assert isinstance(patient.wechat, MovingWeChat)
    for _ in range(3):
        patient.wechat.clock.move(timedelta(days=6))
        assert "您的联系地址" in await patient.say("继续")


async def test_a_draft_goes_on_after_a_restart(meet: Meet) -> None:
    await (await meet()).say(*CITIZEN[:7])
    after = await meet()
    assert "您的联系地址" in await after.say("继续")
    number_in(await after.say(*CITIZEN[7:]))


async def test_another_form_asks_what_becomes_of_the_draft(citizen: Citizen) -> None:
    asked = await citizen.say(*CITIZEN[:5], "我要举报")
    assert "先放着" in asked
    assert "您举报的是谁" in await citizen.say("1")
    assert "没填完的信息公开申请" in await citizen.say("取消", "确定")
    assert "请发您的证件号码" in await citizen.say("继续")


async def test_the_other_form_may_take_the_draft_s_place(citizen: Citizen) -> None:
    await citizen.say(*CITIZEN[:5], "我要举报", "2")
    assert "没填完" not in await citizen.say("取消", "确定")


async def test_the_other_form_may_be_thought_better_of(citizen: Citizen) -> None:
    assert "请发您的证件号码" in await citizen.say(*CITIZEN[:5], "我要举报", "3")


async def test_from_complaint_to_report_what_both_ask_is_carried_over(
    either: Citizen, record: CaseStore
) -> None:
    await either.say(*COMPLAINT[:8], IMAGE, "我要举报")
    switched = await either.say("1")
    assert "已经填的带过来了" in switched
    assert "您刚才说的是" in switched  # the story is asked about again, whom and where are known
    receipt = await either.say("对", "匿名", "1", "确认")
    case = await record.find(number_in(receipt))
    assert case is not None
    assert case.kind == "report"
    assert case.answers["resp_name"] == "红园路美家家具店"
    assert case.answers["county"] == "临夏市"
    assert len(case.answers["evidence"]) == 1
    assert "amount" not in case.answers


async def test_an_id_number_is_not_carried_into_a_complaint(either: Citizen, record: CaseStore) -> None:
    await either.say("申请公开", "我的手机坏了店家不给退钱", "仍要申请", *CITIZEN[2:7], "我要投诉", "2")
    await either.say(
        "都符合", "老马手机店", "临夏市红园路", "昨天", "300", "三天就黑屏，不给退", "退钱", "没有"
    )
    receipt = await either.say("马小花", PHONE, "临夏市红园路12号", "可以", "可以", "1", "确认")
    case = await record.find(number_in(receipt))
    assert case is not None
    assert ID_NO not in str(case.answers)


async def test_another_wish_in_between_is_met_and_the_form_goes_on(citizen: Citizen) -> None:
    await citizen.say(*CITIZEN[:6])
    assert "——接着刚才的：请留一个联系电话" in await citizen.say("查进度")
    assert "您的联系地址" in await citizen.say(PHONE)


async def test_a_place_on_the_map_answers_where(citizen: Citizen) -> None:
    await citizen.say("投诉", "都符合", "老马家具店")
    xml = citizen.wechat.message(
        "location",
        Location_X="35.61",
        Location_Y="103.22",
        Scale="16",
        Label="甘肃省临夏回族自治州康乐县附城镇新治街12号",
    )
    assert "哪天买的" in ((await citizen.wechat.deliver(xml)).text or "")
    assert "商家所在县市：康乐县" in await citizen.say("修改")


async def test_speech_is_an_answer_and_digits_may_be_spoken(citizen: Citizen) -> None:
    await citizen.say(*CITIZEN[:6])
    xml = citizen.wechat.message("voice", MediaId="m", Format="amr", Recognition="一三九九三零一二三四五。")
    assert "您的联系地址" in ((await citizen.wechat.deliver(xml)).text or "")


async def test_a_video_in_between_gets_the_question_again(citizen: Citizen) -> None:
    await citizen.say(*CITIZEN[:6])
    answer = await citizen.wechat.deliver(citizen.wechat.message("video", MediaId="m", ThumbMediaId="t"))
    assert "——接着刚才的：请留一个联系电话" in (answer.text or "")


async def test_an_image_that_comes_early_is_kept(citizen: Citizen) -> None:
    reply = await citizen.say("投诉", "都符合", IMAGE)
    assert "第1张" in reply
    assert "商家叫什么" in reply


async def test_an_image_where_none_is_of_use(citizen: Citizen) -> None:
    assert "用不上图片" in await citizen.say("申请公开", IMAGE)


async def test_nine_images_and_no_more(citizen: Citizen) -> None:
    await citizen.say(*COMPLAINT[:8])
    for _ in range(9):
        assert "收到第" in await citizen.say(IMAGE)
    assert "最多9张" in await citizen.say(IMAGE)
    assert "真实姓名" in await citizen.say("好了")


async def test_an_image_that_wechat_does_not_have_any_more(citizen: Citizen) -> None:
    await citizen.say(*COMPLAINT[:8])
    answer = await citizen.wechat.deliver(
        citizen.wechat.message("image", MediaId="expired", PicUrl="http://x/1.jpg")
    )
    assert "没能取到" in (answer.text or "")
