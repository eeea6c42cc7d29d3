"""What the door lets in and what it turns away, in each mode; nothing refused ever reaches a handler."""

import asyncio
import time
from datetime import timedelta

import pytest
import xmltodict
from pydantic import SecretStr

from bot.clock import ShiftedClock
from tests.fixtures_wechat import Parrot, Serve
from tests.wechat_signing import ACCOUNT, KEY, OLD_KEY, TOKEN, USER, Answer, WeChat, sha1, xml_of

MODES = ["plain", "compatible", "safe"]


@pytest.fixture(params=MODES)
async def any_mode(request: pytest.FixtureRequest, serve: Serve, parrot: Parrot) -> WeChat:
    return await serve(brain=parrot, wechat_mode=request.param)


@pytest.fixture
async def safe(serve: Serve, parrot: Parrot) -> WeChat:
    return await serve(brain=parrot)


def assert_turned_away(answer: Answer, parrot: Parrot, status: int | None = None) -> None:
    """A 4xx, without a word, and nobody heard of it."""
    assert 400 <= answer.status < 500
    assert status is None or answer.status == status
    assert answer.body == ""
    assert parrot.heard == []


def greeting(token: str = TOKEN, at: float | None = None) -> dict[str, str]:
    stamp = str(int(at or time.time()))
    return {
        "signature": sha1(token, stamp, "n0nce"),
        "timestamp": stamp,
        "nonce": "n0nce",
        "echostr": "回声123",
    }


async def test_the_console_check_gets_its_echo_back(any_mode: WeChat) -> None:
    assert await any_mode.get("/wechat", **greeting()) == (200, "回声123")


@pytest.mark.parametrize(
    "query",
    [
        greeting(token="wrong"),
        greeting(at=time.time() - 3600),
        greeting() | {"signature": ""},
        greeting() | {"signature": "é" * 40},
        {"echostr": "x"},
        {key: text for key, text in greeting().items() if key != "echostr"},
    ],
)
async def test_a_forged_console_check_gets_nothing(any_mode: WeChat, query: dict[str, str]) -> None:
    status, body = await any_mode.get("/wechat", **query)
    assert 400 <= status < 500
    assert body == ""


async def test_a_message_is_answered_in_every_mode(any_mode: WeChat) -> None:
    answer = await any_mode.deliver(any_mode.message(Content="你好"))
    assert (answer.status, answer.text) == (200, "你好")
    assert answer.fields["ToUserName"] == USER
    assert answer.fields["FromUserName"] == ACCOUNT
    assert answer.fields["MsgType"] == "text"
    assert answer.body.startswith("<xml><Encrypt>") == (any_mode.mode != "plain")


@pytest.mark.parametrize("pinned", MODES)
@pytest.mark.parametrize("sent", MODES)
async def test_the_request_cannot_choose_the_mode(
    serve: Serve, parrot: Parrot, pinned: str, sent: str
) -> None:
    wechat = await serve(brain=parrot, wechat_mode=pinned)
    sender = WeChat(wechat.url, wechat.http, mode=sent)
    answer = await sender.deliver(sender.message(Content="你好"))
    if (pinned == "plain") == (sent == "plain"):
        assert answer.status == 200
    else:
        assert_turned_away(answer, parrot)


@pytest.mark.parametrize("claim", [{"encrypt_type": "raw"}, {"encrypt_type": ""}, {}])
async def test_claiming_plain_text_does_not_open_safe_mode(
    safe: WeChat, parrot: Parrot, claim: dict[str, str]
) -> None:
    sender = WeChat(safe.url, safe.http, mode="plain")
    query, body = sender.envelope(sender.message(Content="你好"))
    assert_turned_away(await sender.post(query | claim, body), parrot)


async def test_compatible_mode_believes_the_encrypted_part_only(serve: Serve, parrot: Parrot) -> None:
    wechat = await serve(brain=parrot, wechat_mode="compatible")
    query, body = wechat.envelope(wechat.message(Content="真的"))
    answer = await wechat.post(query, body.replace("真的".encode(), "假的".encode()))
    assert answer.text == "真的"


@pytest.mark.parametrize("field", ["signature", "msg_signature"])
async def test_a_wrong_signature_is_refused(safe: WeChat, parrot: Parrot, field: str) -> None:
    query, body = safe.envelope(safe.message(Content="你好"))
    assert_turned_away(await safe.post(query | {field: "0" * 40}, body), parrot, 403)


@pytest.mark.parametrize("field", ["timestamp", "nonce", "msg_signature"])
async def test_a_missing_part_of_the_signature_is_refused(safe: WeChat, parrot: Parrot, field: str) -> None:
    query, body = safe.envelope(safe.message(Content="你好"))
    del query[field]
    assert_turned_away(await safe.post(query, body), parrot)


async def test_plain_mode_needs_a_signature_too(serve: Serve, parrot: Parrot) -> None:
    wechat = await serve(brain=parrot, wechat_mode="plain")
    query, body = wechat.envelope(wechat.message(Content="你好"))
    assert_turned_away(await wechat.post(query | {"signature": "0" * 40}, body), parrot, 403)
    del query["signature"]
    assert_turned_away(await wechat.post(query | {"msg_signature": "x"}, body), parrot)


async def test_a_frame_for_another_account_is_refused(safe: WeChat, parrot: Parrot) -> None:
    other = WeChat(safe.url, safe.http, app_id="wxanotheraccount00")
    assert_turned_away(await other.deliver(other.message(Content="你好")), parrot, 403)


async def test_a_frame_under_an_unknown_key_is_refused(safe: WeChat, parrot: Parrot) -> None:
    other = WeChat(safe.url, safe.http, key=OLD_KEY)
    assert_turned_away(await other.deliver(other.message(Content="你好")), parrot, 403)


async def test_while_the_key_changes_the_answer_uses_the_key_that_opened(
    serve: Serve, parrot: Parrot
) -> None:
    wechat = await serve(brain=parrot, wechat_previous_encoding_aes_key=SecretStr(OLD_KEY))
    for key in (KEY, OLD_KEY, KEY):
        sender = WeChat(wechat.url, wechat.http, key=key)
        assert await sender.say("你好") == "你好"  # `say` can only open what its own key closed


@pytest.mark.parametrize(("seconds", "fine"), [(-290, True), (290, True), (-310, False), (310, False)])
async def test_timestamps_hold_for_five_minutes(
    safe: WeChat, parrot: Parrot, seconds: int, fine: bool
) -> None:
    query, body = safe.envelope(safe.message(Content="你好"), at=int(time.time()) + seconds)
    answer = await safe.post(query, body)
    if fine:
        assert answer.text == "你好"
    else:
        assert_turned_away(answer, parrot, 403)


@pytest.mark.parametrize("stamp", ["abc", "-1", "1e9", "９９９９９９９９９", "9" * 40, "1.5"])
async def test_a_timestamp_that_is_no_time_is_refused(safe: WeChat, parrot: Parrot, stamp: str) -> None:
    nonce = "n"
    query = {"timestamp": stamp, "nonce": nonce, "signature": sha1(TOKEN, stamp, nonce)}
    assert_turned_away(await safe.post(query, b"<xml/>"), parrot, 403)


async def test_the_sandbox_clock_is_the_one_that_counts(serve: Serve, parrot: Parrot) -> None:
    ahead = ShiftedClock(offset=timedelta(days=30))
    wechat = await serve(brain=parrot, parts={"clock": ahead})
    now = int(time.time())
    late = await wechat.post(*wechat.envelope(wechat.message(Content="你好"), at=now))
    assert_turned_away(late, parrot, 403)
    then = await wechat.post(*wechat.envelope(wechat.message(Content="你好"), at=now + 30 * 86400))
    assert then.text == "你好"


async def test_a_signature_seen_with_another_body_is_refused(any_mode: WeChat, parrot: Parrot) -> None:
    now = int(time.time())
    first = await any_mode.post(*any_mode.envelope(any_mode.message(Content="一"), at=now, nonce="77"))
    assert first.text == "一"
    second = await any_mode.post(*any_mode.envelope(any_mode.message(Content="二"), at=now, nonce="77"))
    assert (second.status, second.body) == (403, "")
    assert parrot.heard == ["一"]


async def test_a_redelivery_under_the_same_signature_is_no_replay(any_mode: WeChat, parrot: Parrot) -> None:
    """Seen in the wild: WeChat's retries carry timestamp and nonce of the first delivery."""
    xml, now = any_mode.message(Content="一"), int(time.time())
    answers = [await any_mode.post(*any_mode.envelope(xml, at=now, nonce="78")) for _ in range(3)]
    assert [answer.text for answer in answers] == ["一"] * 3
    assert parrot.heard == ["一"]


async def test_two_applications_share_what_they_have_seen(serve: Serve, parrot: Parrot) -> None:
    here, there = await serve(brain=parrot), await serve(brain=parrot)
    now = int(time.time())
    assert (await here.post(*here.envelope(here.message(Content="一"), at=now, nonce="79"))).text == "一"
    answer = await there.post(*there.envelope(there.message(Content="二"), at=now, nonce="79"))
    assert (answer.status, answer.body) == (403, "")


async def test_a_body_of_64_kib_passes_and_one_byte_more_does_not(serve: Serve, parrot: Parrot) -> None:
    wechat = await serve(brain=parrot, wechat_mode="plain")
    xml = wechat.message(Content="你好", Padding="")
    room = 64 * 1024 - len(xml.encode())
    fits = xml.replace("<Padding></Padding>", f"<Padding>{'x' * room}</Padding>")
    assert len(fits.encode()) == 64 * 1024
    assert (await wechat.deliver(fits)).text == "你好"
    parrot.heard.clear()
    over = fits.replace("<Padding>", "<Padding>x")
    assert_turned_away(await wechat.deliver(over), parrot, 413)


async def test_a_body_without_a_stated_length_is_cut_off_too(safe: WeChat, parrot: Parrot) -> None:
    async def endless() -> object:
        for _ in range(200):
            yield b"x" * 1024

    query, _ = safe.envelope(safe.message(Content="你好"))
    async with safe.http.post(f"{safe.url}/wechat", params=query, data=endless()) as response:
        assert (response.status, await response.text()) == (413, "")
    assert parrot.heard == []


async def test_a_body_that_never_ends_is_not_waited_for(safe: WeChat, parrot: Parrot) -> None:
    host, port = safe.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /wechat?timestamp=1&nonce=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n<xml>")
    head = await asyncio.wait_for(reader.readuntil(b"\r\n"), 4)
    assert b" 400 " in head
    writer.close()
    await writer.wait_closed()
    assert parrot.heard == []


BOMB = """<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "{inside}">]>"""


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE xml SYSTEM "http://127.0.0.1:1/evil.dtd">',
        "<!DOCTYPE xml>",
        BOMB.format(inside="哈" * 1000),
    ],
)
@pytest.mark.parametrize("place", ["envelope", "frame"])
async def test_document_types_and_entities_are_refused(
    serve: Serve, parrot: Parrot, prolog: str, place: str
) -> None:
    wechat = await serve(brain=parrot, wechat_mode="safe")
    xml = wechat.message(Content="&a;").replace("&amp;a;", "&a;")
    if place == "frame":
        assert_turned_away(await wechat.deliver(prolog + xml), parrot, 400)
    else:
        query, body = wechat.envelope(xml)
        assert_turned_away(await wechat.post(query, prolog.encode() + body), parrot, 400)


GOOD = {
    "ToUserName": ACCOUNT,
    "FromUserName": USER,
    "CreateTime": "1764000000",
    "MsgType": "text",
    "MsgId": "1",
}


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "hello",
        "{}",
        "<xml>",
        "<xml></xml>",
        "<html><MsgType>text</MsgType></html>",
        "<xml>" + "<a>" * 5000 + "</a>" * 5000 + "</xml>",
        *(xml_of(**{key: text for key, text in GOOD.items() if key != gone}, Content="x") for gone in GOOD),
        xml_of(**GOOD, Content="x").replace("1764000000", "yesterday"),
        xml_of(**GOOD, Content="x").replace("1764000000", "9" * 60),
        xml_of(**GOOD, Content="x").replace("1764000000", "-5"),
        xml_of(**GOOD, Content="x").replace("<MsgId>1</MsgId>", "<MsgId>1</MsgId><MsgId>2</MsgId>"),
        xml_of(**(GOOD | {"FromUserName": "o\" onload='x'"}), Content="x"),
        xml_of(**(GOOD | {"MsgType": "event"})),
        xml_of(**(GOOD | {"MsgType": "location"}), Location_X="north", Location_Y="1"),
        xml_of(**(GOOD | {"MsgType": "location"})),
        "<xml><ToUserName>\x00</ToUserName></xml>",
    ],
)
@pytest.mark.parametrize("mode", ["plain", "safe"])
async def test_whatever_is_malformed_is_a_4xx_without_a_word(
    serve: Serve, parrot: Parrot, mode: str, xml: str
) -> None:
    wechat = await serve(brain=parrot, wechat_mode=mode)
    assert_turned_away(await wechat.deliver(xml), parrot, 400)


@pytest.mark.parametrize("encrypted", ["", "AAAA", "not base64 at all!", "QUJD" * 8, "é", "A" * 4000])
async def test_a_frame_that_is_none_is_refused(safe: WeChat, parrot: Parrot, encrypted: str) -> None:
    stamp = str(int(time.time()))
    query = {"timestamp": stamp, "nonce": "n", "signature": sha1(TOKEN, stamp, "n")}
    query["msg_signature"] = sha1(TOKEN, stamp, "n", encrypted)
    assert_turned_away(await safe.post(query, xml_of(Encrypt=encrypted).encode()), parrot)


async def test_invalid_utf8_is_refused(serve: Serve, parrot: Parrot) -> None:
    wechat = await serve(brain=parrot, wechat_mode="plain")
    query, body = wechat.envelope(wechat.message(Content="@@"))
    assert_turned_away(await wechat.post(query, body.replace(b"@@", b"\xff\xfe")), parrot, 400)


async def test_refusals_are_counted_by_reason(safe: WeChat) -> None:
    query, body = safe.envelope(safe.message(Content="你好"))
    await safe.post(query | {"msg_signature": "0" * 40}, body)
    await safe.post({}, b"")
    _, text = await safe.get("/metrics")
    assert 'linxia_refused_requests_total{reason="signature"} 1.0' in text
    assert 'linxia_refused_requests_total{reason="malformed"} 1.0' in text


@pytest.mark.parametrize(
    "text",
    [
        "]]>",
        "]]></Content><MsgType>image</MsgType><Content><![CDATA[",
        "<b>&amp;&lt;</b>",
        "]]]]>>",
        "&#0;",
        "\"'",
        "emoji 🐑 与 𠮷",
    ],
)
async def test_nothing_a_citizen_writes_breaks_out_of_the_reply(any_mode: WeChat, text: str) -> None:
    answer = await any_mode.deliver(any_mode.message(Content=text))
    assert answer.text == text
    assert list(answer.fields) == ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"]
    assert answer.fields["MsgType"] == "text"


async def test_the_answer_is_not_sealed_with_a_guessable_prefix(safe: WeChat) -> None:
    """wechatpy fills the frame's first 16 bytes from `random`; ours come from the system's randomness."""
    xml = safe.message(Content="你好")
    frames = {xmltodict.parse((await safe.deliver(xml)).body)["xml"]["Encrypt"] for _ in range(3)}
    assert len(frames) == 3
