"""When the law wants what: a pure function of a case's events, the rules of its day, and the calendar.

The day of an event is never counted; counting starts with the next (order 121, art. 45; order 2, art. 80).
Every result carries its trace, day by day, because people trust a date they can follow.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from config.rules import Extension, Pause, Restart, Rule, load_rules
from knowledge.calendar import ONE_DAY, Calendar

EVENT_TYPES = frozenset(
    {
        "received", "created", "accepted", "terminated", "extended",
        "correction_requested", "corrected",
        "third_party_consulted", "third_party_answered",
        "testing_started", "testing_finished",
    }
)  # fmt: skip


class RuleError(ValueError):
    """Events that a rule forbids; the message names the rule and its article."""


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Something that happened in a case on a local day; `days` only for an extension."""

    type: str
    date: date
    days: int | None = None


@dataclass(frozen=True, slots=True)
class TraceDay:
    """One calendar day of the count: `n` is its number if it was counted."""

    date: date
    counted: bool
    n: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """`date` is None while the clock is stopped (`paused`).

    `provisional`: the trace reaches into a year without a published holiday notice.
    `pending`: a third party may still answer and so bring the date forward.
    """

    rule: str
    date: date | None
    provisional: bool = False
    pending: bool = False
    paused: bool = False
    trace: tuple[TraceDay, ...] = ()

    @property
    def version(self) -> str:
        """Names this state of the deadline; notices are keyed on it."""
        return (
            f"{self.rule}@{self.date.isoformat() if self.date else 'paused'}{'?' if self.provisional else ''}"
        )


@dataclass(slots=True)
class _Clock:
    """The state while a case's events are read in order."""

    start: date
    amount: int
    extended: bool = False
    stopped: bool = False  # waiting for a correction
    corrections: int = 0
    stale: bool = False  # a consultation from before a correction may still be answered, to no effect
    spans: list["_Span"] = field(default_factory=list)


@dataclass(slots=True)
class _Span:
    """Days after `begin` up to and including `end` are not counted; `open` while nobody answered."""

    pause: Pause
    begin: date
    end: date | None  # None: until further notice
    open: bool


def due(rule_id: str, events: Sequence[CaseEvent], calendar: Calendar, today: date) -> Deadline:
    """Compute the deadline of `rule_id` for a case with `events` (in order), seen on `today`.

    Raises:
        RuleError: the events break the rule, or the clock never started.
    """
    rule = _rule_for(rule_id, events)
    return _Count(rule, calendar, today).run(events)


def _rule_for(rule_id: str, events: Sequence[CaseEvent]) -> Rule:
    versions = [rule for rule in load_rules() if rule.id == rule_id]
    if not versions:
        raise RuleError(f"没有名为 {rule_id} 的期限规则")
    if not events:
        raise RuleError(f"{_name(versions[0])}：没有任何事件，期限未开始")
    for rule in versions:
        if rule.in_force(events[0].date):
            return rule
    return min(versions, key=lambda rule: abs(rule.since - events[0].date))


def _name(rule: Rule) -> str:
    return f"{rule.id}（{rule.law} {rule.article}）"


class _Count:
    """One computation: reads the events, then counts the days."""

    def __init__(self, rule: Rule, calendar: Calendar, today: date) -> None:
        self.rule, self.calendar, self.today = rule, calendar, today

    def run(self, events: Sequence[CaseEvent]) -> Deadline:
        self._check_order(events)
        clock: _Clock | None = None
        for event in events:
            if event.type == self.rule.start:
                clock = self._start(clock, event)
            elif clock is not None:
                self._apply(clock, event)
        if clock is None:
            raise self._error(f"缺少事件 {self.rule.start}，期限未开始")
        return self._result(clock)

    def _check_order(self, events: Sequence[CaseEvent]) -> None:
        for event in events:
            if event.type not in EVENT_TYPES:
                raise self._error(f"不认识的事件 {event.type}")
        for before, after in pairwise(events):
            if after.date < before.date:
                raise self._error(f"{after.type} {after.date} 早于前一事件 {before.type} {before.date}")
        started = [event.type for event in events]
        if self.rule.start == "received" and self.rule.start in started and started[0] != "received":
            raise self._error(f"{started[0]} 发生在 received 之前")

    def _start(self, clock: _Clock | None, event: CaseEvent) -> _Clock:
        if clock is not None and self.rule.start != "third_party_consulted":
            raise self._error(f"重复的 {event.type} {event.date}")
        return _Clock(event.date, self.rule.amount)

    def _apply(self, clock: _Clock, event: CaseEvent) -> None:
        restart = self.rule.restart
        if event.type == "extended" and self.rule.extend:
            self._extend(clock, event, self.rule.extend)
        elif restart and event.type == restart.request:
            self._request_correction(clock, event, restart)
        elif restart and event.type == restart.done:
            self._corrected(clock, event, restart)
        else:
            for pause in self.rule.pauses:
                if event.type == pause.begin:
                    self._begin_pause(clock, pause, event)
                elif event.type == pause.end:
                    self._end_pause(clock, pause, event)

    def _extend(self, clock: _Clock, event: CaseEvent, limit: Extension) -> None:
        if clock.extended:
            raise self._error("只能延期一次", limit.law, limit.article)
        if event.days is None or not 1 <= event.days <= limit.days:
            raise self._error(f"延期天数须为 1 至 {limit.days}，收到 {event.days}", limit.law, limit.article)
        now = self._result(clock)
        if now.date is None:
            raise self._error(f"期限已停止计算，{event.date} 不能延期", limit.law, limit.article)
        if event.date > now.date:
            raise self._error(f"{event.date} 已过期限 {now.date}，不能再延期", limit.law, limit.article)
        clock.extended = True
        clock.amount += event.days

    def _request_correction(self, clock: _Clock, event: CaseEvent, restart: Restart) -> None:
        if clock.corrections:
            raise self._error("补正只能一次性告知，不能再次要求", restart.law, restart.article)
        limit = next(rule for rule in load_rules() if rule.id == restart.limit)
        last = _Counting(self.calendar, clock.start, limit.amount, limit.unit, []).run()[-1].date
        if event.date > last:
            raise self._error(
                f"补正告知须在收到之日起 {limit.amount} 个工作日内（{last} 前），{event.date} 已过",
                restart.law,
                restart.article,
            )
        clock.corrections += 1
        clock.stopped = True

    def _corrected(self, clock: _Clock, event: CaseEvent, restart: Restart) -> None:
        if not clock.stopped:
            raise self._error("没有要求过补正，不能记录已补正", restart.law, restart.article)
        # What was consulted or extended before the correction no longer counts (art. 30: 答复期限…起计算).
        clock.stale = bool(clock.spans) and clock.spans[-1].open
        clock.start, clock.amount, clock.extended = event.date, self.rule.amount, False
        clock.stopped, clock.spans = False, []

    def _begin_pause(self, clock: _Clock, pause: Pause, event: CaseEvent) -> None:
        for span in clock.spans:
            if span.end is None or event.date < span.end:
                raise self._error(f"{event.date} 的{pause.why}与上一次重叠", pause.law, pause.article)
        end = self._own_limit(pause, event.date)
        clock.stale = False
        clock.spans.append(_Span(pause, event.date, end, open=True))

    def _own_limit(self, pause: Pause, begin: date) -> date | None:
        if not pause.limit:
            return None
        limit = next(rule for rule in load_rules() if rule.id == pause.limit)
        return _Counting(self.calendar, begin, limit.amount, limit.unit, []).run()[-1].date

    def _end_pause(self, clock: _Clock, pause: Pause, event: CaseEvent) -> None:
        if clock.spans and clock.spans[-1].open:
            clock.spans[-1].end, clock.spans[-1].open = event.date, False
        elif clock.stale:
            clock.stale = False
        else:
            raise self._error(
                f"没有{pause.why}，却有答复 {event.type} {event.date}", pause.law, pause.article
            )

    def _result(self, clock: _Clock) -> Deadline:
        if clock.stopped:
            return Deadline(self.rule.id, None, paused=True)
        counting = _Counting(self.calendar, clock.start, clock.amount, self.rule.unit, clock.spans)
        days = counting.run()
        if not counting.finished:
            return Deadline(self.rule.id, None, paused=True, trace=tuple(days))
        provisional = any(not self.calendar.day(day.date).known for day in days)
        pending = any(span.open and span.end and self.today <= span.end for span in clock.spans)
        return Deadline(self.rule.id, days[-1].date, provisional, pending, trace=tuple(days))

    def _error(self, text: str, law: str = "", article: str = "") -> RuleError:
        return RuleError(f"{self.rule.id}（{law or self.rule.law} {article or self.rule.article}）：{text}")


class _Counting:
    """Counts `amount` days after `start`, leaving out the days of `spans`."""

    def __init__(
        self, calendar: Calendar, start: date, amount: int, unit: str, spans: Iterable[_Span]
    ) -> None:
        self.calendar, self.start, self.amount = calendar, start, amount
        self.working = unit == "working_day"
        self.spans = list(spans)
        self.finished = False

    def run(self) -> list[TraceDay]:
        days: list[TraceDay] = []
        n, when = 0, self.start
        while n < self.amount:
            when += ONE_DAY
            span = self._span(when)
            if span and span.end is None:
                return days
            kind = self.calendar.day(when)
            counted = span is None and (kind.working or not self.working)
            n += counted
            why = span.pause.why if span else kind.why
            days.append(TraceDay(when, counted, n if counted else None, why))
        self.finished = True
        return days if self.working else days + self._roll(when)

    def _span(self, when: date) -> _Span | None:
        for span in self.spans:
            if span.begin < when and (span.end is None or when <= span.end):
                return span
        return None

    def _roll(self, last: date) -> list[TraceDay]:
        """A natural-day period that ends on a day off under the holiday notice ends on the first working
        day after it (order no. 121, art. 45); an ordinary weekend does not move it.
        """
        if not self.calendar.day(last).holiday:
            return []
        until = self.calendar.next_working_day(last)
        rolled = [last + timedelta(days=i) for i in range(1, (until - last).days + 1)]
        return [TraceDay(day, False, None, self._rolled_why(day, until)) for day in rolled]

    def _rolled_why(self, day: date, until: date) -> str:
        return "期间顺延至此" if day == until else f"{self.calendar.day(day).why}，顺延"
