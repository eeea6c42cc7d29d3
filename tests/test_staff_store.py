"""The console's stores: one suite over SQLite and PostgreSQL."""

import asyncio
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text

from bot.clock import ShiftedClock
from bot.store.audit import AuditStore
from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.store.queue import QueueStore, Wanted
from bot.store.staff import LoginTakenError, StaffStore
from bot.store.talk_desk import OthersSpokeError, SaidAlreadyError, TalkDesk
from bot.store.talk_rows import NewLine, TalkRows
from bot.store.talks import TalkStore
from bot.vault import Vault
from handlers.cases.lifecycle import record
from handlers.cases.model import Happened
from handlers.message import Message
from handlers.ports import Filing
from knowledge.calendar import load_calendar
from tests.wechat_lab import Noon

CALENDAR = load_calendar()
TODAY = date(2026, 11, 24)


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T10:00:00+08:00")


async def case(store: CaseStore, draft: str, received: str = "", **more: str) -> str:
    confirmed = Happened(type="applicant_confirmed", at=at("2026-09-01"), by="applicant")
    filing = Filing(
        draft, "disclosure", "o1", {}, at("2026-09-01"), county=more.get("county", ""), events=(confirmed,)
    )
    found = (await store.submit(filing)).case
    for kind, day in (("bureau_confirmed", received), ("assigned", received)):
        if received and (kind != "assigned" or more.get("assignee")):
            data = {"assignee": more.get("assignee", "")} if kind == "assigned" else {}
            event = Happened(type=kind, at=at(day), by="staff:x", data=data)
            found = record(found, event, CALENDAR, TODAY)
            await store.append(found, [event])
    return found.number


async def test_the_queue_goes_by_date_due_and_pages_without_gaps(
    case_store: CaseStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.queue.PAGE", 2)
    days = ["2026-11-20", "2026-10-19", "2026-11-20", "2026-10-27", "2026-11-20"]
    numbers = [await case(case_store, f"d{i}", day) for i, day in enumerate(days)]
    queue, seen, after = QueueStore(database), [], ""
    while True:
        shown = await queue.page(Wanted(after=after), TODAY)
        seen += [(line.due, line.number) for line in shown.lines]
        after = shown.cursor
        if not after:
            break
    assert seen == sorted(seen, key=lambda pair: (pair[0] or date.max, pair[1]))
    assert {number for _, number in seen} == set(numbers)
    assert len(seen) == 5


async def test_counts_tabs_and_filters(case_store: CaseStore, database: Database) -> None:
    await case(case_store, "late", "2026-10-19", county="622901")
    await case(case_store, "today", "2026-10-27", assignee="ma")
    await case(case_store, "sunday", "2026-10-29")
    new = await case(case_store, "new")
    queue = QueueStore(database)
    assert await queue.counts(TODAY) == {"overdue": 1, "today": 1, "week": 2, "new": 1}
    assert (await queue.counts(TODAY, "ma"))["today"] == 1
    assert (await queue.counts(TODAY, "ma"))["overdue"] == 0
    assert [line.number for line in (await queue.page(Wanted(tab="new"), TODAY)).lines] == [new]
    assert len((await queue.page(Wanted(county="622901"), TODAY)).lines) == 1
    assert len((await queue.page(Wanted(assignee="ma"), TODAY)).lines) == 1
    assert (await queue.page(Wanted(turn="applicant"), TODAY)).lines == ()
    assert (await queue.page(Wanted(tab="closed"), TODAY)).lines == ()
    with pytest.raises(ValueError, match="time zone"):
        await queue.page(Wanted(tab="new", after="2026-11-11~XK20260000017"), TODAY)


@pytest.fixture
def rows(vault: Vault) -> TalkRows:
    return TalkRows(vault, ShiftedClock(Noon()))


def message(words: str, id: str = "1", user: str = "o1") -> Message:
    return Message(user=user, account="gh", kind="text", at=Noon().now(), id=id, text=words)


async def test_a_conversation_from_asking_to_forgetting(database: Database, rows: TalkRows) -> None:
    store, desk, clock = TalkStore(database, rows), TalkDesk(database, rows), rows.clock
    assert isinstance(clock, ShiftedClock)
    until = clock.now() + timedelta(minutes=30)
    talk = await store.open(message("人工"), "waiting", until)
    again = await store.open(message("人工"), "waiting", until)
    assert again.id == talk.id
    await asyncio.gather(*(store.hear(talk, message("电梯坏了", "2")) for _ in range(4)))
    assert [line.text for line in await desk.thread(talk.id)] == ["人工", "电梯坏了"]
    assert await desk.waiting() == 1
    assert await store.current("o2") is None

    line = NewLine("ma", "哪个小区", state="sending")
    assert await desk.begin_answer(talk.id, line, 2) == (3, True)
    with pytest.raises(SaidAlreadyError):
        await desk.begin_answer(talk.id, line, 3)
    with pytest.raises(OthersSpokeError):
        await desk.begin_answer(talk.id, NewLine("li", "我也来"), 2)
    await desk.end_answer(talk.id, 3, sent=True)
    assert await desk.waiting() == 0
    found = await store.current("o1")
    assert found
    assert found.state == "taken"

    clock.move(timedelta(minutes=31))
    assert found.lapsed(clock.now())
    assert await desk.lapse_due() == 1
    assert await desk.lapse_due() == 0
    assert not await store.lapse(found, clock.now())
    assert await desk.hand_back(talk.id)
    assert not await desk.hand_back(talk.id)
    assert await store.current("o1") is None
    async with database.read() as connection:
        keys = (await connection.execute(text("SELECT key FROM outbox"))).scalars().all()
    assert [key.split(":")[2] for key in keys] == ["lapsed"]

    clock.move(timedelta(days=31))
    assert await desk.purge() == (talk.id,)
    assert await desk.find(talk.id) is None
    assert await desk.purge() == ()


async def test_answers_at_once_are_one_answer(database: Database, rows: TalkRows) -> None:
    store, desk = TalkStore(database, rows), TalkDesk(database, rows)
    talk = await store.open(message("人工"), "waiting", rows.clock.now() + timedelta(minutes=30))
    answers = [desk.begin_answer(talk.id, NewLine(clerk, "在的"), 1) for clerk in ("ma", "li", "wang")]
    results = await asyncio.gather(*answers, return_exceptions=True)
    assert sum(isinstance(result, tuple) for result in results) == 1
    assert sum(isinstance(result, OthersSpokeError) for result in results) == 2


async def test_accounts(database: Database, vault: Vault) -> None:
    clock = ShiftedClock(Noon())
    audit = AuditStore(database, vault, clock)
    store = StaffStore(database, vault, clock, audit)
    mali = await store.add("mali", "马丽", ["handler"], "hash", "cli")
    head = await store.add("head1", "王主任", ["head", "admin"], "hash", "cli")
    with pytest.raises(LoginTakenError):
        await store.add("mali", "另一个", ["head"], "hash", "cli")
    await store.set_totp(head.id, "SECRET", head.id)
    assert (await store.get(head.id)).totp == "SECRET"
    await store.set_mail(mali.id, "mali@example.org", "cli")
    await store.set_mail(head.id, "head@example.org", "cli")
    assert await store.addresses("clerk", mali.id) == ("mali@example.org",)
    assert await store.addresses("head", "") == ("head@example.org",)
    assert await store.addresses("clerk", "") == ()
    epoch = (await store.get(mali.id)).epoch
    await store.disable(mali.id, "cli")
    assert (await store.get(mali.id)).epoch > epoch
    assert await store.addresses("clerk", mali.id) == ()
    with pytest.raises(LookupError):
        await store.set_roles("nobody", ["head"], "cli")
    assert (await audit.verify()).trouble == ""
    assert (await audit.verify()).length == 6
