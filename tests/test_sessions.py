"""Sessions in Redis: typed, versioned, parsed again on every load."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.clock import SHANGHAI, ShiftedClock
from bot.sessions import SessionCodec, _Stored
from bot.turns.store import SESSION_SECONDS
from bot.vault import Vault
from handlers.turn import SESSION_VERSION, Draft, Session
from tests.fixtures_wechat import Parrot, Serve

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)
DRAFT = Draft(
    id="d1", form="complaint", answers={"name": "马", "amount": 3, "photos": ["a", "b"]}, cursor="phone"
)

CODEC = SessionCodec(Vault([b"k" * 32]))

texts = st.text(max_size=20)
sessions = st.builds(
    Session,
    last_entry=texts,
    offered=st.lists(texts, max_size=3).map(tuple),
    more=st.lists(texts, max_size=3).map(tuple),
    question=texts,
    draft=st.none()
    | st.builds(Draft, id=texts, form=texts, answers=st.dictionaries(texts, st.integers() | texts)),
)


@pytest.fixture
def codec(vault: Vault) -> SessionCodec:
    return SessionCodec(vault)


@given(sessions)
def test_a_session_comes_back_as_it_was(session: Session) -> None:
    assert CODEC.load(CODEC.dump(session, "u", NOW), "u", NOW) == session


def test_it_is_encrypted_and_belongs_to_one_user(codec: SessionCodec) -> None:
    blob = codec.dump(Session(draft=DRAFT), "u1", NOW)
    assert "马".encode() not in blob
    assert codec.load(blob, "u2", NOW) == Session()


@pytest.mark.parametrize("blob", [b"", b"garbage", b"\x00" * 100])
def test_what_cannot_be_read_is_a_new_session(codec: SessionCodec, blob: bytes) -> None:
    assert codec.load(blob, "u", NOW) == Session()


def stored(vault: Vault, session: dict[str, object], version: int = SESSION_VERSION) -> bytes:
    content = _Stored(at=NOW, v=version, session=session).model_dump_json().encode()
    return vault.encrypt(content, b"session:u")


def test_a_deploy_that_changed_a_part_keeps_the_others(codec: SessionCodec, vault: Vault) -> None:
    draft = DRAFT.model_dump(mode="json")
    old = {"draft": draft, "offered": {"was": "a mapping"}, "gone_since": 1}
    assert codec.load(stored(vault, old, version=0), "u", NOW) == Session(draft=DRAFT)


def test_a_deploy_that_added_a_part_gives_it_its_default(codec: SessionCodec, vault: Vault) -> None:
    assert codec.load(stored(vault, {"last_entry": "a"}), "u", NOW) == Session(last_entry="a")


def test_after_a_pause_the_thread_is_lost_but_the_draft_is_not(codec: SessionCodec) -> None:
    session = Session(last_entry="a", offered=("b",), more=("c",), draft=DRAFT)
    blob = codec.dump(session, "u", NOW)
    assert codec.load(blob, "u", NOW + timedelta(minutes=29)) == session
    assert codec.load(blob, "u", NOW + timedelta(days=6)) == Session(draft=DRAFT)


async def test_a_conversation_goes_cold(serve: Serve, parrot: Parrot) -> None:
    clock = ShiftedClock()
    wechat = await serve(brain=parrot, parts={"clock": clock})
    await wechat.say("长" * 1500)
    clock.move(timedelta(hours=1))
    at = int(clock.now().timestamp())
    answer = await wechat.post(*wechat.envelope(wechat.message(Content="更多"), at=at))
    assert "发完了" in (answer.text or "")


async def test_sessions_end_by_themselves(serve: Serve, parrot: Parrot, valkey: Redis) -> None:
    wechat = await serve(brain=parrot)
    await wechat.say("你好")
    (key,) = await valkey.keys("lx:session:*")
    assert 7 * 86400 < await valkey.ttl(key) <= SESSION_SECONDS


async def test_a_change_from_outside_is_not_overwritten(serve: Serve, parrot: Parrot, valkey: Redis) -> None:
    """Someone else wrote the session while a message was handled: it is read again and handled again."""
    wechat = await serve(brain=parrot)
    await wechat.say("你好")
    (key,) = await valkey.keys("lx:session:*")
    before = await valkey.hget(key, "n")

    def meddling(understand: object) -> object:
        async def meddle(text: str, context: object) -> object:
            if len(parrot.heard) == 1:
                await valkey.hincrby(key, "n", 1)
            return await understand(text, context)  # type: ignore[operator]

        return meddle

    other = await serve(brain=parrot, parts={"wrap": meddling})
    assert await other.say("再见") == "再见"
    assert parrot.heard == ["你好", "再见", "再见"]
    assert int(await valkey.hget(key, "n") or 0) == int(before or 0) + 2
