"""The record of cases: one suite over SQLite and PostgreSQL."""

import asyncio
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.vault import Vault
from handlers.cases.lifecycle import ForbiddenError, record
from handlers.cases.model import Case, Happened, whose_turn
from handlers.cases.number import valid
from handlers.ports import Filing, OutMessage, VersionConflictError
from knowledge.calendar import load_calendar

CALENDAR = load_calendar()
AT = datetime.fromisoformat("2026-11-02T10:00:00+08:00")
PHONE, ID_NUMBER = "13993012345", "622901199001011234"


def filing(draft: str = "d1", **more: Any) -> Filing:
    values: dict[str, Any] = {
        "draft": draft,
        "kind": "disclosure",
        "filer": "openid-1",
        "answers": {"name": "马小明", "phone": PHONE, "id_no": ID_NUMBER},
        "at": AT,
        "lookups": {"phone": PHONE, "id_no": ID_NUMBER},
        "events": (Happened(type="applicant_confirmed", at=AT, by="applicant"),),
        "messages": (OutMessage("mail:{number}", "mail", AT, {"subject": "申请 {number}"}),),
    }
    return Filing(**{**values, **more})


def happen(case: Case, kind: str, day: str, **data: Any) -> tuple[Case, Happened]:
    event = Happened(type=kind, at=datetime.fromisoformat(f"{day}T11:00:00+08:00"), by="staff:1", data=data)
    return record(case, event, CALENDAR, date(2026, 11, 24)), event


async def test_filed_case_is_read_back_as_it_was(case_store: CaseStore) -> None:
    filed = await case_store.submit(filing())
    found = await case_store.find(filed.case.number)
    assert filed.fresh
    assert found is not None
    assert valid(found.number)
    assert found.number.startswith("XK2026000001")
    assert found.answers["phone"] == PHONE
    assert (found.filer, found.stage, whose_turn(found)) == ("openid-1", "submitted", "bureau")
    assert [event.type for event in found.events] == ["submitted", "applicant_confirmed"]


async def test_the_same_draft_is_filed_once_however_often_it_comes(case_store: CaseStore) -> None:
    results = await asyncio.gather(*(case_store.submit(filing()) for _ in range(8)))
    assert len({(filed.case.number, filed.code) for filed in results}) == 1
    assert sum(filed.fresh for filed in results) == 1


async def test_numbers_are_given_in_order_and_never_twice(case_store: CaseStore) -> None:
    results = await asyncio.gather(*(case_store.submit(filing(f"d{i}")) for i in range(12)))
    sequences = sorted(int(filed.case.number[6:12]) for filed in results)
    assert sequences == list(range(1, 13))


async def test_query_code_opens_only_its_own_case(case_store: CaseStore) -> None:
    first, second = await case_store.submit(filing("a")), await case_store.submit(filing("b"))
    assert await case_store.code_fits(first.case.number, first.code)
    assert not await case_store.code_fits(first.case.number, second.code)
    assert not await case_store.code_fits("XK20269999990", first.code)


async def test_events_are_appended_under_their_version(case_store: CaseStore) -> None:
    case = (await case_store.submit(filing())).case
    after, event = happen(case, "bureau_confirmed", "2026-11-03")
    await case_store.append(after, [event])
    with pytest.raises(VersionConflictError):
        await case_store.append(after, [event])
    found = await case_store.find(case.number)
    assert found is not None
    assert (found.stage, found.received, found.due) == ("received", date(2026, 11, 3), date(2026, 12, 1))


async def test_what_the_law_forbids_is_not_recorded(case_store: CaseStore) -> None:
    case = (await case_store.submit(filing())).case
    with pytest.raises(ForbiddenError, match="30"):
        happen(case, "correction_requested", "2026-11-03", items="x", until="2026-11-20")
    received, _ = happen(case, "bureau_confirmed", "2026-11-03")
    with pytest.raises(ForbiddenError, match="30"):
        happen(received, "correction_requested", "2026-11-20", items="x", until="2026-12-20")
    with pytest.raises(ForbiddenError, match="approved_by"):
        happen(received, "extended", "2026-11-20", days=20, reason="x")


async def test_look_ups_and_own_cases(case_store: CaseStore) -> None:
    case = (await case_store.submit(filing())).case
    await case_store.submit(filing("d2", filer="openid-2", lookups={}))
    assert await case_store.look_up("phone", PHONE) == (case.number,)
    assert await case_store.look_up("phone", "13993000000") == ()
    assert [own.number for own in await case_store.own("openid-1")] == [case.number]


async def test_messages_stand_in_the_outbox_once(case_store: CaseStore, database: Database) -> None:
    case = (await case_store.submit(filing())).case
    await case_store.submit(filing())
    async with database.read() as connection:
        keys = (await connection.execute(text("SELECT key FROM outbox"))).scalars().all()
    assert keys == [f"mail:{case.number}"]


def traces(folder: Path, *secrets: str) -> list[str]:
    """Which of the secrets stand in plain text in a file of the folder."""
    contents = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert contents
    return [secret for secret in secrets for content in contents if secret.encode() in content]


async def test_personal_data_is_nowhere_in_the_files(tmp_path: Path, vault: Vault) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'plain.db'}")
    await database.migrate()
    await CaseStore(database, vault).submit(filing())
    await database.close()
    assert not traces(tmp_path, PHONE, ID_NUMBER, "马小明", "openid-1")


async def test_two_processes_may_migrate_at_once(empty_sql_url: str) -> None:
    databases = [Database(empty_sql_url), Database(empty_sql_url)]
    await asyncio.gather(*(database.migrate() for database in databases))
    for database in databases:
        await database.ping()
        await database.close()
