"""What must be true at the end of a simulated year."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.store.schema import cases, outbox
from bot.wechat_server.records import Delivered
from config.notices import load_notices
from handlers.cases.lifecycle import replay
from handlers.cases.model import SHANGHAI, Case
from handlers.notices.hours import is_quiet
from handlers.notices.planned import plan
from handlers.ports import Planned
from knowledge.calendar import Calendar, load_calendar
from tests.simulation import Simulation
from tests.simulation_replica import mailed

SILENT = {"submitted", "applicant_confirmed", "bureau_confirmed", "termination_notified", "rated"}


@dataclass(frozen=True)
class Arrived:
    """One message on somebody's phone."""

    id: int
    at: datetime
    channel: str


class Outcome:
    """What there is at the end, sorted for looking at."""

    def __init__(self, it: Simulation, rows: Sequence[Any]) -> None:
        self.it, self.rows = it, rows
        self.arrived = [_arrived(message) for message in it.bureau.lab.platform.records.delivered]
        self.times = {message.id: message.at for message in self.arrived} | it.told_at
        self.of_case: defaultdict[str, list[Any]] = defaultdict(list)
        for row in rows:
            self.of_case[row.number].append(row)

    def keys(self, number: str) -> set[str]:
        """The keys of one case."""
        return {row.key for row in self.of_case[number]}


async def check(it: Simulation) -> list[str]:
    """Everything that is wrong; empty when all is well."""
    async with it.bureau.first.database.read() as connection:
        rows = (await connection.execute(select(outbox))).all()
        numbers = (await connection.execute(select(cases.c.number))).scalars().all()
    outcome = Outcome(it, rows)
    problems = [*_sent(outcome), *_quiet(outcome)]
    for number in numbers:
        case = await it.bureau.first.cases.find(number)
        assert case
        problems += [*_told(outcome, case), *_planned(outcome, case), *_early(outcome, case)]
    return problems


def _arrived(message: Delivered) -> Arrived:
    tag = message.text.rpartition("#")[2] or message.content["fields"]["thing5"][1:]
    return Arrived(int(tag), message.at, message.channel)


def _sent(outcome: Outcome) -> Iterator[str]:
    """Exactly once, or a reason."""
    it = outcome.it
    pushed = Counter(message.id for message in outcome.arrived)
    mails = Counter(mailed(Path(it.replica.folder)))
    for row in outcome.rows:
        times = pushed[row.id] + it.told[row.id] + mails[row.id]
        if row.state == "sent" and times != 1:
            yield f"{row.key}: sent {times} times over {row.channel}"
        elif row.state == "dead" and (times or not row.reason):
            yield f"{row.key}: dead, but arrived {times} times; reason “{row.reason}”"
        elif row.state == "uncertain" and (times > 1 or not row.reason):
            yield f"{row.key}: uncertain, arrived {times} times; reason “{row.reason}”"
        elif row.state not in ("sent", "dead", "uncertain"):
            yield f"{row.key}: still {row.state}, due {row.due}, {row.reason}"


def _quiet(outcome: Outcome) -> Iterator[str]:
    """Nothing at night that could wait."""
    may = {row.id for row in outcome.rows if row.must}
    for message in outcome.arrived:
        if is_quiet(message.at) and message.id not in may:
            yield f"message {message.id} at {message.at:%H:%M}"


def _early(outcome: Outcome, case: Case) -> Iterator[str]:
    """Nothing before its event."""
    for row in outcome.of_case[case.number]:
        moment = outcome.times.get(row.id)
        event = row.key.removesuffix(":rest").partition("#")[2]
        earliest = case.events[int(event) - 1].at if event else row.made
        if moment and moment < earliest:
            yield f"{row.key}: arrived {moment}, before its event {earliest}"


def _told(outcome: Outcome, case: Case) -> Iterator[str]:
    """Every event has its notice."""
    keys = [key for key in outcome.keys(case.number) if "#" in key]
    said = {key.split(":")[1] + key[key.index("#") :] for key in keys}
    received = False
    for seq, event in enumerate(case.events, 1):
        state = replay(case.number, case.kind, case.filer, case.events[:seq])
        if state.received and not received:
            wanted = "received"
        elif event.type == "deadline_changed":
            wanted = "date_final" if event.data["old"] == event.data["new"] else "date_moved"
        else:
            wanted = "" if event.type in SILENT else event.type
        received = state.received is not None
        if wanted and load_notices().of(case.kind, wanted) and f"{wanted}#{seq}" not in said:
            yield f"{case.number}: nothing was said about {event.type} (event {seq})"


def _planned(outcome: Outcome, case: Case) -> Iterator[str]:
    """Every moment of a plan that came to pass has its message."""
    it, keys = outcome.it, outcome.keys(case.number)
    begins = [event.at for event in case.events]
    for seq, (begin, end) in enumerate(zip(begins, [*begins[1:], it.now], strict=True), 1):
        state = replay(case.number, case.kind, case.filer, case.events[:seq])
        for planned in plan(state, _calendar(it, begin), begin.astimezone(SHANGHAI).date()):
            key = f"{case.number}:{planned.notice}:{planned.version}"
            came = begin <= planned.moment < end and not _overtaken(it, planned, end)
            if came and key not in keys and f"{key}:clerk" not in keys:
                yield f"{key}: planned for {planned.moment}, never said"


def _overtaken(it: Simulation, planned: Planned, end: datetime) -> bool:
    """Whether an event took the notice's sense away before the jobs ran the next time."""
    step = it.step + timedelta(minutes=1)
    spans = [(begin, until) for what, begin, until in it.trouble.spans if what == "jobs"]
    down = any(begin <= planned.moment + step and end <= until + step for begin, until in spans)
    return down or end - planned.moment <= step


def _calendar(it: Simulation, moment: datetime) -> Calendar:
    """The calendar that was known at `moment`: with the notice for 2027 once it was entered."""
    known = any(entered <= moment for entered in it.entered)
    return _load(it.bureau.settings.data_dir / "calendar" if known else None)


@cache
def _load(folder: Path | None) -> Calendar:
    return load_calendar(folder) if folder else load_calendar()


async def figures(it: Simulation) -> list[str]:
    """What happened, for the note."""
    async with it.bureau.first.database.read() as connection:
        rows = (await connection.execute(select(outbox))).all()
    states = Counter((row.kind, row.state, row.channel if row.state == "sent" else "") for row in rows)
    reasons = Counter(
        row.reason.partition("：")[0][:30] for row in rows if row.state in ("dead", "uncertain")
    )
    spans = Counter(what for what, _, _ in it.trouble.spans)
    hours = Counter[str]()
    for what, begin, end in it.trouble.spans:
        hours[what] += round((end - begin).total_seconds() / 3600)
    lines = [f"{name}: {count:,}" for name, count in sorted(it.counts.items())]
    lines += [f"outage {what}: {count} times, {hours[what]} h" for what, count in sorted(spans.items())]
    lines += [f"{kind} {state} {channel}: {n:,}" for (kind, state, channel), n in sorted(states.items())]
    lines += [f"reason “{reason}”: {count:,}" for reason, count in reasons.most_common(12)]
    lines.append(f"attempts: {sum(row.attempts for row in rows):,} for {len(rows):,} messages")
    return lines
