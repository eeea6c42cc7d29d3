"""Whatever is said to a form, it can still be finished, and it can still be cancelled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.attempts import RedisAttempts
from bot.brain import Brain
from bot.clock import SHANGHAI, SystemClock
from bot.evidence import EvidenceStore, Unavailable
from bot.pages.tokens import CalendarLinks
from bot.store.calendars import CalendarStore
from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.store.preferences import PreferenceStore
from bot.store.subscriptions import SubscriptionStore
from bot.vault import Vault
from config.settings import Settings
from handlers.cases.service import CaseService
from handlers.deps import Deps
from handlers.dispatch import dispatch
from handlers.forms import draft as drafts
from handlers.forms.form import FormField
from handlers.forms.registry import form_spec
from handlers.message import Message
from handlers.turn import Session
from knowledge.search import Found
from tests.forms_lab import FLOWS, ID_NO, IMAGE, PHONE, USCC

STEPS = 60
GOOD = {
    "email": "hua@163.com", "postcode": "731100", "fax": "0930-6287029", "id_paper": ID_NO, "uscc": USCC,
    "group_size": "6", "representatives": "马海、张三丰", "happened_on": "昨天", "amount": "300元",
    "org_name": "老马公司", "resp_name": "老马家具店",
}  # fmt: skip
NATURES = {
    "yes_no": "是",
    "images": "好了",
    "open": "这是一段足够长的事情经过",
    "several": "1",
}
WORDS = [
    "返回", "修改", "取消", "继续", "跳过", "帮助", "确认", "确定", "好的", "没有", "不", "1", "2", "3", "9",
    "12", "我要投诉", "我要举报", "申请公开", "查进度", "收费吗", "更多", "都符合", "电话改成13812345678",
    "地址写错了", "名字改成", "确认提交", "不填了", "仍要申请", "改成举报", "{guess}", "%s", "😀",
    "XK20260000123",
]  # fmt: skip
texts = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(sorted({text for flow in FLOWS.values() for text in flow} - {IMAGE})),
    st.text(min_size=1, max_size=30).filter(str.strip),
)


async def _no_pictures(message: Message) -> bytes:
    raise Unavailable


@asynccontextmanager
async def world(brain: Brain, folder: Path, redis_url: str) -> AsyncIterator[Deps]:
    """What handlers work with; real stores in `folder`."""
    own, clock, vault = Settings(data_dir=folder), SystemClock(), Vault([bytes(32)])
    database, redis = Database(own.sql_url), Redis.from_url(redis_url)
    cases = CaseStore(database, vault)
    calendars, preferences = CalendarStore(database, own, clock), PreferenceStore(database, vault)

    async def search(text: str) -> list[Found]:
        return brain.knowledge.search.find(text, 3)

    yield Deps(
        understand=brain.understand,
        render=brain.render,
        search=search,
        clock=clock,
        cases=cases,
        service=CaseService(cases, calendars, preferences, CalendarLinks(vault, clock, ""), clock),
        evidence=EvidenceStore(database, vault, _no_pictures, folder, clock),
        attempts=RedisAttempts(redis, vault),
        subscriptions=SubscriptionStore(database, vault),
    )
    await database.close()
    await redis.aclose()


class Talk:
    """One citizen, without the network around them."""

    def __init__(self, deps: Deps) -> None:
        self.deps, self.session, self.last = deps, Session(), ""

    async def say(self, text: str) -> str:
        now = self.deps.clock.now()
        message = Message(user="oHypo", account="gh", kind="text", at=now, id=uuid4().hex, text=text)
        turn = await dispatch(message, self.session, self.deps)
        # What Redis gives back is what was serialised.
        self.session = Session.model_validate_json(turn.session.model_dump_json())
        self.last = "\n".join(turn.replies)
        return self.last

    def field(self) -> FormField | None:
        draft = self.session.draft
        assert draft is not None
        form = form_spec(draft.form)
        today = self.deps.clock.now().astimezone(SHANGHAI).date()
        return drafts.current(form, drafts.load(form, draft, today))

    async def finish(self) -> None:
        """Answer what is asked until the form is filed."""
        if self.session.draft is not None and self.session.draft.asking.startswith("switch"):
            await self.say("3")
        for _ in range(STEPS):
            if self.session.draft is None:
                return
            field = self.field()
            await self.say("确认" if field is None else answer(field))
        raise AssertionError(f"not finished after {STEPS} good answers: {self.last}")


def answer(field: FormField) -> str:
    """A good answer; of choices one that neither ends the form nor leads to another."""
    for n, option in enumerate(field.text.options, 1):
        if not option.then:
            return str(n)
    if field.trait.nature in NATURES:
        return NATURES[field.trait.nature]
    by_kind = {True: "临夏市红园路12号", False: "马小花"}
    if field.key in GOOD:
        return GOOD[field.key]
    return PHONE if "phone" in field.key else by_kind[field.trait.place]


@pytest.fixture(scope="module")
def folder(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an empty record."""
    made = tmp_path_factory.mktemp("hypothesis")
    (made / "linxia.db").write_bytes(migrated.read_bytes())
    return made


class Worked:
    """Runs one conversation to both of its possible ends."""

    def __init__(self, brain: Brain, folder: Path, redis_url: str) -> None:
        self.brain, self.folder, self.redis_url = brain, folder, redis_url

    async def out(self, start: str, said: list[str]) -> None:
        async with world(self.brain, self.folder, self.redis_url) as deps:
            talk = Talk(deps)
            for text in [start, *said]:
                await talk.say(text)
                assert talk.last
            session = talk.session
            await talk.finish()
            assert talk.session.draft is None
            talk.session = session
            if session.draft is not None:
                if session.draft.asking:
                    await talk.say("3")
                await talk.say("取消")
                await talk.say("确定")
            assert talk.session.draft is None


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    start=st.sampled_from(["申请公开", "我要投诉", "我要举报", FLOWS["complaint"][0], FLOWS["citizen"][0]]),
    said=st.lists(texts, max_size=14),
)
def test_any_conversation_can_be_finished_and_can_be_cancelled(
    brain: Brain, folder: Path, valkey_server: object, start: str, said: list[str]
) -> None:
    url = getattr(valkey_server, "url")  # noqa: B009 the fixture's type is not of interest here
    asyncio.run(Worked(brain, folder, url).out(start, said))
