"""What is to happen in a simulated year: the lives of cases, the holiday notice, where the clock begins."""

import json
from datetime import datetime
from typing import Any

from bot.clock import SHANGHAI
from handlers.cases.number import Kind

START = datetime(2026, 1, 5, 7, 30, tzinfo=SHANGHAI)
NOTICE_2027 = json.dumps(
    {
        "year": 2027,
        "published": True,
        "off": [
            {"name": "元旦", "days": ["2027-01-01", "2027-01-02", "2027-01-03"]},
            {"name": "春节", "days": [f"2027-02-{day:02}" for day in range(5, 13)]},
        ],
        "make_up_workdays": ["2027-01-09", "2027-02-14"],
    }
)

EXTENSION = {"days": 15, "reason": "要查的多", "approved_by": "李"}
# What clerks do: (event, what it says, days after the one before). A list is one life of a case.
Life = list[tuple[str, dict[str, Any], tuple[int, int]]]
LIVES: dict[Kind, list[Life]] = {
    "disclosure": [
        [("bureau_confirmed", {}, (0, 3)), ("answered", {"outcome": "GRANT"}, (3, 40))],
        [("bureau_confirmed", {}, (0, 3)), ("transferred", {"unit": "食品科"}, (0, 2)),
         ("answered", {"outcome": "DENY"}, (20, 45))],
        [("bureau_confirmed", {}, (0, 1)), ("correction_requested", {"items": ["年份"]}, (1, 7)),
         ("corrected", {"text": "2025"}, (2, 25)), ("answered", {"outcome": "PARTIAL"}, (10, 40))],
        [("bureau_confirmed", {}, (0, 1)), ("correction_requested", {"items": ["年份"]}, (1, 7)),
         ("abandoned", {}, (20, 40))],
        [("bureau_confirmed", {}, (0, 2)), ("third_party_consulted", {"who": "公司"}, (1, 9)),
         ("third_party_answered", {"opinion": "同意"}, (2, 30)), ("answered", {"outcome": "GRANT"}, (5, 30))],
        [("bureau_confirmed", {}, (0, 2)), ("extended", EXTENSION, (5, 25)),
         ("answered", {"outcome": "NOT_EXIST"}, (10, 40))],
        [("bureau_confirmed", {}, (0, 2)), ("withdrawn", {}, (1, 20))],
    ],
    "complaint": [
        [("handed_over", {"by": "clerk"}, (0, 1)), ("received", {}, (0, 3)), ("accepted", {}, (1, 12)),
         ("mediation_scheduled", {"where": "三楼"}, (1, 20)), ("agreed", {}, (1, 40))],
        [("received", {}, (0, 3)), ("not_accepted", {"outcome": "R3", "reason": "转卖"}, (1, 14))],
        [("received", {}, (0, 3)), ("accepted", {}, (1, 9)), ("testing_started", {}, (2, 20)),
         ("testing_finished", {}, (3, 30)), ("terminated", {"outcome": "T3"}, (5, 60)),
         ("termination_notified", {}, (0, 14))],
        [("received", {}, (0, 3)), ("withdrawn", {}, (1, 9))],
    ],
    "report": [
        [("received", {}, (0, 3)), ("filed", {}, (3, 25)), ("decided", {"outcome": "罚款"}, (10, 80))],
        [("received", {}, (0, 3)), ("extended", EXTENSION, (5, 18)),
         ("not_filed", {"reason": "没有违法事实"}, (5, 30))],
        [("received", {}, (0, 3)), ("testing_started", {}, (1, 10)), ("testing_finished", {}, (3, 20)),
         ("not_filed", {"reason": "没有违法事实"}, (2, 20))],
    ],
}  # fmt: skip
# What breaks in a year: (what, how often, shortest and longest in hours).
TROUBLES = (
    ("api_busy", 8, 1, 30), ("api_quota", 4, 1, 10), ("api_cut", 6, 1, 90),
    ("api_cut_after", 3, 1, 2), ("valkey", 6, 1, 8), ("jobs", 5, 2, 70),
)  # fmt: skip


class Begin:
    """Where the clock starts."""

    def now(self) -> datetime:
        """The first moment."""
        return START
