"""The sandbox over HTTP: it plays WeChat to the real webhook and keeps what was said."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from redis.asyncio import Redis

from bot.app import CLOCK, REDIS, VAULT, create_app
from bot.brain import Brain
from bot.clock import SHANGHAI, ShiftedClock
from bot.sandbox import API_PATH, WORLD
from bot.sandbox.journal import QUEUE
from bot.sandbox.world import World
from bot.valkey import ValkeyServer
from bot.wechat_api import WeChatApi, WeChatError
from config.sandbox import cast
from config.settings import Settings
from tests.fixtures_wechat import Parrot, slow
from tests.wechat_lab import NINE, Noon, served

GRANNY, COOK = (person.openid for person in cast().person[:2])
PNG = bytes.fromhex("89504e470d0a1a0a") + b"picture"


@dataclass
class Sandbox:
    base: str
    http: aiohttp.ClientSession
    app: web.Application
    settings: Settings
    apis: list[WeChatApi] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.app[WORLD]

    async def get(self, path: str) -> Any:
        async with self.http.get(f"{self.base}/sandbox/{path}") as response:
            assert response.status == 200
            return await response.json()

    async def post(self, path: str, body: Any, **headers: str) -> int:
        async with self.http.post(f"{self.base}/sandbox/{path}", json=body, headers=headers) as response:
            return response.status

    async def chat(self, openid: str, until: Callable[[list[Any]], bool] = bool) -> list[Any]:
        """The chat, once `until` is true of its lines."""
        async with asyncio.timeout(60):
            while True:
                found: list[Any] = (await self.get(f"chat/{openid}"))["entries"]
                if until(found):
                    return found
                await asyncio.sleep(0.03)

    async def says(self, openid: str, text: str, answers: int = 1) -> list[str]:
        """Say something and wait for what the bot answers."""
        before = len([e for e in (await self.get(f"chat/{openid}"))["entries"] if e["who"] != "me"])
        assert await self.post(f"act/{openid}", {"kind": "text", "text": text}) == 202
        lines = await self.chat(
            openid, lambda found: len([e for e in found if e["who"] != "me"]) >= before + answers
        )
        return [line["text"] for line in lines if line["who"] != "me"][before:]

    async def follow(self, openid: str) -> None:
        assert await self.post(f"act/{openid}", {"kind": "follow"}) == 202
        await self.chat(openid, lambda found: found[-1:] != [] and found[-1]["who"] == "bot")

    async def last_wire(self, title: str = "text") -> Any:
        """What the inspector shows of the last message: it comes right after the answer."""
        async with asyncio.timeout(5):
            while True:
                wires = (await self.get(f"chat/{GRANNY}"))["wires"]
                if wires and wires[-1]["title"] == title:
                    return wires[-1]
                await asyncio.sleep(0.03)

    def api(self) -> WeChatApi:
        settings = self.settings.model_copy(update={"wechat_api_base": self.base + API_PATH})
        self.apis.append(WeChatApi.open(settings, self.app[REDIS], self.app[VAULT], self.app[CLOCK]))
        return self.apis[-1]


@pytest.fixture
def start(settings: Settings, valkey: Redis, valkey_server: ValkeyServer) -> Callable[..., Any]:
    """`async with start() as it:` serves a sandbox; twice in a test: a restart."""

    @asynccontextmanager
    async def started(brain: Brain | None = None, mode: str = "safe", **more: Any) -> AsyncIterator[Sandbox]:
        own = settings.model_copy(update={"sandbox": True, "wechat_mode": mode})
        clock = ShiftedClock(Noon())
        app = create_app(own, redis_url=valkey_server.url, brain=brain or Parrot(), clock=clock, **more)
        async with served(app) as base, aiohttp.ClientSession() as http:
            sandbox = Sandbox(base, http, app, own)
            try:
                yield sandbox
            finally:
                for api in sandbox.apis:
                    await api.close()

    return started


async def test_a_message_goes_to_the_real_webhook_and_the_answer_comes_back(start: Any) -> None:
    async with start() as it:
        await it.follow(GRANNY)
        assert await it.says(GRANNY, "您好 <b>]]>") == ["您好 <b>]]>"]
        wire = await it.last_wire()
        assert "msg_signature=" in wire["url"]
        assert "<Encrypt>" in wire["sent_sealed"]
        assert "您好" in wire["sent"]
        assert "您好" not in wire["sent_sealed"] + wire["answer_sealed"]
        assert "您好" in wire["answer"]
        assert wire["attempts"][0]["status"] == 200


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
async def test_each_mode_as_the_platform_speaks_it(start: Any, mode: str) -> None:
    async with start(mode=mode) as it:
        await it.get("state")
        assert await it.world.platform.webhook.verify("echo-1234567890")
        await it.follow(GRANNY)
        assert await it.says(GRANNY, "您好") == ["您好"]
        wire = await it.last_wire()
        assert ("<Encrypt>" in wire["sent_sealed"], "<Encrypt>" in wire["answer_sealed"]) == (
            mode != "plain",
            mode != "plain",
        )


async def test_pages_hear_at_once_and_catch_up_after_a_break(start: Any) -> None:
    async with start() as it:
        await it.follow(GRANNY)
        await it.says(GRANNY, "一")
        seen = (await it.get(f"chat/{GRANNY}"))["entries"]
        headers = {"Last-Event-ID": seen[-3]["id"]}
        async with it.http.get(f"{it.base}/sandbox/live/{GRANNY}", headers=headers) as response:
            caught_up = [await _event(response) for _ in range(2)]
            assert [entry["id"] for _, entry in caught_up] == [line["id"] for line in seen[-2:]]
            await it.post(f"act/{GRANNY}", {"kind": "text", "text": "二"})
            name, entry = await _event(response)
            assert (name, entry["who"], entry["text"]) == ("entry", "me", "二")
            name, entry = await _event(response)
            assert (name, entry["who"], entry["text"]) == ("entry", "bot", "二")


async def test_a_page_that_does_not_read_is_sent_home_to_come_back(start: Any) -> None:
    async with start() as it:
        journal = it.world.journal
        with journal.page(GRANNY) as queue:
            for number in range(QUEUE + 1):
                journal.tell("clock", str(number))
            assert queue.get_nowait() is None


async def test_what_the_bot_pushes_arrives_in_the_chat(start: Any) -> None:
    async with start() as it:
        await it.follow(GRANNY)
        api = it.api()
        await api.messages.send_text(GRANNY, "您的申请收到了")
        lines = await it.chat(GRANNY, lambda found: found[-1]["via"] == "custom")
        assert lines[-1]["text"] == "您的申请收到了"
        await it.post(f"act/{GRANNY}", {"kind": "unfollow"})
        with pytest.raises(WeChatError) as refused:
            await api.messages.send_text(GRANNY, "还在吗")
        assert refused.value.code == 43004
        assert await it.post(f"act/{GRANNY}", {"kind": "text", "text": "在"}) == 409
        calls = [wire for wire in (await it.get(f"chat/{GRANNY}"))["wires"] if wire["way"] == "api"]
        assert "access_token" not in json.dumps([{**wire, "answer": ""} for wire in calls])
        assert it.settings.wechat_app_secret.get_secret_value() not in [w["sent"] for w in calls]


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ({"kind": "voice", "recognition": "几点上班"}, "voice"),
        ({"kind": "voice", "recognition": None}, "voice"),
        ({"kind": "location", "latitude": 35.6, "longitude": 103.2, "label": "新华街"}, "location"),
        ({"kind": "link", "page": "公告", "url": "https://example.org/"}, "link"),
        ({"kind": "scan", "scene": "window-3"}, "scan"),
    ],
)
async def test_other_kinds_of_messages_are_answered(start: Any, action: dict[str, Any], kind: str) -> None:
    async with start() as it:
        await it.follow(GRANNY)
        assert await it.post(f"act/{GRANNY}", action) == 202
        lines = await it.chat(GRANNY, lambda found: found[-1]["who"] == "bot" and len(found) >= 4)
        assert lines[-2]["kind"] == kind
        assert lines[-1]["text"]


async def test_a_menu_click_leaves_no_line_of_ones_own(start: Any) -> None:
    async with start() as it:
        await it.follow(GRANNY)
        key = (await it.get("state"))["menu"][0]["sub_button"][0]["key"]
        assert await it.post(f"act/{GRANNY}", {"kind": "click", "key": key}) == 202
        lines = await it.chat(GRANNY, lambda found: len(found) == 3)
        assert [line["who"] for line in lines] == ["note", "bot", "bot"]


@pytest.mark.parametrize(
    ("action", "event"),
    [
        ({"kind": "view", "url": "https://example.org/"}, "VIEW"),
        ({"kind": "subscription", "template": "T1", "accept": True}, "subscribe_msg_popup_event"),
        ({"kind": "subscription", "template": "T1", "accept": False}, "subscribe_msg_change_event"),
    ],
)
async def test_events_reach_the_bot_and_are_taken_in_silence(
    start: Any, action: dict[str, Any], event: str
) -> None:
    async with start() as it:
        await it.follow(GRANNY)
        assert await it.post(f"act/{GRANNY}", action) == 202
        wire = await it.last_wire(action["kind"])
        assert f"<![CDATA[{event}]]>" in wire["sent"]
        assert (wire["attempts"][0]["status"], wire["answer"], wire["error"]) == (200, "", "")


async def test_pictures(start: Any) -> None:
    async with start() as it:
        await it.follow(GRANNY)
        address = f"{it.base}/sandbox/picture/{GRANNY}"
        async with it.http.post(address, data=b"<script>alert(1)</script>") as refused:
            assert refused.status == 415
        async with it.http.post(address, data=BytesIO(PNG + bytes(10 * 1024 * 1024))) as refused:
            assert refused.status == 413
        async with it.http.post(address, data=BytesIO(PNG + bytes(3 * 1024 * 1024))) as accepted:
            media = (await accepted.json())["entry"]["data"]["media_id"]
        await it.chat(GRANNY, lambda found: found[-1]["who"] == "bot" and len(found) == 4)
        file = await it.api().media.get(media)
        assert file.content.startswith(PNG)
        async with it.http.get(f"{it.base}/sandbox/media/{media}") as shown:
            assert shown.headers["Content-Type"] == "image/png"
            assert shown.headers["X-Content-Type-Options"] == "nosniff"
        await it.post("clock", {"to": (NINE + timedelta(days=3)).isoformat()})
        async with it.http.get(f"{it.base}/sandbox/media/{media}") as gone:
            assert gone.status == 404


class TestClock:
    async def test_steps_and_dates(self, start: Any) -> None:
        async with start() as it:
            for body, expected in [
                ({"step": "hour"}, NINE + timedelta(hours=1)),
                ({"step": "day"}, NINE + timedelta(days=1, hours=1)),
                ({"step": "week"}, NINE + timedelta(days=8, hours=1)),
                ({"to": "2026-12-24T08:30"}, datetime(2026, 12, 24, 8, 30, tzinfo=SHANGHAI)),
            ]:
                assert await it.post("clock", body) == 200
                assert (await it.get("state"))["now"] == expected.isoformat()
            assert await it.post("clock", {"to": "2026-12-24T08:29"}) == 422
            assert await it.post("clock", {"to": "2036-12-24T08:29"}) == 422

    async def test_the_bot_goes_with_it(self, start: Any) -> None:
        async with start() as it:
            await it.follow(GRANNY)
            await it.says(GRANNY, "一")
            api = it.api()
            await api.messages.send_text(GRANNY, "在48小时内")
            assert await it.post("clock", {"to": (NINE + timedelta(hours=49)).isoformat()}) == 200
            with pytest.raises(WeChatError) as closed:
                await api.messages.send_text(GRANNY, "晚了")
            assert closed.value.code == 45015
            assert await it.says(GRANNY, "二") == ["二"], "a signature of the moved clock is fresh"
            await api.messages.send_text(GRANNY, "又可以了")


async def test_a_restart_keeps_chats_people_and_time(start: Any) -> None:
    async with start() as it:
        await it.follow(GRANNY)
        await it.says(GRANNY, "记得我")
        assert await it.post("people", {"name": "尕娃"}) == 201
        await it.post("clock", {"step": "day"})
    async with start() as again:
        lines = await again.chat(GRANNY)
        assert [line["text"] for line in lines][-2:] == ["记得我", "记得我"]
        state = await again.get("state")
        assert state["people"][-1]["name"] == "尕娃"
        assert state["people"][0]["following"] is True
        assert state["now"] == (NINE + timedelta(days=1)).isoformat()
        assert await again.post(f"forget/{GRANNY}", {}) == 204
        assert (await again.get(f"chat/{GRANNY}"))["entries"] == []


async def test_nothing_that_was_typed_lies_readable_in_redis(start: Any, valkey: Redis) -> None:
    async with start() as it:
        await it.follow(COOK)
        await it.says(COOK, "电话13912345678，身份证622901199001011234")
        await it.post("people", {"name": "读不到"})
        await asyncio.sleep(0.7)
        dump = repr([(key, await valkey.dump(key)) for key in await valkey.keys("*")])
        for secret in ("13912345678", "622901199001011234", "读不到"):
            assert secret not in dump
            assert repr(secret.encode())[2:-1] not in dump


async def test_a_slow_bot_is_asked_again_and_answers(start: Any) -> None:
    async with start(wrap=slow(4.8)) as it:
        await it.follow(GRANNY)
        assert await it.says(GRANNY, "慢慢来") == ["慢慢来"]
        assert [attempt["status"] for attempt in (await it.last_wire())["attempts"]] == [503, 200]


async def test_the_api_can_be_made_to_fail(start: Any) -> None:
    async with start() as it:
        await it.follow(GRANNY)
        assert await it.post("trouble", {"kind": "code", "code": -1}) == 201
        with pytest.raises(WeChatError) as busy:
            await it.api().users.info(GRANNY)
        assert busy.value.code == -1


async def test_what_is_refused(start: Any) -> None:
    async with start() as it:
        await it.follow(GRANNY)
        text = {"kind": "text", "text": "x"}
        assert await it.post(f"act/{GRANNY}", text, Origin="https://elsewhere.example") == 403
        assert await it.post("act/oNobody", text) == 404
        assert await it.post(f"act/{GRANNY}", {"kind": "dance"}) == 422
        assert await it.post(f"act/{GRANNY}", {"kind": "text", "text": ""}) == 422
        async with it.http.post(f"{it.base}/sandbox/act/{GRANNY}", data="kind=text") as response:
            assert response.status == 415
        async with it.http.get(f"{it.base}/sandbox/") as page:
            assert "default-src 'none'" in page.headers["Content-Security-Policy"]
            assert "unsafe" not in page.headers["Content-Security-Policy"]
            body = await page.text()
            assert "<script>" not in body
            assert " style=" not in body


async def test_without_sandbox_there_is_none(settings: Settings, valkey_server: ValkeyServer) -> None:
    app = create_app(settings, redis_url=valkey_server.url, brain=Parrot())
    async with served(app) as base, aiohttp.ClientSession() as http:
        for path in ("/sandbox", "/sandbox/", "/sandbox/state", f"{API_PATH}/cgi-bin/getcallbackip"):
            async with http.get(base + path) as response:
                assert response.status == 404


async def _event(response: aiohttp.ClientResponse) -> tuple[str, Any]:
    """The next server-sent event that is about this chat."""
    async with asyncio.timeout(5):
        while True:
            fields: dict[str, str] = {}
            while line := (await response.content.readline()).decode().strip():
                name, _, value = line.partition(": ")
                fields[name] = value
            if fields.get("event") == "entry":
                return fields["event"], json.loads(fields["data"])
