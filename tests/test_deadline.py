"""The statutory clock: known dates, what must hold, and a second implementation that must agree."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.commands.deadline import answers
from knowledge.calendar import FOLDER, Calendar, YearPlan, load_calendar, read_year
from knowledge.deadline import CaseEvent, RuleError, due
from knowledge.explain import explain
from tests.agreement import compare
from tests.naive_deadline import KNOWN, naive

CALENDAR = load_calendar()
TODAY = date(2026, 11, 24)
RULES = [
    "disclosure.reply", "disclosure.correction_notice", "complaint.acceptance", "complaint.mediation",
    "complaint.termination_notice", "report.verification", "publish.proactive",
]  # fmt: skip
MANY = settings(max_examples=10_000, deadline=None)
SOME = settings(max_examples=1_000, deadline=None)


def event(kind: str, day: str, days: int | None = None) -> CaseEvent:
    return CaseEvent(kind, date.fromisoformat(day), days)


def reply(*events: CaseEvent, today: date = TODAY, calendar: Calendar = CALENDAR) -> Any:
    return due("disclosure.reply", events, calendar, today)


@pytest.mark.parametrize(
    ("rule", "kind", "start", "expected"),
    [
        ("disclosure.reply", "received", "2026-09-11", "2026-10-15"),
        ("disclosure.correction_notice", "received", "2026-09-17", "2026-09-28"),
        ("report.verification", "received", "2026-09-30", "2026-10-27"),
        ("disclosure.reply", "received", "2026-02-13", "2026-03-19"),
        ("complaint.acceptance", "received", "2026-04-30", "2026-05-13"),
        ("disclosure.reply", "received", "2026-10-08", "2026-11-04"),
        ("disclosure.reply", "received", "2026-11-24", "2026-12-22"),
        ("complaint.acceptance", "received", "2026-11-18", "2026-11-27"),
        ("complaint.mediation", "accepted", "2026-08-01", "2026-09-30"),
        ("complaint.mediation", "accepted", "2026-08-03", "2026-10-08"),
        ("disclosure.reply", "received", "2026-11-02", "2026-11-30"),
        ("disclosure.third_party", "third_party_consulted", "2026-11-02", "2026-11-23"),
    ],
)
def test_known_dates(rule: str, kind: str, start: str, expected: str) -> None:
    assert due(rule, [event(kind, start)], CALENDAR, TODAY).date == date.fromisoformat(expected)


def test_local_holiday_counts_unless_switched_on() -> None:
    switched = load_calendar(local_holidays=True)
    found = due("complaint.acceptance", [event("received", "2026-11-18")], switched, TODAY)
    assert found.date == date(2026, 11, 30)


def test_last_starts_that_stay_in_the_known_year() -> None:
    for rule, last in [("complaint.acceptance", "2026-12-22"), ("report.verification", "2026-12-10")]:
        inside = due(rule, [event("received", last)], CALENDAR, TODAY)
        after = due(
            rule, [CaseEvent("received", date.fromisoformat(last) + timedelta(days=1))], CALENDAR, TODAY
        )
        assert (inside.provisional, after.provisional) == (False, True)


def test_old_complaint_rule_stays_for_old_cases() -> None:
    old = due("complaint.mediation", [event("accepted", "2026-04-14")], CALENDAR, TODAY)
    new = due("complaint.mediation", [event("accepted", "2026-04-15")], CALENDAR, TODAY)
    assert max(day.n or 0 for day in old.trace) == 45
    assert new.date == date(2026, 6, 14)  # a Sunday: an ordinary weekend does not move it


def test_consultation_days_are_left_out() -> None:
    plain = reply(event("received", "2026-11-02"))
    asked = reply(
        event("received", "2026-11-02"),
        event("third_party_consulted", "2026-11-04"),
        event("third_party_answered", "2026-11-11"),
    )
    assert (plain.date, asked.date) == (date(2026, 11, 30), date(2026, 12, 7))
    assert [day.why for day in asked.trace if day.date == date(2026, 11, 5)] == ["征求第三方意见"]


def test_silent_third_party_is_pending_until_its_own_limit() -> None:
    events = (event("received", "2026-11-02"), event("third_party_consulted", "2026-11-04"))
    assert reply(*events, today=date(2026, 11, 25)).pending
    after = reply(*events, today=date(2026, 11, 26))
    assert (after.pending, after.date) == (False, date(2026, 12, 21))


def test_correction_stops_and_restarts_the_clock() -> None:
    events = [event("received", "2026-11-02"), event("correction_requested", "2026-11-11")]
    stopped = reply(*events)
    assert (stopped.date, stopped.paused) == (None, True)
    again = reply(*events, event("corrected", "2026-11-20"))
    assert again.date == reply(event("received", "2026-11-20")).date


FORBIDDEN = [
    ([("extended", "2026-11-10", 5), ("extended", "2026-11-11", 5)], "33"),
    ([("extended", "2026-11-10", 21)], "33"),
    ([("extended", "2026-11-10", 0)], "33"),
    ([("extended", "2026-11-10", None)], "33"),
    ([("extended", "2026-12-01", 5)], "33"),
    ([("correction_requested", "2026-11-12", None)], "30"),
    ([("correction_requested", "2026-11-03", None), ("corrected", "2026-11-04", None),
      ("correction_requested", "2026-11-05", None)], "30"),
    ([("corrected", "2026-11-05", None)], "30"),
    ([("third_party_answered", "2026-11-05", None)], "33(3)"),
    ([("third_party_consulted", "2026-11-05", None), ("third_party_consulted", "2026-11-06", None)], "33(3)"),
    ([("third_party_consulted", "2026-11-01", None)], "33"),
    ([("blessed", "2026-11-05", None)], "33"),
]  # fmt: skip


@pytest.mark.parametrize(("events", "article"), FORBIDDEN)
def test_what_the_rule_forbids_names_rule_and_article(events: Any, article: str) -> None:
    with pytest.raises(RuleError, match=r"disclosure\.reply") as caught:
        reply(event("received", "2026-11-02"), *(event(*each) for each in events))
    assert article in str(caught.value)


def test_batch_goes_on_after_an_error_and_exits_0() -> None:
    lines = [
        {
            "rule": "disclosure.reply",
            "today": "2026-11-24",
            "events": [{"type": "received", "date": "2026-11-02"}],
        },
        {"rule": "disclosure.reply", "events": [{"type": "corrected", "date": "2026-11-02"}]},
        {"rule": "no.such", "events": [{"type": "received", "date": "2026-11-02"}]},
        {"rule": "disclosure.reply", "events": [{"type": "received", "date": "2026-02-30"}]},
    ]
    text = "\n".join([*map(json.dumps, lines), "not json", ""])
    run = subprocess.run(
        [sys.executable, "-m", "bot", "deadline", "--json"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    found = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0, run.stderr
    assert found[0]["due"] == "2026-11-30"
    assert found[0]["trace"][0] == {"date": "2026-11-03", "counted": True, "n": 1, "why": "工作日"}
    assert ["error" in each for each in found] == [False, True, True, True, True]


def test_explanation_reads_like_a_sentence() -> None:
    text = explain(reply(event("received", "2026-09-11")), began="收到")
    assert text.startswith("9月11日收到，次日起算；其间9月25日至9月27日中秋节、10月1日至10月7日国庆节不计")
    assert text.endswith("第20个工作日是10月15日。")


# What must hold (each of these is a bug that another system has).

days_2026 = st.dates(date(2026, 4, 15), date(2026, 10, 31))
starts = st.builds(lambda day: [CaseEvent("received", day)], days_2026)


def changed(day: date, *, off: bool) -> Calendar:
    """The calendar of 2026 with one more holiday, or one more make-up workday."""
    plan = read_year(FOLDER / "2026.json")
    if off:
        plan = replace(plan, off={**plan.off, day: "新增假日"}, make_up=plan.make_up - {day})
    else:
        plan = replace(
            plan, make_up=plan.make_up | {day}, off={d: n for d, n in plan.off.items() if d != day}
        )
    return Calendar([plan, read_year(FOLDER / "2027.json")])


@SOME
@given(starts, days_2026)
def test_an_added_holiday_never_makes_a_date_earlier(events: list[CaseEvent], day: date) -> None:
    for rule in ("disclosure.reply", "report.verification"):
        before = due(rule, events, CALENDAR, TODAY).date
        after = due(rule, events, changed(day, off=True), TODAY).date
        assert before is not None
        assert after is not None
        assert after >= before


@SOME
@given(starts, days_2026)
def test_a_make_up_workday_never_makes_it_later(events: list[CaseEvent], day: date) -> None:
    for rule in ("disclosure.reply", "report.verification"):
        before = due(rule, events, CALENDAR, TODAY).date
        after = due(rule, events, changed(day, off=False), TODAY).date
        assert before is not None
        assert after is not None
        assert after <= before


@SOME
@given(days_2026, st.integers(0, 25), st.integers(0, 30))
def test_a_pause_of_k_counted_days_moves_the_date_by_exactly_k(start: date, wait: int, length: int) -> None:
    plain = reply(CaseEvent("received", start))
    begin = start + timedelta(days=wait)
    end = begin + timedelta(days=length)
    paused = reply(
        CaseEvent("received", start),
        CaseEvent("third_party_consulted", begin),
        CaseEvent("third_party_answered", end),
    )
    k = sum(1 for day in paused.trace if begin < day.date <= end and CALENDAR.day(day.date).working)
    moved = sum(
        1
        for i in range(1, (paused.date - plain.date).days + 1)
        if CALENDAR.day(plain.date + timedelta(days=i)).working
    )
    assert moved == k


@SOME
@given(days_2026, st.integers(0, 8), st.integers(0, 40))
def test_a_correction_restarts_the_clock(start: date, asked: int, took: int) -> None:
    request = start + timedelta(days=asked)
    done = request + timedelta(days=took)
    events = [
        CaseEvent("received", start), CaseEvent("correction_requested", request), CaseEvent("corrected", done)
    ]  # fmt: skip
    assert reply(*events).date == reply(CaseEvent("received", done)).date


@SOME
@given(
    st.dates(date(2026, 4, 15), date(2035, 1, 1)),
    st.sampled_from(["disclosure.reply", "report.verification"]),
)
def test_unknown_years_never_yield_a_final_date(start: date, rule: str) -> None:
    found = due(rule, [CaseEvent("received", start)], CALENDAR, TODAY)
    assert found.date is not None
    assert found.provisional == (found.date > CALENDAR.reach)


kinds = st.sampled_from([*sorted(KNOWN), "nonsense"])


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]], date]:
    """A rule with a start event and a handful of others, mostly in order, now and then not."""
    rule = draw(st.sampled_from(RULES + ["disclosure.reply"] * 6))
    first = {"complaint.mediation": "accepted", "complaint.termination_notice": "terminated",
             "publish.proactive": "created"}.get(rule, "received")  # fmt: skip
    day = draw(st.dates(date(2026, 4, 15), date(2026, 12, 31)))
    events: list[dict[str, Any]] = [{"type": first, "date": day.isoformat()}]
    for _ in range(draw(st.integers(0, 6))):
        day += timedelta(days=draw(st.integers(-1, 12)) if draw(st.integers(0, 9)) else 40)
        kind = draw(kinds)
        events.append({"type": kind, "date": day.isoformat()})
        if kind == "extended" and draw(st.integers(0, 9)):
            events[-1]["days"] = draw(st.integers(-1, 22))
    return rule, events, draw(st.dates(date(2026, 4, 15), date(2027, 6, 1)))


TWO_CONSULTED = (  # seen on a day before the first one's limit has passed
    "disclosure.reply",
    [
        {"type": "received", "date": "2026-04-15"},
        {"type": "third_party_consulted", "date": "2026-05-25"},
        {"type": "third_party_consulted", "date": "2026-07-04"},
        {"type": "third_party_answered", "date": "2026-08-13"},
    ],
    date(2026, 4, 15),
)


@MANY
@example(TWO_CONSULTED)
@given(cases())
def test_two_implementations_agree(case: tuple[str, list[dict[str, Any]], date]) -> None:
    rule, events, today = case
    line = json.dumps({"rule": rule, "events": events, "today": today.isoformat()})
    (found,) = answers([line], CALENDAR)
    expected = naive(rule, events, today)
    if expected == "error":
        assert "error" in found
        return
    assert "error" not in found, found
    at, provisional, pending, paused = expected
    assert found["due"] == (at.isoformat() if at else None)
    assert found["provisional"] == provisional
    assert (found.get("pending", False), found.get("paused", False)) == (pending, paused)


def test_a_clerks_file_wins_over_everything(tmp_path: Any) -> None:
    notice = {"year": 2027, "published": True,
              "off": [{"name": "元旦", "days": ["2027-01-01", "2027-01-04"]}],
              "make_up_workdays": ["2027-01-09"]}  # fmt: skip
    (tmp_path / "2027.json").write_text(json.dumps(notice), encoding="utf-8")
    corrected = load_calendar(tmp_path)
    before = reply(event("received", "2026-12-10"))
    after = reply(event("received", "2026-12-10"), calendar=corrected)
    assert (before.provisional, after.provisional) == (True, False)
    assert corrected.reach == date(2027, 12, 31)
    assert isinstance(read_year(tmp_path / "2027.json"), YearPlan)


def test_random_cases_of_the_closing_note_agree() -> None:
    """A small share of `python -m tests.agreement --cases 100000`."""
    seen = compare(2_000, seed=7)
    assert seen["dated"] > 500
    assert seen["forbidden"] > 300
    assert seen["paused"] > 10
