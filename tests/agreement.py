"""The clock against the naive reading of the rules: `python -m tests.agreement --cases 100000`.

Half of the cases are plausible lives of a request (most of them lawful), half are events thrown together
(most of them forbidden). Goes through the batch command's own function, line by line. Exits 1 at a
disagreement and prints the case.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from bot.commands.deadline import answers
from knowledge.calendar import load_calendar
from tests.naive_deadline import KNOWN, Answer, naive

RULES = ("disclosure.reply", "disclosure.correction_notice", "complaint.acceptance", "complaint.mediation",
         "complaint.termination_notice", "report.verification", "publish.proactive")  # fmt: skip
WEIGHTS = (8, 1, 1, 3, 1, 4, 1)
FIRST = {"complaint.mediation": "accepted", "complaint.termination_notice": "terminated",
         "publish.proactive": "created"}  # fmt: skip
# What may follow in a plausible life: (event, what has to be over before it).
STEPS: dict[str, tuple[tuple[str, ...], ...]] = {
    "disclosure.reply": (
        ("third_party_consulted", "third_party_answered"), ("extended",),
        ("correction_requested", "corrected"), ("third_party_consulted",),
    ),
    "complaint.mediation": (("testing_started", "testing_finished"), ("testing_started",)),
    "report.verification": (("testing_started", "testing_finished"), ("extended",)),
}  # fmt: skip
START, DAYS = date(2026, 4, 15), 420


def case(rng: random.Random) -> dict[str, Any]:
    """One line of the batch."""
    rule = rng.choices(RULES, WEIGHTS)[0]
    day = START + timedelta(days=rng.randrange(DAYS))
    events = [{"type": FIRST.get(rule, "received"), "date": day.isoformat()}]
    events += list(_plausible(rng, rule, day) if rng.random() < 0.5 else _thrown(rng, day))
    return {
        "rule": rule,
        "today": (day + timedelta(days=rng.randrange(90))).isoformat(),
        "events": events,
    }


def _plausible(rng: random.Random, rule: str, day: date) -> Iterator[dict[str, Any]]:
    for steps in rng.choices(STEPS.get(rule, ((),)), k=rng.randrange(4)):
        for step in steps:
            day += timedelta(days=rng.randrange(0, 9))
            yield _event(rng, step, day)


def _thrown(rng: random.Random, day: date) -> Iterator[dict[str, Any]]:
    for _ in range(rng.randrange(7)):
        day += timedelta(days=rng.choice((-1, 0, 0, 1, 2, 5, 12, 40)))
        yield _event(rng, rng.choice((*sorted(KNOWN), "nonsense")), day)


def _event(rng: random.Random, kind: str, day: date) -> dict[str, Any]:
    event: dict[str, Any] = {"type": kind, "date": day.isoformat()}
    if kind == "extended" and rng.random() < 0.95:
        event["days"] = rng.choice((1, 5, 10, 15, 15, 20, 20, 0, 21))
    return event


def agrees(found: dict[str, Any], expected: Answer) -> bool:
    """Whether the two say the same."""
    if expected == "error" or "error" in found:
        return expected == "error" and "error" in found
    due, provisional, pending, paused = expected
    return (found["due"], found["provisional"], found.get("pending", False), found.get("paused", False)) == (
        due.isoformat() if due else None, provisional, pending, paused
    )  # fmt: skip


def compare(count: int, seed: int) -> Counter[str]:
    """How many of each kind agreed. AssertionError with the case at the first that does not."""
    rng, calendar, seen = random.Random(seed), load_calendar(), Counter[str]()
    for _ in range(count):
        line = case(rng)
        (found,) = answers([json.dumps(line)], calendar)
        expected = naive(line["rule"], line["events"], date.fromisoformat(line["today"]))
        assert agrees(found, expected), f"{json.dumps(line)}\nclock: {found}\nnaive: {expected}"
        seen["forbidden" if "error" in found else "paused" if found["due"] is None else "dated"] += 1
        seen["provisional"] += bool(found.get("provisional"))
    return seen


def main() -> int:
    """Compare and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=20261124)
    args = parser.parse_args()
    began = time.perf_counter()
    seen = compare(args.cases, args.seed)
    shown = ", ".join(f"{name} {count:,}" for name, count in sorted(seen.items()))
    print(f"{args.cases:,} cases agree (seed {args.seed}): {shown}; {time.perf_counter() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
