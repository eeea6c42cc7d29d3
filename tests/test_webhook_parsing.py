"""Whatever arrives, parsing gives a message or `Malformed`; whatever is said, the reply holds it."""

import contextlib
import xml.sax.saxutils as escaping

import pytest
import xmltodict
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy import parse_message

from bot.clock import SystemClock
from bot.webhook.envelope import Seal
from bot.webhook.errors import Malformed, Refused
from bot.webhook.gate import Gate
from bot.webhook.parse import elements, to_message
from bot.webhook.reply import UNSPEAKABLE, text_reply
from bot.webhook.signature import is_fresh, is_genuine, sign
from config.settings import Settings
from handlers.message import Message
from handlers.paging import LIMIT, pages_of
from tests.wechat_signing import APP_ID, KEY, TOKEN, xml_of

BASE = {"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": "1764000000", "MsgId": "1"}
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=60)
tags = st.sampled_from(
    [
        "MsgType",
        "Event",
        "EventKey",
        "Content",
        "Recognition",
        "Location_X",
        "Location_Y",
        "MediaId",
        "List",
        "MsgID",
    ]
)
bodies = st.recursive(words, lambda inner: st.dictionaries(tags, inner, max_size=4), max_leaves=8)


@given(st.binary(max_size=400))
def test_bytes_give_a_message_or_malformed(body: bytes) -> None:
    with contextlib.suppress(Malformed):
        to_message(body)


@given(
    st.dictionaries(tags, bodies, max_size=8), st.sampled_from(["text", "event", "location", "voice", "新的"])
)
def test_well_formed_xml_gives_a_message_or_malformed(fields: dict[str, object], kind: str) -> None:
    xml = xml_of(**(BASE | {"MsgType": kind} | fields))
    try:
        message = to_message(xml)
    except Malformed:
        return
    assert message.user == "o1"
    assert message.at.utcoffset() is not None


@given(words)
def test_a_text_arrives_as_it_was_written(text: str) -> None:
    message = to_message(xml_of(**BASE, MsgType="text", Content=text))
    assert message.text == text


@given(words, st.sampled_from(["text", "voice"]))
def test_wechatpy_reads_the_same(text: str, kind: str) -> None:
    """Two parsers, one meaning (xmltodict trims white space, so that is left out)."""
    field = "Content" if kind == "text" else "Recognition"
    xml = xml_of(**BASE, MsgType=kind, **{field: text.strip() or "x"})
    theirs, ours = parse_message(xml), to_message(xml)
    said = theirs.content if kind == "text" else theirs.recognition
    assert said.strip() == ours.text.strip()
    assert (theirs.source, theirs.target, str(theirs.id)) == (ours.user, ours.account, ours.id)
    assert theirs.create_time == ours.at


@given(st.text(max_size=200))
def test_a_reply_has_five_elements_and_the_text_in_the_last(text: str) -> None:
    message = Message.model_validate(
        {"user": "o1", "account": "gh_1", "kind": "text", "at": SystemClock().now(), "id": "1"}
    )
    root = fromstring(text_reply(message, text, 1764000000))
    assert [child.tag for child in root] == ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"]
    assert not any(len(child) for child in root)
    kept = UNSPEAKABLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    assert (root[4].text or "") == kept


@given(st.text(max_size=3000), st.integers(200, LIMIT))
@settings(max_examples=60)
def test_pages_fit_and_lose_nothing(text: str, limit: int) -> None:
    pages = pages_of(text, limit)
    assert all(len(page.encode()) <= limit for page in pages)
    shown = [page.rsplit("\n", 1)[0] for page in pages[:-1]] + [pages[-1]]
    assert "".join("".join(shown).split()) == "".join(text.split())


def test_pages_end_at_lines_and_sentences() -> None:
    text = "。".join(f"这是第{n}句话" for n in range(200)) + "。"
    for page in pages_of(text)[:-1]:
        assert page.rsplit("\n", 1)[0].endswith("。")


@given(st.text(max_size=60), st.text(max_size=60))
def test_signatures_compare_whatever_is_sent(given_signature: str, nonce: str) -> None:
    assert is_genuine(given_signature, TOKEN, "1", nonce) == (given_signature == sign(TOKEN, "1", nonce))
    is_fresh(nonce, 0.0)


@given(words, st.text("abc0123456789", min_size=1, max_size=12))
def test_a_frame_opens_with_its_key_only(text: str, nonce: str) -> None:
    seal = Seal.of(TOKEN, APP_ID, KEY)
    closed = xmltodict.parse(seal.close(text, "1764000000", nonce))["xml"]
    assert seal.open(closed["Encrypt"]) == text
    assert Seal.of(TOKEN, "wxother", KEY).open(closed["Encrypt"]) is None
    assert closed["MsgSignature"] == sign(TOKEN, "1764000000", nonce, closed["Encrypt"])


@given(st.text(max_size=200))
def test_no_text_makes_a_seal_stumble(encrypted: str) -> None:
    assert Seal.of(TOKEN, APP_ID, KEY).open(encrypted) is None


@given(
    st.dictionaries(st.sampled_from(["signature", "timestamp", "nonce", "msg_signature"]), words), st.binary()
)
def test_the_gate_lets_nothing_unsigned_in(query: dict[str, str], body: bytes) -> None:
    account = {"wechat_token": TOKEN, "wechat_app_id": APP_ID, "wechat_encoding_aes_key": KEY}
    gate = Gate(Settings.model_validate(account), SystemClock())
    with pytest.raises(Refused):
        gate.let_in(query, body)


def test_repeated_leaves_are_numbered() -> None:
    xml = xml_of(MsgType="event", L={"List": [{"TemplateId": "a"}, {"TemplateId": "b"}]})
    assert elements(xml) == {"MsgType": "event", "TemplateId": "a", "TemplateId#2": "b"}


@pytest.mark.parametrize("key", ["", "a" * 42, "a" * 44, "!" * 43, "汉" * 43])
def test_a_key_is_43_letters_and_digits(key: str) -> None:
    with pytest.raises(ValueError, match="43"):
        Seal.of(TOKEN, APP_ID, key)


def test_escaped_text_is_unescaped_once() -> None:
    text = "&lt;b&gt; &amp;amp;"
    assert to_message(xml_of(**BASE, MsgType="text", Content=text)).text == text
    assert escaping.escape(text) in xml_of(Content=text)
