"""What happens in the demo's cases, and when: the plans of config/demo.toml put on days of the calendar."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.clock import SHANGHAI
from config.demo import Demo, Step
from handlers.cases.number import Kind

SEED = 20261124
CITIZENS = ("oSandboxXiaoLi00000000000003", "oSandboxZhangLvshi0000000004")


@dataclass(frozen=True, slots=True)
class Story:
    """A case to be: who files what when, and what happens."""

    draft: str
    kind: Kind
    filer: str
    filed: datetime
    who: int  # place in the lists of names and streets
    steps: tuple[tuple[datetime, str, dict[str, Any]], ...]


def stories(demo: Demo, today: date) -> Iterator[Story]:
    """Every case of the demo, the same each time for the same day."""
    dice = random.Random(SEED)  # noqa: S311 a story, no secret
    plans = [(plan, plan.ago) for plan in demo.story]
    plans += [(plan, dice.randrange(60, 320)) for plan in demo.story for _ in range(plan.past)]
    for number, (plan, ago) in enumerate(plans):
        filed = _workday(today - timedelta(days=ago))
        told = [_step(filed, step, demo, dice, today) for step in plan.steps]
        filer = CITIZENS[number % len(CITIZENS)] if ago < 60 else ""
        happened = tuple(each for each in told if each[0].date() <= today)
        yield Story(f"demo-{number}", plan.kind, filer, _at(filed, dice), number, happened)


def _step(
    filed: date, step: Step, demo: Demo, dice: random.Random, today: date
) -> tuple[datetime, str, dict[str, Any]]:
    day, data = _workday(filed + timedelta(days=step.after)), step.data
    if step.event == "answered":
        (chosen,) = dice.choices(demo.outcome, [outcome.weight for outcome in demo.outcome])
        more = chosen.model_dump(include={"ground", "reason", "report_row"})
        data = {"outcome": chosen.code, **{key: text for key, text in more.items() if text}}
    if step.event == "correction_requested":
        data["until"] = (day + timedelta(days=15)).isoformat()
    if step.event == "rated":
        data["score"] = dice.choice(("good", "good", "good", "fair", "poor"))
    if data.get("when"):
        data["when"] = datetime.combine(_workday(today + timedelta(days=3)), time(10), SHANGHAI).isoformat()
    return _at(day, dice), step.event, data


def _workday(day: date) -> date:
    """Not at a weekend: clerks do not work then."""
    return day + timedelta(days=max(0, 7 - day.weekday()) % 7 if day.weekday() > 4 else 0)


def _at(day: date, dice: random.Random) -> datetime:
    return datetime.combine(day, time(9, dice.randrange(60)), SHANGHAI)
