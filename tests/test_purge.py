"""Personal data past its time is gone from rows, files and lookups; what is counted stays."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import func, select

from bot.evidence import EvidenceStore, Fetch
from bot.papers import Shelf
from bot.purge import Purge
from bot.sealed import SealedFolder
from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.store.figures import Figures
from bot.store.questions import QuestionStore
from bot.store.schema import case_lookups, cases, outbox
from bot.store.talk_desk import TalkDesk
from bot.store.talk_rows import TalkRows
from bot.store.talks import TalkStore
from bot.vault import Vault
from bot.wechat_api import WeChatApi
from config.settings import Settings
from handlers.annual.table3 import table3
from handlers.cases.lifecycle import record
from handlers.cases.model import Case, Happened
from handlers.message import Message
from handlers.ports import Filing, OutMessage, Question
from knowledge.calendar import load_calendar

NAME, PHONE = "马小明", "13993012345"
CLOSED = datetime.fromisoformat("2026-03-20T10:00:00+08:00")


class At:
    """A clock for one moment."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def later() -> At:
    return At(CLOSED + timedelta(days=731))


@pytest.fixture
async def purge(database: Database, vault: Vault, valkey: Redis, tmp_path: Path, later: At) -> Any:
    settings = Settings(data_dir=tmp_path)
    api = WeChatApi.open(settings, valkey, vault, later)
    yield Purge(
        database=database,
        vault=vault,
        settings=settings,
        evidence=EvidenceStore(database, vault, Fetch(api.media, "http://127.0.0.1:1"), tmp_path, later),
        shelf=Shelf(database, vault, tmp_path, later),
        questions=QuestionStore(database, vault),
        talks=TalkDesk(database, TalkRows(vault, later)),
        clock=later,
    )
    await api.close()


async def closed(store: CaseStore, draft: str, at: datetime, **answer: str) -> Case:
    received = at - timedelta(days=18)
    filing = Filing(
        draft=draft,
        kind="disclosure",
        filer="openid-1",
        answers={"name": NAME, "phone": PHONE},
        at=received,
        applicant="natural",
        lookups={"name": NAME, "phone": PHONE},
        events=(Happened(type="applicant_confirmed", at=received, by="applicant"),),
        messages=(OutMessage("note:{number}", "notice", received, {"text": NAME}, user="openid-1"),),
    )
    case = (await store.submit(filing)).case
    for type, when, data in (("bureau_confirmed", received, {}), ("answered", at, answer)):
        event = Happened(type=type, at=when, by="staff:1", data=data)
        case = record(case, event, load_calendar(), when.date())
        await store.append(case, [event])
    return case


async def test_nothing_personal_is_left_of_an_old_case_and_the_report_stays(
    purge: Purge, case_store: CaseStore, database: Database, vault: Vault, tmp_path: Path
) -> None:
    answer = {"outcome": "DENY", "ground": "16(2)", "reason": f"属于行政执法案卷信息，{NAME}已查阅"}
    old = await closed(case_store, "old", CLOSED, **answer)
    young = await closed(case_store, "young", CLOSED + timedelta(days=30), outcome="GRANT")
    paper = await purge.shelf.keep(old.number, "receipt", NAME.encode(), "staff:1")
    figures = Figures(database, vault)
    before = table3(2026, await figures.facts(2026))

    assert await purge.due() == (old.number,)
    purged = await purge.run()

    assert (purged.cases, purged.papers) == (1, 1)
    gone = await case_store.find(old.number)
    assert gone
    assert gone.erased
    assert gone.filer == ""
    assert NAME not in gone.model_dump_json()
    assert PHONE not in gone.model_dump_json()
    assert await case_store.own("openid-1") == (await case_store.find(young.number),)
    assert await case_store.look_up("phone", PHONE) == (young.number,)
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).where(outbox.c.number == old.number)) == 0
        assert await connection.scalar(select(func.count()).where(case_lookups.c.number == old.number)) == 0
        assert await connection.scalar(select(cases.c.code).where(cases.c.number == old.number)) == ""
    with pytest.raises(FileNotFoundError):
        await SealedFolder(tmp_path / "papers", vault).read(paper.id)
    assert table3(2026, await figures.facts(2026)) == before
    assert before.cases["d7"]["natural"] == (old.number,)
    assert (await purge.run()).cases == 0


async def test_questions_and_conversations_go_in_their_time(
    purge: Purge, database: Database, vault: Vault, later: At
) -> None:
    now = later.now()
    for number, age in enumerate((29, 31)):
        at = now - timedelta(days=age)
        await purge.questions.note(Question(f"u\0{number}", f"问题{number}", "unanswered", at))
    talks = TalkStore(database, TalkRows(vault, At(now - timedelta(days=40))))
    message = Message(user="o1", account="gh", kind="text", at=now - timedelta(days=40), id="1", text="人工")
    await talks.open(message, "waiting", now)
    purged = await purge.run()
    assert (purged.questions, purged.talks) == (1, 1)
    assert [question.text for question in await purge.questions.open()] == ["问题0"]
