"""Entering a holiday notice: open cases are computed anew, what moved is logged, told and planned again."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.calendar_check import calendar_findings
from bot.vault import Vault
from config.settings import ROOT
from knowledge.calendar import CalendarError, load_calendar
from knowledge.reach import reach_findings
from tests.fixtures_notices import Bureau, bureau

# A plausible arrangement for 2027; the real one is not out.
OFF_2027 = [
    {"name": "元旦", "days": ["2027-01-01", "2027-01-02", "2027-01-03"]},
    {"name": "春节", "days": [f"2027-02-{day:02}" for day in range(5, 13)]},
]


def notice(**changes: Any) -> str:
    return json.dumps(
        {"year": 2027, "published": True, "off": OFF_2027, "make_up_workdays": ["2027-02-14"], **changes},
        ensure_ascii=False,
    )


@pytest.fixture
async def office(sql_url: str, vault: Vault, valkey: Redis, tmp_path: Path) -> AsyncIterator[Bureau]:
    async with bureau(sql_url, vault, valkey, tmp_path, kind="subscription") as it:
        it.at("2026-12-21 10:00")
        yield it


async def enter(office: Bureau, content: str) -> None:
    await office.first.calendars.enter(content, "staff:7")
    await office.first.recompute.run_once()


async def test_provisional_date_becomes_final_and_is_told(office: Bureau) -> None:
    case = await office.received()
    assert (case.due, case.provisional) == (date(2027, 1, 19), True)
    await office.wrote()
    await enter(office, notice())
    found = await office.first.cases.find(case.number)
    assert found is not None
    assert (found.due, found.provisional) == (date(2027, 1, 19), False)
    changed = found.events[-1]
    assert changed.type == "deadline_changed"
    assert changed.data["old"] == changed.data["new"] == "2027-01-19"
    await office.work()
    assert [text for text in office.texts() if "定下来了：最晚2027年1月19日答复" in text]
    [mail] = [m for m in office.first.post.mails if m.key.startswith("calendar:")]
    assert case.number in mail.text


async def test_moved_date_is_logged_with_old_new_and_why(office: Bureau) -> None:
    case = await office.received()
    moved = [*OFF_2027, {"name": "调整", "days": ["2027-01-11", "2027-01-12"]}]
    old = {version for _, version in await office.agenda()}
    await enter(office, notice(off=moved))
    found = await office.first.cases.find(case.number)
    assert found is not None
    assert found.due == date(2027, 1, 21)
    data = found.events[-1].data
    assert (data["old"], data["new"]) == ("2027-01-19", "2027-01-21")
    assert data["why"] == "2027年放假安排已公布，重新计算"
    new = {version for _, version in await office.agenda()}
    assert "disclosure.reply@2027-01-19" in old - new
    assert "disclosure.reply@2027-01-21" in new - old
    await office.work()
    assert "date_moved" in await office.states()


async def test_the_same_notice_again_changes_nothing_more(office: Bureau) -> None:
    case = await office.received()
    for _ in range(3):
        await enter(office, notice())
        await office.first.recompute.run_once()
    found = await office.first.cases.find(case.number)
    assert found is not None
    assert [event.type for event in found.events].count("deadline_changed") == 1


async def test_cases_that_are_closed_or_not_affected_stay_as_they_are(office: Bureau) -> None:
    closed = await office.received(draft="d1")
    await office.happen(closed.number, "answered", outcome="GRANT")
    near = await office.received("complaint", draft="d2")
    await enter(office, notice())
    for case in (closed, near):
        found = await office.first.cases.find(case.number)
        assert found is not None
        assert "deadline_changed" not in {event.type for event in found.events}


async def test_two_replicas_recompute_at_once_and_every_case_moves_once(office: Bureau) -> None:
    second = office.replica(seed=2)
    cases = [await office.received(draft=f"d{n}") for n in range(12)]
    await office.first.calendars.enter(notice(), "staff:7")
    await asyncio.gather(office.first.recompute.run_once(), second.recompute.run_once())
    office.lab.clock.move(timedelta(minutes=2))
    await asyncio.gather(office.first.recompute.run_once(), second.recompute.run_once())
    assert await office.first.calendars.unsettled() == ()
    for case in cases:
        found = await second.cases.find(case.number)
        assert found is not None
        assert [event.type for event in found.events].count("deadline_changed") == 1
    rows = await office.rows("key")
    assert len([key for (key,) in rows if ":date_final:" in key]) == len(cases)


async def test_replicas_count_the_same_days_at_once(office: Bureau) -> None:
    second = office.replica(seed=2)
    assert not (await second.calendars.current()).known(2027)
    await office.first.calendars.enter(notice(), "staff:7")
    assert (await second.calendars.current()).known(2027)
    later = notice(make_up_workdays=["2027-01-09"])
    await second.calendars.enter(later, "staff:8")
    assert (await office.first.calendars.current()).day(date(2027, 1, 9)).why == "调休上班"
    assert [by for _, _, by in await office.first.calendars.history()] == ["staff:8", "staff:7"]


async def test_what_was_entered_reaches_the_batch_command(office: Bureau) -> None:
    await office.first.calendars.enter(notice(), "staff:7")
    await office.first.calendars.current()
    kept = office.settings.data_dir / "calendar" / "2027.json"
    assert json.loads(kept.read_text(encoding="utf-8"))["published"] is True


@pytest.mark.parametrize(
    "content",
    [
        "no json",
        "{}",
        notice(make_up_workdays=["2028-01-01"]),
        notice(make_up_workdays=["2027-01-01"]),
        notice(off=[{"name": "x", "days": ["2027-13-01"]}]),
    ],
)
async def test_a_notice_that_makes_no_sense_is_refused(office: Bureau, content: str) -> None:
    with pytest.raises(CalendarError):
        await office.first.calendars.enter(content, "staff:7")
    assert await office.first.calendars.history() == ()


def test_the_repository_ships_no_notice_for_2027() -> None:
    shipped = json.loads((ROOT / "config" / "calendar" / "2027.json").read_text(encoding="utf-8"))
    assert shipped["published"] is False


@pytest.mark.parametrize(
    ("today", "past", "level"),
    [
        ("2026-10-31", 0, "note"),
        ("2026-11-01", 0, "warning"),  # 60 days before the end of the year
        ("2026-11-24", 0, "warning"),
        ("2026-06-01", 3, "warning"),
        ("2027-01-04", 0, "error"),
    ],
)
def test_check_says_how_far_the_calendar_reaches(today: str, past: int, level: str) -> None:
    [finding] = reach_findings(load_calendar(), date.fromisoformat(today), past)
    assert finding.level == level
    assert "2026年底" in finding.text
    assert ("2027年" in finding.text) == (level != "note")


def test_command_line_warns_that_2027_is_provisional_until_it_is_entered(tmp_path: Path) -> None:
    environment = {**os.environ, "DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": ""}

    def bot(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )
        return done.stdout + done.stderr

    before = bot("calendar", "show")
    assert "2026年12月31日" in before
    file = tmp_path / "2027.json"
    file.write_text("{}", encoding="utf-8")
    assert "没有录入：2027.json" in bot("calendar", "add", str(file))
    file.write_text(notice(), encoding="utf-8")
    assert "2027年放假安排已录入：放假11天，调休上班1天" in bot("calendar", "add", str(file))
    assert "2027年12月31日" in bot("calendar", "show")


def test_bot_check_prints_the_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    [finding] = calendar_findings(date(2026, 11, 24))
    assert finding.level == "warning"
    assert "跨入2027年的期限都是暂定的" in finding.text
    (tmp_path / "calendar").mkdir()
    (tmp_path / "calendar" / "2027.json").write_text(notice(), encoding="utf-8")
    assert [found.level for found in calendar_findings(date(2026, 11, 24))] == ["note"]
