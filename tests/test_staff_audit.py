"""The audit log: chained, so that a removed or changed line shows; one suite over both databases."""

import asyncio
import os
from datetime import datetime

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import SystemClock
from bot.commands import staff as command
from bot.store.audit import AuditStore
from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.store.schema import cases
from bot.vault import Vault
from handlers.ports import Filing
from tests.staff_cases import received
from tests.staff_lab import Site


@pytest.fixture
def audit(database: Database, vault: Vault) -> AuditStore:
    return AuditStore(database, vault, SystemClock())


async def written(audit: AuditStore, count: int = 5) -> None:
    for i in range(count):
        await audit.note("s1", "case.noted", "XK20260000017", f"line {i}")


async def change(audit: AuditStore, statement: str) -> None:
    async with audit._database.write() as connection:
        await connection.execute(text(statement))


async def test_a_whole_log_is_whole(audit: AuditStore) -> None:
    assert (await audit.verify()).trouble == ""
    await written(audit)
    verdict = await audit.verify()
    assert (verdict.trouble, verdict.length) == ("", 5)
    assert [entry.seq for entry in await audit.page(limit=3)] == [5, 4, 3]
    assert [entry.seq for entry in await audit.page(before=3)] == [2, 1]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM audit WHERE seq = 3", "第3条缺失"),
        ("DELETE FROM audit WHERE seq = 1", "第1条缺失"),
        ("DELETE FROM audit WHERE seq = 5", "应有5条，只有4条"),
        ("DELETE FROM audit", "应有5条，只有0条"),
        ("UPDATE audit SET who = 's2' WHERE seq = 2", "第2条被改动"),
        ("UPDATE audit SET about = '' WHERE seq = 5", "第5条被改动"),
        ("UPDATE audit SET at = '2020' WHERE seq = 4", "第4条被改动"),
        ("UPDATE audit_head SET seq = 4", "应有4条，只有5条"),
        ("DELETE FROM audit_head", "末尾标记不见了"),
    ],
)
async def test_what_was_done_to_it_shows(audit: AuditStore, statement: str, told: str) -> None:
    await written(audit)
    await change(audit, statement)
    assert told in (await audit.verify()).trouble


async def test_a_line_taken_out_with_the_rest_moved_up_shows(audit: AuditStore) -> None:
    await written(audit)
    await change(audit, "DELETE FROM audit WHERE seq = 2")
    for seq in (3, 4, 5):
        await change(audit, f"UPDATE audit SET seq = {seq - 1} WHERE seq = {seq}")
    await change(audit, "UPDATE audit_head SET seq = 4")
    assert "第2条被改动" in (await audit.verify()).trouble


async def test_a_tail_cut_off_with_its_head_put_right_shows(audit: AuditStore) -> None:
    await written(audit)
    last = (await audit.page(limit=2))[1].hash
    await change(audit, "DELETE FROM audit WHERE seq = 5")
    await change(audit, f"UPDATE audit_head SET seq = 4, hash = '{last}'")
    assert (await audit.verify()).trouble != ""


async def test_nobody_without_the_key_can_forge_a_line(audit: AuditStore, database: Database) -> None:
    await written(audit)
    forger = AuditStore(database, Vault([os.urandom(32)]), SystemClock())
    await forger.note("s1", "login")
    assert (await audit.verify()).trouble != ""


async def test_many_at_once_make_one_chain(audit: AuditStore) -> None:
    await asyncio.gather(*(audit.note("s1", "case.noted", about=str(i)) for i in range(25)))
    verdict = await audit.verify()
    assert (verdict.trouble, verdict.length) == ("", 25)


def filing(draft: str) -> Filing:
    at = datetime.fromisoformat("2026-11-24T09:00:00+08:00")
    return Filing(draft=draft, kind="report", filer="", answers={}, at=at, by="staff:s1")


async def test_an_action_and_its_line_are_stored_together(audit: AuditStore, case_store: CaseStore) -> None:
    number = case_store.filed_as("d1")
    with audit.along("s1", "case.register", number):
        filed = await case_store.submit(filing("d1"))
    entries = await audit.page()
    assert [(entry.what, entry.number) for entry in entries] == [("case.register", filed.case.number)]
    # The same form once more stores nothing, so it says nothing.
    with audit.along("s1", "case.register", number):
        await case_store.submit(filing("d1"))
    assert (await audit.verify()).length == 1


async def test_without_its_line_an_action_does_not_happen(audit: AuditStore, case_store: CaseStore) -> None:
    """As when the process dies between the two."""

    async def dies(connection: AsyncConnection) -> str:
        raise RuntimeError("the power goes")

    with pytest.raises(RuntimeError, match="the power goes"), audit.along("s1", "case.register", dies):
        await case_store.submit(filing("d1"))
    assert (await audit.verify()).length == 0
    with audit.along("s1", "case.register"):
        assert (await case_store.submit(filing("d1"))).fresh


async def test_after_a_rollback_the_next_try_carries_the_line(audit: AuditStore, database: Database) -> None:
    with audit.along("s1", "x"):
        with pytest.raises(RuntimeError):
            async with database.write():
                raise RuntimeError("somebody was quicker")
        for _ in range(2):
            async with database.write():
                pass
    async with database.write():
        pass
    assert (await audit.verify()).length == 1


async def test_many_actions_at_once_make_one_chain(audit: AuditStore, case_store: CaseStore) -> None:
    async def act(number: int) -> None:
        with audit.along(f"s{number}", "case.register", case_store.filed_as(f"d{number}")):
            await case_store.submit(filing(f"d{number}"))
        await audit.note(f"s{number}", "case.read")

    await asyncio.gather(*(act(number) for number in range(12)))
    verdict = await audit.verify()
    assert (verdict.trouble, verdict.length) == ("", 24)
    registered = {entry.number for entry in await audit.page() if entry.what == "case.register"}
    assert len(registered) == 12


async def test_a_log_that_grows_while_it_is_checked_is_whole(audit: AuditStore) -> None:
    await written(audit)
    verdicts = asyncio.gather(*(audit.verify() for _ in range(20)))
    await asyncio.gather(*(audit.note("s1", "case.noted", about=str(i)) for i in range(40)))
    assert {verdict.trouble for verdict in await verdicts} == {""}


async def test_one_statement_by_itself_carries_the_line_too(audit: AuditStore, database: Database) -> None:
    with audit.along("s1", "x"):
        await database.change(update(cases).where(cases.c.number == "").values(outcome=""))
    assert (await audit.verify()).length == 1


async def test_no_action_in_the_console_without_its_line(site: Site) -> None:
    case, clerk = await received(site), await site.clerk("mali", "head")
    form = await clerk.get(f"/staff/cases/{case.number}/do/noted")
    version = form.text.partition('name="version" value="')[2].partition('"')[0]
    full = "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    path = f"/staff/cases/{case.number}/do/noted"
    await change(site.console.audit, full)
    assert (await clerk.post(path, version=version, text="记一笔")).status >= 500
    found = await site.console.parts.cases.find(case.number)
    assert found
    assert found.version == case.version
    await change(site.console.audit, "DROP TRIGGER full")
    assert (await clerk.post(path, version=version, text="记一笔")).status == 200
    entries = await site.console.audit.page(number=case.number)
    assert [entry.what for entry in entries].count("case.noted") == 1


async def test_the_auditor_sees_a_missing_line(site: Site) -> None:
    auditor = await site.clerk("sun1", "auditor")
    page = await auditor.get("/staff/audit?verify=1")
    assert "日志完整" in page.text
    async with site.console.database.write() as connection:
        await connection.execute(text("DELETE FROM audit WHERE seq = 1"))
    page = await auditor.get("/staff/audit?verify=1")
    assert "日志不完整" in page.text
    assert "第1条缺失" in page.text


async def test_refused_visits_and_failed_logins_stand_in_the_log(site: Site) -> None:
    clerk = await site.clerk("mali", "handler")
    await clerk.get("/staff/accounts")
    await site.stranger().login("mali", "wrong")
    entries = [(entry.what, entry.who) for entry in await site.console.audit.page()]
    assert clerk.account
    assert ("refused", clerk.account.id) in entries
    assert ("login.failed", "system") in entries


def test_accounts_by_command_line(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert command.run(["add", "mali", "--name", "马丽", "--role", "承办人", "--role", "head"]) == 0
    assert "第一次登录用的密码" in capsys.readouterr().out
    assert command.run(["add", "mali", "--name", "马丽", "--role", "承办人"]) == 1
    assert command.run(["add", "MALI!", "--name", "马丽", "--role", "承办人"]) == 1
    assert command.run(["disable", "mali"]) == 0
    assert command.run(["list"]) == 0
    assert "mali\t马丽\t承办人、负责人\t已停用" in capsys.readouterr().out
    assert command.run(["enable", "mali"]) == 0
    assert command.run(["reset", "mali", "--totp"]) == 0
    assert command.run(["reset", "nobody"]) == 1
    with pytest.raises(SystemExit):
        command.run(["add", "x1", "--name", "x", "--role", "皇帝"])
