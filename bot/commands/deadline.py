"""`python -m bot deadline --json`: one JSON case a line in, its deadline with the trace a line out."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError

from config.settings import Settings
from knowledge.calendar import Calendar, load_calendar
from knowledge.deadline import CaseEvent, Deadline, RuleError, due
from knowledge.explain import explain


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: str
    date: date
    days: StrictInt | None = None


class _Case(BaseModel):
    rule: str
    today: date | None = None
    events: list[_Event] = Field(default_factory=list)


def run(argv: list[str]) -> int:
    """Answer every case on standard input; a case that a rule forbids gets its `error`, the batch goes on."""
    parser = argparse.ArgumentParser(prog="bot deadline", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line (default: plain text)")
    args = parser.parse_args(argv)
    settings = Settings()
    calendar = load_calendar(settings.data_dir / "calendar", local_holidays=settings.local_holidays)
    for answer in answers(sys.stdin, calendar):
        print(json.dumps(answer, ensure_ascii=False) if args.json else _plain(answer))
    return 0


def answers(lines: Iterable[str], calendar: Calendar) -> Iterator[dict[str, Any]]:
    """One answer for each line that is not blank."""
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    for line in lines:
        if line.strip():
            yield _answer(line, calendar, today)


def _answer(line: str, calendar: Calendar, today: date) -> dict[str, Any]:
    try:
        case = _Case.model_validate_json(line)
        events = [CaseEvent(event.type, event.date, event.days) for event in case.events]
        return as_json(due(case.rule, events, calendar, case.today or today))
    except ValidationError as error:
        first = error.errors()[0]
        return {"error": f"{'.'.join(map(str, first['loc']))}: {first['msg']}"}
    except (RuleError, OverflowError) as error:
        return {"error": str(error)}


def as_json(deadline: Deadline) -> dict[str, Any]:
    """The deadline as the batch prints it."""
    answer: dict[str, Any] = {
        "due": deadline.date.isoformat() if deadline.date else None,
        "provisional": deadline.provisional,
    }
    answer |= {"pending": True} if deadline.pending else {}
    answer |= {"paused": True} if deadline.paused else {}
    answer["trace"] = [
        {"date": day.date.isoformat(), "counted": day.counted, "n": day.n, "why": day.why}
        for day in deadline.trace
    ]
    answer["explanation"] = explain(deadline)
    return answer


def _plain(answer: dict[str, Any]) -> str:
    if "error" in answer:
        return f"错误：{answer['error']}"
    return f"{answer['due'] or '（停止计算）'}  {answer['explanation']}"
