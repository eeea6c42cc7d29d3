"""The local WeChat API keeps the platform's limits, over HTTP."""

import asyncio
import time
from datetime import timedelta
from io import BytesIO
from typing import Any, ClassVar

import aiohttp
import pytest

from bot.wechat_server import Limits, Phone
from bot.wechat_server.xml import from_xml, parse, to_xml
from tests.wechat_lab import ALI, BAI, Lab, bot_for, lab, met

DAY = timedelta(days=1)


def text_to(openid: str, content: str = "您好") -> dict[str, Any]:
    return {"touser": openid, "msgtype": "text", "text": {"content": content}}


async def sent(lab: Lab, openid: str = ALI, content: str = "您好") -> int:
    return int((await lab.post("message/custom/send", text_to(openid, content)))["errcode"])


async def _asks(lab: Lab, token: str) -> int:
    """The errcode of a harmless call with that token."""
    params = {"access_token": token}
    async with lab.http.get(f"{lab.base}/cgi-bin/getcallbackip", params=params) as answer:
        return int((await answer.json()).get("errcode", 0))


class TestToken:
    async def test_stays_the_same_and_is_renewed_five_minutes_early(self) -> None:
        async with lab() as it:
            first = await it.token()
            assert len(first["access_token"]) >= 512
            assert first["expires_in"] == 7200
            it.clock.move(timedelta(minutes=114))
            assert (await it.token())["access_token"] == first["access_token"]
            it.clock.move(timedelta(minutes=2))
            second = await it.token()
            assert second["access_token"] != first["access_token"]
            assert await _asks(it, first["access_token"]) == 0, "the old one is good until its own end"
            it.clock.move(timedelta(minutes=5))
            assert await _asks(it, first["access_token"]) == 42001
            assert await _asks(it, second["access_token"]) == 0

    async def test_forced_refresh_kills_the_old_one_and_is_rationed(self) -> None:
        async with lab() as it:
            old = (await it.token())["access_token"]
            new = (await it.token(force=True))["access_token"]
            assert await _asks(it, old) == 40001
            assert await _asks(it, new) == 0
            assert (await it.token(force=True))["errcode"] == 45011, "30 seconds apart"
            for _ in range(19):
                it.clock.move(timedelta(seconds=31))
                assert "access_token" in await it.token(force=True)
            it.clock.move(timedelta(seconds=31))
            assert (await it.token(force=True))["errcode"] == 45009, "20 a day"
            it.clock.move(DAY)
            assert "access_token" in await it.token(force=True)

    @pytest.mark.parametrize(("token", "code"), [("", 41001), ("short", 40014), ("x" * 512, 40001)])
    async def test_wrong_tokens(self, token: str, code: int) -> None:
        async with lab() as it:
            assert await _asks(it, token) == code

    @pytest.mark.parametrize(
        ("member", "value", "code"),
        [("grant_type", "x", 40002), ("appid", "wxother", 40013), ("secret", "wrong", 40125)],
    )
    async def test_wrong_credentials(self, member: str, value: str, code: int) -> None:
        async with lab() as it:
            account = it.platform.account
            body = {"grant_type": "client_credential", "appid": account.app_id, "secret": account.secret}
            async with it.http.post(f"{it.base}/cgi-bin/stable_token", json=body | {member: value}) as answer:
                assert (await answer.json())["errcode"] == code

    async def test_white_list(self) -> None:
        async with lab(ip_allowed=frozenset({"10.0.0.1"})) as it:
            assert (await it.token())["errcode"] == 40164

    async def test_records_hold_neither_secret_nor_token(self) -> None:
        async with lab() as it:
            token = (await it.token())["access_token"]
            await it.get("getcallbackip")
            kept = repr(list(it.platform.records.calls))
            assert it.platform.account.secret not in kept
            assert token not in kept


class TestCustomerService:
    async def test_five_within_48_hours_of_the_last_message(self) -> None:
        async with lab() as it:
            await met(it, ALI)
            assert [await sent(it) for _ in range(6)] == [0] * 5 + [45047]
            it.platform.followers.wrote(ALI)
            assert await sent(it) == 0, "a new message begins the count anew"
            it.clock.move(timedelta(hours=47, minutes=59))
            assert await sent(it) == 0
            it.clock.move(timedelta(minutes=1))
            assert await sent(it) == 45015

    async def test_three_within_a_minute_after_following(self) -> None:
        async with lab() as it:
            it.platform.followers.follow(ALI)
            assert [await sent(it) for _ in range(4)] == [0, 0, 0, 45047]
            it.clock.move(timedelta(minutes=1))
            assert await sent(it) == 45015

    async def test_who_left_who_never_came_and_what_does_not_fit(self) -> None:
        async with lab() as it:
            await met(it, ALI, BAI)
            it.platform.followers.unfollow(BAI)
            assert await sent(it, BAI) == 43004
            assert await sent(it, "oNobody") == 40003
            assert await sent(it, content="字" * 682) == 0
            assert await sent(it, content="字" * 683) == 45002
            assert await sent(it, content="") == 44004
            for body, code in [
                ({"touser": ALI, "msgtype": "dance"}, 40008),
                ({"touser": ALI, "msgtype": "text"}, 44004),
                ({"msgtype": "text", "text": {"content": "x"}}, 47001),
                ({"touser": ALI, "msgtype": "image", "image": {"media_id": "none"}}, 40007),
                ({"touser": ALI, "msgtype": "news", "news": {"articles": [{"title": "a"}] * 2}}, 45008),
            ]:
                assert (await it.post("message/custom/send", body))["errcode"] == code
            assert [m.text for m in it.platform.records.to(ALI)] == ["字" * 682]

    async def test_unverified_accounts_may_not(self) -> None:
        async with lab(verified=False) as it:
            await met(it, ALI)
            assert await sent(it) == 48001

    async def test_typing_needs_an_open_window_and_costs_nothing(self) -> None:
        async with lab() as it:
            await met(it, ALI)
            typing = {"touser": ALI, "command": "Typing"}
            assert (await it.post("message/custom/typing", typing))["errcode"] == 0
            assert (await it.post("message/custom/typing", typing | {"command": "x"}))["errcode"] == 45072
            assert [await sent(it) for _ in range(5)] == [0] * 5
            it.clock.move(3 * DAY)
            assert (await it.post("message/custom/typing", typing))["errcode"] == 45080


class TestTemplates:
    body: ClassVar[dict[str, Any]] = {
        "touser": ALI,
        "template_id": "T1",
        "data": {"thing1": {"value": "已受理"}},
    }

    async def test_reaches_the_phone_and_is_reported(self) -> None:
        async with lab() as it, bot_for(it.platform) as bot:
            it.platform.followers.follow(ALI)
            answer = await it.post("message/template/send", self.body)
            assert answer["errcode"] == 0
            await it.platform.callbacks.drain()
            event = from_xml(bot.heard[0])
            assert event["Event"] == "TEMPLATESENDJOBFINISH"
            assert event["MsgID"] == str(answer["msgid"])
            assert it.platform.records.to(ALI)[0].content["fields"] == {"thing1": "已受理"}

    @pytest.mark.parametrize("changes", [{"kind": "subscription"}, {"verified": False}])
    async def test_only_verified_service_accounts(self, changes: dict[str, Any]) -> None:
        async with lab(**changes) as it:
            it.platform.followers.follow(ALI)
            assert (await it.post("message/template/send", self.body))["errcode"] == 48001

    async def test_length_of_fields_unknown_templates_and_people_who_left(self) -> None:
        async with lab(templates=frozenset({"T1"})) as it:
            it.platform.followers.follow(ALI)
            long = {"thing1": {"value": "字" * 21}}
            assert (await it.post("message/template/send", self.body | {"data": long}))["errcode"] == 47003
            fits = {"thing1": {"value": "字" * 20}}
            assert (await it.post("message/template/send", self.body | {"data": fits}))["errcode"] == 0
            unknown = self.body | {"template_id": "T2"}
            assert (await it.post("message/template/send", unknown))["errcode"] == 40037
            it.platform.followers.unfollow(ALI)
            assert (await it.post("message/template/send", self.body))["errcode"] == 43004

    async def test_subscription_notification_wants_consent_each_time(self) -> None:
        async with lab() as it, bot_for(it.platform) as bot:
            phone = Phone(it.platform)
            await phone.follow(ALI)
            assert (await it.post("message/subscribe/bizsend", self.body))["errcode"] == 43101
            await phone.accept(ALI, "T1", times=1)
            assert (await it.post("message/subscribe/bizsend", self.body))["errcode"] == 0
            assert (await it.post("message/subscribe/bizsend", self.body))["errcode"] == 43101
            await phone.accept(ALI, "T1")
            await phone.refuse(ALI, "T1")
            assert (await it.post("message/subscribe/bizsend", self.body))["errcode"] == 43101
            await it.platform.callbacks.drain()
            events = [from_xml(xml)["Event"] for xml in bot.heard]
            assert events.count("subscribe_msg_sent_event") == 1
            assert events.count("subscribe_msg_popup_event") == 2
            assert events.count("subscribe_msg_change_event") == 1
            popup = next(xml for xml in bot.heard if "popup" in xml)
            assert parse(popup).findtext("./SubscribeMsgPopupEvent/List/SubscribeStatusString") == "accept"


class TestMenu:
    async def test_create_get_delete(self) -> None:
        async with lab() as it:
            assert (await it.get("menu/get"))["errcode"] == 46003
            buttons = [
                {"name": "办事指南", "sub_button": [{"type": "click", "name": "怎么申请公开", "key": "k"}]}
            ]
            assert (await it.post("menu/create", {"button": buttons}))["errcode"] == 0
            assert (await it.get("menu/get"))["menu"]["button"] == buttons
            assert (await it.get("menu/delete"))["errcode"] == 0
            assert (await it.get("menu/get"))["errcode"] == 46003

    @pytest.mark.parametrize(
        ("buttons", "code"),
        [
            ([], 40016),
            ([{"type": "click", "name": "一", "key": "k"}] * 4, 40016),
            ([{"type": "click", "name": "五个字太长", "key": "k"}], 40018),
            ([{"type": "dance", "name": "一", "key": "k"}], 40017),
            ([{"type": "click", "name": "一"}], 40019),
            ([{"type": "view", "name": "一", "url": ""}], 40020),
            ([{"name": "一", "sub_button": [{"type": "click", "name": "二", "key": "k"}] * 6}], 40023),
            ([{"name": "一", "sub_button": [{"type": "click", "name": "九个字实在是太长", "key": "k"}]}], 0),
            (
                [{"name": "一", "sub_button": [{"type": "click", "name": "九个字实在是太长了", "key": "k"}]}],
                40025,
            ),
        ],
    )
    async def test_limits(self, buttons: list[dict[str, Any]], code: int) -> None:
        async with lab() as it:
            assert (await it.post("menu/create", {"button": buttons}))["errcode"] == code


class TestMedia:
    async def test_gone_after_three_days(self) -> None:
        async with lab() as it:
            media = it.platform.media.put("image", b"\xff\xd8picture", "image/jpeg")
            token = (await it.token())["access_token"]
            address = f"{it.base}/cgi-bin/media/get?access_token={token}&media_id={media.id}"
            async with it.http.get(address) as answer:
                assert await answer.read() == b"\xff\xd8picture"
                assert answer.headers["Content-Type"] == "image/jpeg"
            it.clock.move(3 * DAY)
            assert (await it.get("media/get", media_id=media.id))["errcode"] == 40007

    async def test_upload_and_its_limits(self) -> None:
        async with lab(Limits(image_bytes=5_000_000)) as it:
            token = (await it.token())["access_token"]
            address = f"{it.base}/cgi-bin/media/upload"
            large = b"1" * 5_000_000
            for kind, content, code in [
                ("image", large, 0),
                ("image", large + b"1", 40009),
                ("image", b"", 41005),
                ("dance", b"1", 40004),
            ]:
                form = aiohttp.FormData()
                form.add_field("media", BytesIO(content), filename="a.png", content_type="image/png")
                params = {"access_token": token, "type": kind}
                async with it.http.post(address, params=params, data=form) as answer:
                    assert (await answer.json()).get("errcode", 0) == code


class TestTags:
    async def test_limits(self) -> None:
        async with lab(Limits(tags=21)) as it:
            await met(it, ALI, BAI)
            tags = []
            for number in range(21):
                tags.append((await it.post("tags/create", {"tag": {"name": f"食品{number}"}}))["tag"]["id"])
            assert (await it.post("tags/create", {"tag": {"name": "再一个"}}))["errcode"] == 45056
            assert (await it.post("tags/create", {"tag": {"name": "食品0"}}))["errcode"] == 45157
            assert (await it.post("tags/create", {"tag": {"name": "字" * 11}}))["errcode"] == 45158
            for tag in tags[:20]:
                body = {"tagid": tag, "openid_list": [ALI]}
                assert (await it.post("tags/members/batchtagging", body))["errcode"] == 0
            both = {"tagid": tags[20], "openid_list": [BAI, ALI]}
            assert (await it.post("tags/members/batchtagging", both))["errcode"] == 45059
            assert (await it.post("user/tag/get", {"tagid": tags[20]}))["count"] == 0, "all or nothing"
            many = {"tagid": tags[0], "openid_list": [BAI] * 51}
            assert (await it.post("tags/members/batchtagging", many))["errcode"] == 40032
            assert (await it.post("tags/members/batchtagging", {"tagid": 999, "openid_list": [ALI]}))[
                "errcode"
            ] == 45159
            off = {"tagid": tags[0], "openid_list": [ALI]}
            assert (await it.post("tags/members/batchuntagging", off))["errcode"] == 0
            assert (await it.get("user/info", openid=ALI))["tagid_list"] == tags[1:20]
            assert (await it.get("tags/get"))["tags"][1] == {"id": tags[1], "name": "食品1", "count": 1}


class TestMass:
    def body(self, client_id: str = "", *people: str) -> dict[str, Any]:
        return {
            "touser": list(people or (ALI, BAI)),
            "msgtype": "text",
            "text": {"content": "消费提示"},
            "clientmsgid": client_id,
        }

    async def test_subscription_account_once_a_day(self) -> None:
        async with lab(kind="subscription") as it, bot_for(it.platform) as bot:
            await met(it, ALI, BAI)
            answer = await it.post("message/mass/send", self.body())
            assert answer["errcode"] == 0
            assert (await it.post("message/mass/send", self.body()))["errcode"] == 45028
            it.clock.move(DAY)
            assert (await it.post("message/mass/send", self.body()))["errcode"] == 0
            await it.platform.callbacks.drain()
            result = from_xml(bot.heard[0])
            assert (result["Event"], result["MsgID"]) == ("MASSSENDJOBFINISH", str(answer["msg_id"]))
            assert (result["Status"], result["TotalCount"], result["SentCount"]) == ("send success", "2", "2")
            status = await it.post("message/mass/get", {"msg_id": answer["msg_id"]})
            assert status["msg_status"] == "SEND_SUCCESS"

    async def test_service_account_four_a_month_per_user(self) -> None:
        async with lab() as it:
            await met(it, ALI, BAI, "oCai")
            for _ in range(4):
                assert (await it.post("message/mass/send", self.body()))["errcode"] == 0
            assert (await it.post("message/mass/send", self.body()))["errcode"] == 45028
            third = await it.post("message/mass/send", self.body("", ALI, "oCai"))
            assert third["errcode"] == 0, "those who have some left still get it"
            assert len(it.platform.records.to(ALI)) == 4
            assert len(it.platform.records.to("oCai")) == 1
            it.clock.move(timedelta(days=8))
            assert (await it.post("message/mass/send", self.body()))["errcode"] == 0, "a new month"

    async def test_clientmsgid_is_harmless_for_a_day(self) -> None:
        async with lab() as it:
            await met(it, ALI, BAI)
            first = await it.post("message/mass/send", self.body("warning-1"))
            again = await it.post("message/mass/send", self.body("warning-1"))
            assert (again["errcode"], again["msg_id"]) == (45065, first["msg_id"])
            assert len(it.platform.records.to(ALI)) == 1
            it.clock.move(DAY)
            assert (await it.post("message/mass/send", self.body("warning-1")))["errcode"] == 0
            assert (await it.post("message/mass/send", self.body("x" * 65)))["errcode"] == 45067

    async def test_by_tag_to_all_and_how_many(self) -> None:
        async with lab(Limits(mass_openids=3), protected=True) as it:
            await met(it, ALI, BAI)
            tag = (await it.post("tags/create", {"tag": {"name": "食品"}}))["tag"]["id"]
            await it.post("tags/members/batchtagging", {"tagid": tag, "openid_list": [BAI]})
            text = {"msgtype": "text", "text": {"content": "x"}}
            by_tag = {"filter": {"is_to_all": False, "tag_id": tag}, **text}
            assert (await it.post("message/mass/sendall", by_tag))["errcode"] == 0
            assert (len(it.platform.records.to(ALI)), len(it.platform.records.to(BAI))) == (0, 1)
            held = await it.post("message/mass/sendall", {"filter": {"is_to_all": True}, **text})
            assert len(it.platform.records.to(ALI)) == 0, "API protection: the administrator has to agree"
            it.platform.mass.confirm(held["msg_id"])
            assert len(it.platform.records.to(ALI)) == 1
            assert (await it.post("message/mass/send", self.body("", ALI)))["errcode"] == 40130
            four = self.body("", ALI, BAI, "oCai", "oDu")
            assert (await it.post("message/mass/send", four))["errcode"] == 40032
            assert (await it.post("message/mass/preview", {"touser": ALI, **text}))["errcode"] == 0
            assert it.platform.records.to(ALI)[-1].channel == "preview"


class TestQuotaAndTrouble:
    async def test_daily_quota_and_clearing_it(self) -> None:
        limits = Limits(daily={"/cgi-bin/menu/get": 1}, clear_quota_a_month=1)
        async with lab(limits) as it:
            assert (await it.get("menu/get"))["errcode"] == 46003
            assert (await it.get("menu/get"))["errcode"] == 45009
            it.clock.move(DAY)
            assert (await it.get("menu/get"))["errcode"] == 46003
            app = {"appid": it.platform.account.app_id}
            assert (await it.post("clear_quota", app))["errcode"] == 0
            assert (await it.get("menu/get"))["errcode"] == 46003
            assert (await it.post("clear_quota", app))["errcode"] == 48006
            assert (await it.get("getcallbackip"))["ip_list"] == ["127.0.0.1"]

    async def test_code_busy_and_then_well_again(self) -> None:
        async with lab() as it:
            await met(it, ALI)
            it.platform.faults.add("/cgi-bin/message/*", "code", code=-1, times=2)
            assert [await sent(it) for _ in range(3)] == [-1, -1, 0]

    async def test_slow_timeout_and_cut(self) -> None:
        async with lab() as it:
            await met(it, ALI)
            await it.token()
            it.platform.faults.add("*/custom/send", "slow", seconds=0.3)
            began = time.monotonic()
            assert await sent(it) == 0
            assert time.monotonic() - began >= 0.3
            it.platform.faults.add("*/custom/send", "cut")
            with pytest.raises(aiohttp.ClientError):
                await sent(it)
            assert len(it.platform.records.to(ALI)) == 1, "cut before: nothing done"
            it.platform.faults.add("*/custom/send", "cut_after")
            with pytest.raises(aiohttp.ClientError):
                await sent(it)
            assert len(it.platform.records.to(ALI)) == 2, "cut after: done all the same"
            it.platform.faults.add("*/custom/send", "timeout", seconds=5)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await sent(it)
            assert it.platform.records.calls[-2].errcode is None


class TestCallbacks:
    @pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
    async def test_a_message_and_its_reply_in_each_mode(self, mode: str) -> None:
        async with lab(mode=mode) as it, bot_for(it.platform) as bot:
            bot.answers = [to_xml({"MsgType": "text", "Content": "收到 ]]> <好>"})]
            delivery = await Phone(it.platform).text(ALI, "您好 ]]> & <b>")
            assert delivery.error == ""
            assert delivery.text == "收到 ]]> <好>"
            assert from_xml(bot.heard[0])["Content"] == "您好 ]]> & <b>"
            assert ("<Encrypt>" in delivery.body) == (mode != "plain")

    async def test_a_slow_bot_gets_it_three_times_with_one_id(self) -> None:
        async with lab() as it, bot_for(it.platform) as bot:
            it.platform.webhook.patience = 0.2
            bot.delays = [1, 1, 0]
            bot.answers = [to_xml({"MsgType": "text", "Content": "来了"})] * 3
            delivery = await Phone(it.platform).text(ALI, "在吗")
            assert [attempt.status for attempt in delivery.attempts] == [0, 0, 200]
            assert delivery.text == "来了"
            await asyncio.sleep(1)
            assert len({from_xml(xml)["MsgId"] for xml in bot.heard}) == 1
            assert len({query["nonce"] for query in bot.queries}) == 3

    async def test_a_dead_bot_shows_the_banner(self) -> None:
        async with lab() as it:
            it.platform.webhook.url = "http://127.0.0.1:9/wechat"
            delivery = await Phone(it.platform).text(ALI, "在吗")
            assert len(delivery.attempts) == 3
            assert "服务出现故障" in delivery.text

    async def test_a_plain_answer_in_safe_mode_is_refused(self) -> None:
        async with lab() as it, bot_for(it.platform) as bot:
            bot.answers = [" " + to_xml({"MsgType": "text", "Content": "明文"})]
            assert (await Phone(it.platform).text(ALI, "在吗")).error == "a plain answer in safe mode"

    async def test_events_move_the_windows(self) -> None:
        async with lab() as it, bot_for(it.platform) as bot:
            phone = Phone(it.platform)
            await phone.scan(ALI, "market-7")
            assert from_xml(bot.heard[-1])["EventKey"] == "qrscene_market-7"
            await phone.scan(ALI, "market-8")
            assert from_xml(bot.heard[-1])["Event"] == "SCAN"
            await phone.click(ALI, "APPLY")
            assert await sent(it) == 0
            await phone.unfollow(ALI)
            assert await sent(it) == 43004
            assert (await it.get("user/info", openid=ALI))["subscribe"] == 0
