"""A second, deliberately naive reading of the counting rules, written without looking at the first.

It steps day by day through plain sets and knows nothing of `knowledge.deadline`. Events are dictionaries
as the batch command reads them; the answer is (due, provisional, pending, paused) or the word "error".
"""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

DAY = timedelta(days=1)
FOLDER = Path(__file__).parent.parent / "config" / "calendar"
DATA = {year: json.loads((FOLDER / f"{year}.json").read_text(encoding="utf-8")) for year in (2026, 2027)}
OFF_2026 = {d for group in DATA[2026]["off"] for d in group["days"]}
WORK_2026 = set(DATA[2026]["make_up_workdays"])
OFF_2027 = {d for group in DATA[2027]["statutory_days_only"] for d in group["days"]}
OFF_2027 |= {d for days in DATA[2027]["substitutes_by_art6"].values() if isinstance(days, list) for d in days}
OFF = OFF_2026 | OFF_2027
KNOWN = {
    "received", "created", "accepted", "terminated", "extended", "correction_requested", "corrected",
    "third_party_consulted", "third_party_answered", "testing_started", "testing_finished",
}  # fmt: skip


Answer = tuple[date | None, bool, bool, bool] | Literal["error"]


def works(day: date) -> bool:
    text = day.isoformat()
    if text in WORK_2026:
        return True
    return day.weekday() < 5 and text not in OFF


def count(start: date, amount: int, skip: Iterable[date] = (), natural: bool = False) -> date:
    """The day on which `amount` days after `start` are full; `skip` are days left out."""
    day, n = start, 0
    while n < amount:
        day += DAY
        if day not in skip and (natural or works(day)):
            n += 1
    return day


def dates(after: date, through: date) -> set[date]:
    return {after + DAY * i for i in range(1, (through - after).days + 1)}


def naive(rule: str, events: list[dict[str, Any]], today: date) -> Answer:
    events = [{**e, "date": date.fromisoformat(e["date"])} for e in events]
    if any(e["type"] not in KNOWN for e in events):
        return "error"
    if any(b["date"] < a["date"] for a, b in pairwise(events)):
        return "error"
    if rule == "disclosure.reply":
        return reply(events, today)
    return simple(rule, events)


def reply(events: list[dict[str, Any]], today: date) -> Answer:
    if not events or events[0]["type"] != "received" or sum(e["type"] == "received" for e in events) > 1:
        return "error"
    received = start = events[0]["date"]
    length, extended, asked, waiting, orphan = 20, False, False, False, False
    talks: list[list[Any]] = []  # [begin, end, answered]

    def so_far() -> date:
        skip: set[date] = set()
        for begin, end, _ in talks:
            skip |= dates(begin, end)
        return count(start, length, skip)

    for e in events[1:]:
        day = e["date"]
        if e["type"] == "extended":
            days = e.get("days")
            if waiting or extended or days is None or days < 1 or days > 20 or day > so_far():
                return "error"
            extended, length = True, length + days
        elif e["type"] == "correction_requested":
            if asked or day > count(received, 7):
                return "error"
            asked = waiting = True
        elif e["type"] == "corrected":
            if not waiting:
                return "error"
            orphan = bool(talks) and not talks[-1][2]
            start, length, extended, waiting, talks = day, 20, False, False, []
        elif e["type"] == "third_party_consulted":
            if talks and day < talks[-1][1]:
                return "error"
            talks.append([day, count(day, 15), False])
            orphan = False
        elif e["type"] == "third_party_answered":
            if talks and not talks[-1][2]:
                talks[-1][1:] = [day, True]
            elif orphan:
                orphan = False
            else:
                return "error"
    if waiting:
        return None, False, False, True
    pending = any(not answered and today <= end for _, end, answered in talks)
    due = so_far()
    return due, due.year > 2026, pending, False


PLAIN = {
    "disclosure.correction_notice": ("received", 7),
    "complaint.acceptance": ("received", 7),
    "complaint.termination_notice": ("terminated", 7),
    "publish.proactive": ("created", 20),
    "report.verification": ("received", 15),
    "complaint.mediation": ("accepted", 60),
}


def simple(rule: str, events: list[dict[str, Any]]) -> Answer:
    name, length = PLAIN[rule]
    starts = [i for i, e in enumerate(events) if e["type"] == name]
    if len(starts) != 1 or (name == "received" and starts[0] != 0):
        return "error"
    start, natural = events[starts[0]]["date"], rule == "complaint.mediation"
    tested = rule in {"complaint.mediation", "report.verification"}
    extended = False
    tests: list[list[Any]] = []

    def so_far() -> date | None:
        skip: set[date] = set()
        for begin, end in tests:
            skip |= dates(begin, end or begin + DAY * 4000)
        day = count(start, length, skip, natural)
        if any(end is None and begin < day for begin, end in tests):
            return None
        return day

    for e in events[starts[0] + 1 :]:
        if e["type"] == "extended" and rule == "report.verification":
            now, days = so_far(), e.get("days")
            if extended or now is None or e["date"] > now or days is None or not 1 <= days <= 15:
                return "error"
            extended, length = True, length + days
        elif e["type"] == "testing_started" and tested:
            if tests and (tests[-1][1] is None or e["date"] < tests[-1][1]):
                return "error"
            tests.append([e["date"], None])
        elif e["type"] == "testing_finished" and tested:
            if not tests or tests[-1][1] is not None:
                return "error"
            tests[-1][1] = e["date"]
    due = so_far()
    if due is None:
        return None, False, False, True
    if natural and due.isoformat() in OFF:
        due = count(due, 1)
    return due, due.year > 2026, False, False
