"""Each kind of message and each event gets what a person would expect, or a silent `success`."""

from typing import Any

import pytest
from pydantic import SecretStr

from bot.app import create_app
from bot.webhook.envelope import SealError
from config.menu import Button, menu
from config.settings import Settings
from handlers.deps import Understand
from handlers.dispatch import EVENTS, FLOWS
from handlers.paging import LIMIT
from intents.decision import Context, Decision
from knowledge.entries import INTENTS
from tests.fixtures_wechat import Parrot, Serve
from tests.wechat_signing import USER, WeChat


async def told(wechat: WeChat, kind: str, **fields: Any) -> str | None:
    answer = await wechat.deliver(wechat.message(kind, **fields))
    assert answer.status == 200
    if answer.text is None:
        assert answer.body == "success"
    return answer.text


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("text", {"Content": "几点上班"}, ["8:30", "14:30"]),
        ("voice", {"MediaId": "m", "Format": "amr", "Recognition": "几点上班"}, ["8:30"]),
        ("voice", {"MediaId": "m", "Format": "amr"}, ["语音", "再说一遍", "打字"]),
        ("voice", {"MediaId": "m", "Format": "amr", "Recognition": ""}, ["再说一遍"]),
        ("image", {"MediaId": "m", "PicUrl": "http://x/1.jpg"}, ["图片收到了", "投诉"]),
        ("video", {"MediaId": "m", "ThumbMediaId": "t"}, ["视频收到了"]),
        ("shortvideo", {"MediaId": "m", "ThumbMediaId": "t"}, ["视频收到了"]),
        ("link", {"Title": "t", "Description": "d", "Url": "http://x"}, ["链接收到了"]),
        ("file", {"Title": "a.pdf", "FileKey": "k"}, ["文件收到了"]),
        ("hologram", {"Whatever": "x"}, ["用文字"]),
        ("miniprogrampage", {"Title": "x"}, ["用文字"]),
        ("text", {"Content": "  \n "}, ["没看到文字"]),
        ("text", {}, ["没看到文字"]),
    ],
)
async def test_messages(wechat: WeChat, kind: str, fields: dict[str, Any], expected: list[str]) -> None:
    text = await told(wechat, kind, **fields)
    assert text is not None
    for part in expected:
        assert part in text


HERE = {"Location_X": "35.61", "Location_Y": "103.22", "Scale": "16"}


@pytest.mark.parametrize(
    ("fields", "expected", "absent"),
    [
        (HERE | {"Label": "甘肃省临夏回族自治州临夏市红园街道"}, ["统办楼2楼", "公里", "您在临夏市"], []),
        (HERE | {"Label": "甘肃省临夏回族自治州东乡族自治县锁南镇"}, ["您在东乡族自治县"], []),
        (
            HERE | {"Label": "甘肃省临夏回族自治州积石山保安族东乡族撒拉族自治县"},
            ["您在积石山保安族东乡族撒拉族自治县"],
            [],
        ),
        (HERE | {"Label": ""}, ["统办楼2楼"], ["您在"]),
        (HERE | {"Label": "临夏"}, ["统办楼2楼"], ["不在临夏州"]),
        (
            {"Location_X": "39.9", "Location_Y": "116.4", "Label": "北京市东城区"},
            ["统办楼2楼"],
            ["公里", "您在临夏"],
        ),
        ({"Location_X": "34.3", "Location_Y": "108.9", "Label": "陕西省西安市"}, ["不在临夏州"], ["公里"]),
    ],
)
async def test_a_location_gets_our_address_and_whose_area_it_is(
    wechat: WeChat, fields: dict[str, str], expected: list[str], absent: list[str]
) -> None:
    text = await told(wechat, "location", **fields)
    assert text is not None
    assert all(part in text for part in expected)
    assert not any(part in text for part in absent)


@pytest.mark.parametrize(
    "fields",
    [{"Event": "subscribe", "EventKey": ""}, {"Event": "subscribe", "EventKey": "qrscene_12", "Ticket": "t"}],
)
async def test_a_new_follower_is_welcomed(wechat: WeChat, fields: dict[str, str]) -> None:
    text = await told(wechat, "event", **fields)
    assert text is not None
    assert "临夏州市场监管局" in text
    assert "投诉" in text


async def test_a_follower_who_scans_is_greeted(wechat: WeChat) -> None:
    assert "直接说" in (await told(wechat, "event", Event="SCAN", EventKey="12", Ticket="t") or "")


SILENT: list[dict[str, Any]] = [
    {"Event": "unsubscribe"},
    {"Event": "LOCATION", "Latitude": "35.6", "Longitude": "103.2", "Precision": "60"},
    {"Event": "VIEW", "EventKey": "https://scjg.linxia.gov.cn"},
    {"Event": "view_miniprogram", "EventKey": "pages/index", "MenuId": "1"},
    {"Event": "scancode_push", "EventKey": "6", "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "1"}},
    {"Event": "scancode_waitmsg", "EventKey": "6", "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "2"}},
    {
        "Event": "pic_sysphoto",
        "EventKey": "6",
        "SendPicsInfo": {"Count": 2, "PicList": {"item": [{"PicMd5Sum": "a"}, {"PicMd5Sum": "b"}]}},
    },
    {"Event": "pic_photo_or_album", "EventKey": "6", "SendPicsInfo": {"Count": 0}},
    {"Event": "pic_weixin", "EventKey": "6", "SendPicsInfo": {"Count": 0}},
    {
        "Event": "location_select",
        "EventKey": "6",
        "SendLocationInfo": {
            "Location_X": "23",
            "Location_Y": "113",
            "Scale": "15",
            "Label": "广州",
            "Poiname": "",
        },
    },
    {"Event": "TEMPLATESENDJOBFINISH", "MsgID": "200163836", "Status": "success"},
    {"Event": "MASSSENDJOBFINISH", "MsgID": "1000001625", "Status": "sendsuccess", "TotalCount": 100},
    {
        "Event": "subscribe_msg_popup_event",
        "SubscribeMsgPopupEvent": {
            "List": [
                {"TemplateId": "a", "SubscribeStatusString": "accept", "PopupScene": "2"},
                {"TemplateId": "b", "SubscribeStatusString": "reject", "PopupScene": "2"},
            ]
        },
    },
    {
        "Event": "subscribe_msg_change_event",
        "SubscribeMsgChangeEvent": {"List": {"TemplateId": "a", "SubscribeStatusString": "reject"}},
    },
    {
        "Event": "subscribe_msg_sent_event",
        "SubscribeMsgSentEvent": {
            "List": {"TemplateId": "a", "MsgID": "1", "ErrorCode": "0", "ErrorStatus": "ok"}
        },
    },
    {"Event": "an_event_of_next_year", "EventKey": "x", "New": {"Deep": {"Deeper": "1"}}},
]


@pytest.mark.parametrize("fields", SILENT, ids=lambda fields: str(fields["Event"]))
async def test_events_that_need_no_answer_get_a_silent_success(
    wechat: WeChat, fields: dict[str, Any]
) -> None:
    assert await told(wechat, "event", **fields) is None


def test_every_event_of_the_table_is_tried_here() -> None:
    tried = {str(fields["Event"]).lower() for fields in SILENT} | {"subscribe", "scan", "click"}
    assert set(EVENTS) - tried <= {"media_id", "view_limited"}


BUTTONS = [button for column in menu().column for button in column.button if not button.url]


@pytest.mark.parametrize("button", BUTTONS, ids=lambda button: button.name)
async def test_every_menu_button_leads_somewhere(wechat: WeChat, button: Button) -> None:
    text = await told(wechat, "event", Event="CLICK", EventKey=button.key)
    assert text
    assert "不清楚" not in text


async def test_a_button_of_an_old_menu_is_explained(wechat: WeChat) -> None:
    assert "用文字" in (await told(wechat, "event", Event="CLICK", EventKey="gone") or "")


def test_menu_flows_are_known_intents() -> None:
    assert {button.intent for button in BUTTONS if button.intent} <= set(INTENTS)
    assert set(FLOWS) <= set(INTENTS)


async def test_a_click_that_is_delivered_twice_is_one_click(wechat: WeChat) -> None:
    xml = wechat.message("event", Event="CLICK", EventKey="ask:phone")
    assert (await wechat.deliver(xml)).text == (await wechat.deliver(xml)).text
    assert await wechat.counted("linxia_messages") == 1


async def test_two_template_results_of_one_second_are_two_events(wechat: WeChat) -> None:
    for number in ("1", "2"):
        xml = wechat.message(
            "event", Event="TEMPLATESENDJOBFINISH", MsgID=number, Status="success", CreateTime=1764000000
        )
        await wechat.deliver(xml)
    assert await wechat.counted("linxia_messages") == 2


async def test_a_long_reply_comes_in_pages(serve: Serve, parrot: Parrot) -> None:
    wechat = await serve(brain=parrot)
    story = "\n".join(f"第{n}段，柜子裂了，店家不给退也不给换，去了三次都没人管。" for n in range(60))
    pages = [await wechat.say(story)]
    while "回复“更多”" in pages[-1]:
        pages.append(await wechat.say("更多"))
    assert len(pages) > 2
    assert all(len(page.encode()) <= LIMIT < 2000 for page in pages)
    shown = "".join(page.removesuffix("\n（还有内容，回复“更多”接着看）") + "\n" for page in pages)
    assert shown.strip() == story[:2000].strip()
    assert "发完了" in await wechat.say("更多")


async def test_another_question_drops_the_pages_that_were_left(serve: Serve, parrot: Parrot) -> None:
    wechat = await serve(brain=parrot)
    await wechat.say("长" * 1500)
    assert await wechat.say("你好") == "你好"
    assert "发完了" in await wechat.say("更多")


async def test_pages_belong_to_their_reader(serve: Serve, parrot: Parrot) -> None:
    wechat = await serve(brain=parrot)
    await wechat.say("长" * 1500, user=USER)
    assert "发完了" in await wechat.say("更多", user="oSomebodyElse")


async def test_someone_who_floods_is_asked_to_wait_once(serve: Serve, parrot: Parrot) -> None:
    wechat = await serve(brain=parrot, user_messages_per_minute=10)
    for number in range(10):
        assert await wechat.say(str(number)) == str(number)
    assert "有点快" in await wechat.say("11")
    assert await wechat.say("12") == ""
    assert await wechat.say("1", user="oSomebodyElse") == "1"
    assert len(parrot.heard) == 11


async def test_a_fault_of_ours_is_said_and_not_repeated(serve: Serve, parrot: Parrot) -> None:
    def faulty(understand: Understand) -> Understand:
        async def fail(text: str, context: Context) -> Decision:
            parrot.heard.append(text)
            raise ZeroDivisionError(text)

        return fail

    wechat = await serve(brain=parrot, parts={"wrap": faulty})
    xml = wechat.message(Content="秘密的话")
    first, again = await wechat.deliver(xml), await wechat.deliver(xml)
    assert "出了点问题" in (first.text or "")
    assert again.text == first.text
    assert parrot.heard == ["秘密的话"]
    assert await wechat.counted("linxia_failed_messages") == 1


def test_an_application_needs_a_whole_key(settings: Settings, parrot: Parrot) -> None:
    broken = settings.model_copy(update={"wechat_encoding_aes_key": SecretStr("short")})
    with pytest.raises(SealError, match="43"):
        create_app(broken, redis_url="redis://127.0.0.1:1", brain=parrot)
