"""The figures of the page of charts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.store.figures import CaseLine
from handlers.cases.model import SHANGHAI, Case, clock_events
from knowledge.calendar import Calendar
from knowledge.deadline import RuleError, due

KINDS = {"disclosure": "信息公开", "complaint": "投诉", "report": "举报"}
# The limit by which a case has to be answered, and the event that it runs from.
LIMITS = {
    "disclosure": ("disclosure.reply", "received"),
    "complaint": ("complaint.mediation", "accepted"),
    "report": ("report.verification", "received"),
}
# Days left when it was closed, at least so many → in words; fewer than none is too late.
MARGINS = ((11, "提前10天以上"), (4, "提前4到10天"), (1, "提前1到3天"), (0, "到期当天"))
LATE = "超过期限"
TOP = 12


@dataclass(frozen=True)
class Overview:
    """What is drawn, already counted."""

    by_kind: tuple[tuple[str, int], ...]
    by_county: tuple[tuple[str, int], ...]
    by_month: Mapping[str, tuple[int, ...]]  # kind → twelve figures
    margins: tuple[tuple[str, int], ...]
    late: tuple[str, ...]  # numbers of the cases that were answered too late
    answered: tuple[tuple[str, int], ...]
    rated: tuple[tuple[str, int], ...]  # what applicants said of their closed cases
    liked: int
    disliked: int
    top: tuple[tuple[str, str, int], ...]  # entry, title, times

    @property
    def share_answered(self) -> float | None:
        """Of the questions that were ours to answer; None without any."""
        counts = dict(self.answered)
        asked = sum(counts.values()) - counts["不归我们管"]
        return counts["答上了"] / asked if asked else None

    @property
    def satisfaction(self) -> float | None:
        """The share of 满意 among those who said how they found the handling of their case."""
        told = sum(count for _, count in self.rated)
        return self.rated[0][1] / told if told else None

    @property
    def helped(self) -> float | None:
        """The share of those who said that an answer helped, among those who said anything."""
        told = self.liked + self.disliked
        return self.liked / told if told else None


SCORES = {"good": "满意", "fair": "一般", "poor": "不满意"}
ANSWERED = {"answered": "答上了", "unsure": "拿不准，让选", "unanswered": "没答上", "declined": "不归我们管"}


def overview(
    lines: Sequence[CaseLine],
    closed: Iterable[tuple[Case, date]],
    counts: Mapping[tuple[str, str], int],
    names: Mapping[str, Mapping[str, str]],
    calendar: Calendar,
) -> Overview:
    """`closed`: cases with the day they were closed. `names`: "county" and "entry" → code → name."""
    over = tuple(closed)
    margins, late = _margins(over, calendar)
    scores = Counter(event.data.get("score") for case, _ in over if (event := case.last("rated")))
    kinds = Counter[str](line.kind for line in lines)
    counties = Counter(line.county for line in lines)
    by_kind = Counter[str]()
    for (kind, _), count in counts.items():
        by_kind[kind] += count
    top = Counter({entry: count for (kind, entry), count in counts.items() if kind == "answered" and entry})
    return Overview(
        by_kind=tuple((name, kinds[kind]) for kind, name in KINDS.items()),
        by_county=(
            *((name, counties[code]) for code, name in names["county"].items()),
            ("州外或没写", sum(count for code, count in counties.items() if code not in names["county"])),
        ),
        by_month={kind: _months(lines, kind) for kind in KINDS},
        margins=margins,
        late=late,
        answered=tuple((name, by_kind[kind]) for kind, name in ANSWERED.items()),
        rated=tuple((word, scores[score]) for score, word in SCORES.items()),
        liked=by_kind["liked"],
        disliked=by_kind["disliked"],
        top=tuple((entry, names["entry"].get(entry, entry), n) for entry, n in top.most_common(TOP)),
    )


def _months(lines: Sequence[CaseLine], kind: str) -> tuple[int, ...]:
    found = Counter(line.submitted.astimezone(SHANGHAI).month for line in lines if line.kind == kind)
    return tuple(found[month] for month in range(1, 13))


def _margins(
    closed: Iterable[tuple[Case, date]], calendar: Calendar
) -> tuple[tuple[tuple[str, int], ...], tuple[str, ...]]:
    found, late = Counter[str](), []
    for case, day in closed:
        left = days_left(case, day, calendar)
        if left is None:
            continue
        word = next((word for least, word in MARGINS if left >= least), LATE)
        found[word] += 1
        if word == LATE:
            late.append(case.number)
    return tuple((word, found[word]) for word in (*(word for _, word in MARGINS), LATE)), tuple(late)


def days_left(case: Case, day: date, calendar: Calendar) -> int | None:
    """Days between `day` and the date by which the case had to be answered; None if no limit ran."""
    rule, start = LIMITS[case.kind]
    events = clock_events(case)
    if not any(event.type == start for event in events):
        return None
    try:
        limit = due(rule, events, calendar, day)
    except RuleError:
        return None
    return (limit.date - day).days if limit.date else None
