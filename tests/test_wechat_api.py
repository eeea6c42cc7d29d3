"""Our client against the local WeChat API: real HTTP, a real Valkey for the token."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from redis.asyncio import Redis

from bot.redis_client import connect
from bot.valkey import ValkeyServer
from bot.vault import Vault
from bot.wechat_api import WeChatApi, WeChatError
from bot.wechat_api.errors import kind_of
from bot.wechat_api.results import Article
from bot.wechat_server import Limits, Phone
from bot.wechat_server.errors import TEXTS
from tests.wechat_lab import ALI, BAI, Lab, client, lab, met, served

TOKEN_PATH = "/cgi-bin/stable_token"


@dataclass
class Pair:
    lab: Lab
    api: WeChatApi
    redis: Redis
    folder: Path

    @property
    def refreshes(self) -> int:
        return len(self.lab.platform.records.of(TOKEN_PATH))

    def revoke(self) -> None:
        """Someone else's forced refresh: our token is void."""
        self.lab.platform.tokens.revoke()


@asynccontextmanager
async def pair(
    redis: Redis, folder: Path, limits: Limits | None = None, **changes: object
) -> AsyncIterator[Pair]:
    async with lab(limits, **changes) as it:
        await met(it, ALI, BAI)
        api = client(it, redis, folder)
        try:
            yield Pair(it, api, redis, folder)
        finally:
            await api.close()


async def refusal(call: Awaitable[object]) -> WeChatError:
    with pytest.raises(WeChatError) as caught:
        await call
    return caught.value


class TestEndpoints:
    async def test_messages(self, valkey: Redis, tmp_path: Path) -> None:
        async with pair(valkey, tmp_path) as it:
            large = b"\x89PNG..." + bytes(2_000_000)
            uploaded = await it.api.media.upload("image", large, "a.png", "image/png")
            await it.api.messages.typing(ALI)
            await it.api.messages.send_text(ALI, "您好，“公开”：\n<b>&")
            await it.api.messages.send_image(ALI, uploaded.media_id)
            await it.api.messages.send_article(ALI, Article(title="进度", url="https://example.org/"))
            got = it.lab.platform.records.to(ALI)
            assert [m.msgtype for m in got] == ["text", "image", "news"]
            assert got[0].text == "您好，“公开”：\n<b>&"
            file = await it.api.media.get(uploaded.media_id)
            assert (file.content == large, file.content_type) == (True, "image/png")
            assert file.filename.endswith(".png")
            assert it.refreshes == 1, "one token for all of it"

    async def test_templates(self, valkey: Redis, tmp_path: Path) -> None:
        async with pair(valkey, tmp_path) as it:
            sent = await it.api.templates.send(ALI, "T1", {"thing1": "很" * 30}, "https://example.org/")
            assert sent.msgid > 0
            assert it.lab.platform.records.to(ALI)[0].content["fields"]["thing1"] == "很" * 19 + "…"
            error = await refusal(it.api.templates.send_subscription(ALI, "T1", {"thing1": "x"}))
            assert (error.code, error.kind) == (43101, "refused")
            await Phone(it.lab.platform).accept(ALI, "T1")
            await it.api.templates.send_subscription(ALI, "T1", {"thing1": "x"})

    async def test_menu_users_account(self, valkey: Redis, tmp_path: Path) -> None:
        async with pair(valkey, tmp_path) as it:
            assert await it.api.menu.get() == []
            buttons = [{"type": "click", "name": "投诉", "key": "k"}]
            await it.api.menu.create(buttons)
            assert await it.api.menu.get() == buttons
            await it.api.menu.delete()
            user = await it.api.users.info(ALI)
            assert (user.openid, user.subscribe) == (ALI, 1)
            assert await it.api.account.callback_ips() == ("127.0.0.1",)
            await it.api.account.clear_quota()

    async def test_tags_in_batches_of_fifty(self, valkey: Redis, tmp_path: Path) -> None:
        async with pair(valkey, tmp_path) as it:
            people = [f"o{number:027d}" for number in range(120)]
            await met(it.lab, *people)
            tag = await it.api.tags.create("食品")
            await it.api.tags.put_on(tag.id, people)
            await it.api.tags.take_off(tag.id, people[:5])
            assert [openid async for openid in it.api.tags.members(tag.id)] == people[5:]
            assert [(t.name, t.count) for t in await it.api.tags.all()] == [("食品", 115)]
            calls = it.lab.platform.records.of("/cgi-bin/tags/members/batchtagging")
            assert [len(call.body["openid_list"]) for call in calls] == [50, 50, 20]

    async def test_mass_repeated_after_a_cut_is_one_job(self, valkey: Redis, tmp_path: Path) -> None:
        async with pair(valkey, tmp_path) as it:
            it.lab.platform.faults.add("*/mass/send", "cut_after")
            error = await refusal(it.api.mass.send_to_users([ALI, BAI], "消费提示", "w1:abc"))
            assert (error.kind, error.maybe_done) == ("network", True)
            job = await it.api.mass.send_to_users([ALI, BAI], "消费提示", "w1:abc")
            assert len(it.lab.platform.records.to(ALI)) == 1
            assert (await it.api.mass.status(job.msg_id)).msg_status == "SEND_SUCCESS"
            await it.api.mass.preview(ALI, "预览")
            tag = await it.api.tags.create("药品")
            await it.api.mass.send_to_tag(tag.id, "没有人", "w2")


class TestToken:
    async def test_two_processes_refresh_once(
        self, valkey: Redis, tmp_path: Path, valkey_server: ValkeyServer
    ) -> None:
        async with pair(valkey, tmp_path) as it:
            other_redis = connect(valkey_server.url)
            other = client(it.lab, other_redis, tmp_path)
            both = (it.api, other)
            await asyncio.gather(*(api.users.info(ALI) for api in both for _ in range(10)))
            assert it.refreshes == 1
            it.revoke()
            await asyncio.gather(*(api.users.info(ALI) for api in both for _ in range(10)))
            assert it.refreshes == 2, "twenty calls failed with one token: one refresh"
            await other.close()
            await other_redis.aclose()

    async def test_a_killed_holder_of_the_lock_does_not_block_for_ever(
        self, valkey: Redis, tmp_path: Path
    ) -> None:
        async with pair(valkey, tmp_path) as it:
            await valkey.set(f"wechat:token:{it.lab.platform.account.app_id}:lock", "dead", px=500)
            assert (await it.api.users.info(ALI)).subscribe == 1

    async def test_replaced_by_another_process_is_used_and_not_renewed(
        self, valkey: Redis, tmp_path: Path
    ) -> None:
        async with pair(valkey, tmp_path) as it:
            await it.api.users.info(ALI)
            key = f"wechat:token:{it.lab.platform.account.app_id}"
            stale = await valkey.get(key)
            it.revoke()
            await it.api.users.info(ALI)
            fresh = await valkey.get(key)
            assert stale is not None
            assert fresh is not None
            await valkey.set(key, stale)  # what a call under way read before the other's refresh
            it.lab.platform.faults.add("*/user/info", "slow", seconds=0.3)
            call = asyncio.create_task(it.api.users.info(ALI))
            await asyncio.sleep(0.1)
            await valkey.set(key, fresh)
            assert (await call).subscribe == 1
            assert it.refreshes == 2

    @pytest.mark.parametrize("code", [40001, 40014, 42001])
    async def test_one_retry_and_never_more(self, valkey: Redis, tmp_path: Path, code: int) -> None:
        async with pair(valkey, tmp_path) as it:
            it.lab.platform.faults.add("*/user/info", "code", code=code, times=5)
            error = await refusal(it.api.users.info(ALI))
            assert (error.code, error.kind) == (code, "token")
            assert len(it.lab.platform.records.of("/cgi-bin/user/info")) == 2
            # The platform still held the refused token for good, so the second request was a forced one.
            assert it.refreshes == 3
            calls = it.lab.platform.records.of(TOKEN_PATH)
            assert [call.body["force_refresh"] for call in calls] == [False, False, True]

    async def test_heals_after_expiry_and_after_a_changed_clock(self, valkey: Redis, tmp_path: Path) -> None:
        async with pair(valkey, tmp_path) as it:
            await it.api.users.info(ALI)
            it.lab.clock.move(timedelta(hours=1, minutes=57))
            await it.api.users.info(ALI)
            assert it.refreshes == 2, "renewed before its end, without a failed call"
            assert all(call.errcode == 0 for call in it.lab.platform.records.calls)

    async def test_other_errors_are_not_retried(self, valkey: Redis, tmp_path: Path) -> None:
        async with pair(valkey, tmp_path) as it:
            it.lab.platform.faults.add("*/custom/send", "code", code=45009)
            error = await refusal(it.api.messages.send_text(ALI, "x"))
            assert (error.kind, error.temporary) == ("quota", True)
            assert len(it.lab.platform.records.of("/cgi-bin/message/custom/send")) == 1

    async def test_unknown_ciphertext_in_the_store_is_fetched_anew(
        self, valkey: Redis, tmp_path: Path
    ) -> None:
        async with pair(valkey, tmp_path) as it:
            await valkey.set(f"wechat:token:{it.lab.platform.account.app_id}", b"from another key")
            assert (await it.api.users.info(ALI)).subscribe == 1


class TestSecrecy:
    async def test_neither_secret_nor_token_in_errors_logs_or_store(
        self, valkey: Redis, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        logging.getLogger("aiohttp.access").setLevel(logging.WARNING)  # the platform's own log, not ours
        async with pair(valkey, tmp_path) as it:
            texts = []
            for kind in ("cut", "cut_after", "http", "code"):
                it.lab.platform.faults.add("*/custom/send", kind, code=502 if kind == "http" else 48001)
                error = await refusal(it.api.messages.send_text(ALI, "x"))
                texts += [str(error), repr(error), repr(error.__cause__), repr(error.__dict__)]
                assert error.__suppress_context__ or error.__context__ is None
            token = (await it.lab.token())["access_token"]
            kept = await valkey.get(f"wechat:token:{it.lab.platform.account.app_id}")
            everything = "".join(texts) + caplog.text + repr(kept)
            assert token not in everything
            assert it.lab.platform.account.secret not in everything
            assert ALI not in "".join(texts) + caplog.text

    async def test_wrong_secret_is_a_matter_for_the_operator(self, valkey: Redis, tmp_path: Path) -> None:
        async with pair(valkey, tmp_path) as it:
            settings = it.lab.settings(tmp_path).model_copy(update={"wechat_app_id": "wxother"})
            api = WeChatApi.open(settings, valkey, Vault.open(settings), it.lab.clock)
            error = await refusal(api.users.info(ALI))
            assert (error.code, error.kind) == (40013, "setup")
            await api.close()


class TestTrouble:
    async def test_network(self, valkey: Redis, tmp_path: Path) -> None:
        async with pair(valkey, tmp_path) as it:
            await it.api.users.info(ALI)
            it.lab.platform.faults.add("*/custom/send", "code", code=-1)
            assert (await refusal(it.api.messages.send_text(ALI, "x"))).kind == "network"
            it.lab.platform.faults.add("*/custom/send", "http", code=502)
            assert (await refusal(it.api.messages.send_text(ALI, "x"))).reason == "HTTP 502"
            it.lab.platform.faults.add("*/custom/send", "timeout", seconds=20)
            error = await refusal(it.api.messages.send_text(ALI, "x"))
            assert (error.reason, error.maybe_done) == ("no answer in time", True)

    async def test_nobody_there(self, valkey: Redis, tmp_path: Path) -> None:
        async with pair(valkey, tmp_path) as it:
            it.lab.base = "http://127.0.0.1:9"
            api = client(it.lab, valkey, tmp_path)
            error = await refusal(api.users.info(ALI))
            assert (error.kind, error.maybe_done) == ("network", False)
            await api.close()

    async def test_a_store_that_is_down(self, valkey: Redis, tmp_path: Path) -> None:
        async with pair(valkey, tmp_path) as it:
            gone = Redis(unix_socket_path=str(tmp_path / "nothing.sock"))
            api = client(it.lab, gone, tmp_path)
            error = await refusal(api.users.info(ALI))
            assert (error.kind, error.reason) == ("network", "token store: ConnectionError")
            await api.close()
            await gone.aclose()

    @pytest.mark.parametrize("answer", ["<html>502</html>", "[]", "{}"])
    async def test_answers_that_make_no_sense(self, valkey: Redis, tmp_path: Path, answer: str) -> None:
        async with pair(valkey, tmp_path) as it:

            async def nonsense(request: web.Request) -> web.Response:
                return web.Response(text=answer)

            app = web.Application()
            app.router.add_route("*", "/{anything:.*}", nonsense)
            async with served(app) as base:
                it.lab.base = base
                api = client(it.lab, valkey, tmp_path)
                assert (await refusal(api.users.info(ALI))).kind in ("network", "other")
                await api.close()

    async def test_windows_and_counts_are_refusals(self, valkey: Redis, tmp_path: Path) -> None:
        async with pair(valkey, tmp_path) as it:
            for _ in range(5):
                await it.api.messages.send_text(ALI, "x")
            error = await refusal(it.api.messages.send_text(ALI, "x"))
            assert (error.code, error.kind, error.temporary) == (45047, "refused", False)

    async def test_expired_media(self, valkey: Redis, tmp_path: Path) -> None:
        async with pair(valkey, tmp_path) as it:
            media = it.lab.platform.media.put("image", b"x", "image/jpeg")
            it.lab.clock.move(timedelta(days=3))
            error = await refusal(it.api.media.get(media.id))
            assert (error.code, error.kind) == (40007, "content")


def test_every_code_that_the_platform_gives_has_a_kind() -> None:
    unsorted = {code for code in TEXTS if kind_of(code) == "other"} - {43002}
    assert unsorted == set()
