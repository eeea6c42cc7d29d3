"""What the {names} in `config/notices.toml` stand for in a case."""

from collections.abc import Mapping
from datetime import date, datetime

from config.notices import Notices, load_notices
from config.rules import load_rules
from handlers.cases.deadlines import running
from handlers.cases.model import SHANGHAI, Case, Happened
from handlers.notices.hours import working_days_left
from handlers.notices.planned import correction_until, mediation_when
from knowledge.calendar import Calendar
from knowledge.deadline import Deadline
from knowledge.explain import explain

WEEKDAYS = "一二三四五六日"
# What a clerk wrote is said as it is, but not without end.
LONGEST = 400


def say_day(day: date | None, today: date) -> str:
    """“11月30日”, with the year when it is another one."""
    if day is None:
        return "（日期待定）"
    return f"{'' if day.year == today.year else f'{day.year}年'}{day.month}月{day.day}日"


def say_moment(when: datetime) -> str:
    """“11月30日（周一）14:30”."""
    local = when.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日（周{WEEKDAYS[local.weekday()]}）{local:%H:%M}"


def main_limit(case: Case, calendar: Calendar, today: date) -> Deadline | None:
    """The time limit that the case's date due comes from."""
    limits = running(case, calendar, today)
    return limits[0] if limits else None


def words(
    case: Case, calendar: Calendar, today: date, limit: Deadline | None = None, event: Happened | None = None
) -> dict[str, str]:
    """Everything that a text may name; `limit` is the main one unless the notice is about another."""
    notices = load_notices()
    limit = limit or main_limit(case, calendar, today)
    day = limit.date if limit else None
    found = {
        "number": case.number,
        "what": notices.word("what", case.kind),
        "due": say_day(day, today) + ("（暂定）" if limit and limit.provisional else ""),
        "left": str(working_days_left(today, day, calendar)) if day else "",
        "overdue_since": _since(day, today),
        "overdue_law": notices.word("overdue_law", case.kind),
        "number_12315": case.number_12315,
        "unit": case.unit,
    }
    return found | _limit_words(notices, limit) | _event_words(notices, case, event) | _dates(case, today)


def _limit_words(notices: Notices, limit: Deadline | None) -> dict[str, str]:
    rule = limit.rule if limit else ""
    return {
        "deed": notices.word("deed", rule, "办理"),
        "explanation": explain(limit, notices.word("began", rule, "开始")) if limit else "",
        "limit": rule_title(rule),
        "limit_hint": notices.word("limit_hints", rule, "请马上办理。"),
    }


def rule_title(rule: str) -> str:
    """The plain name of a statutory limit."""
    return next((found.title for found in load_rules() if found.id == rule), "")


def _event_words(notices: Notices, case: Case, event: Happened | None) -> dict[str, str]:
    data: Mapping[str, object] = event.data if event else {}
    ground = notices.word("ground", str(data.get("outcome", "")))
    return {
        "days": str(data.get("days", "")),
        "reason": _written(data.get("reason")),
        "why": _written(data.get("why")),
        "ground": ground,
        "outcome": notices.word("outcome", case.outcome, _written(data.get("outcome"))),
        "how": _written(data.get("how")) or _how(notices, case),
        "remedies": _remedies(notices, case),
    }


def _dates(case: Case, today: date) -> dict[str, str]:
    asked, fixed, when = (
        case.last("correction_requested"),
        case.last("mediation_scheduled"),
        mediation_when(case),
    )
    until = correction_until(case)
    return {
        "until": say_day(until, today) if until else _written(asked.data.get("until") if asked else ""),
        "when": say_moment(when) if when else _written(fixed.data.get("when") if fixed else ""),
        "where": _written(fixed.data.get("where") if fixed else ""),
        "items": _written(asked.data.get("items") if asked else ""),
    }


def _written(value: object) -> str:
    """What a clerk wrote: a text, or a list of points."""
    if isinstance(value, list | tuple):
        return "\n".join(f"{n} {_written(point)}" for n, point in enumerate(value, 1))
    return str(value or "").strip()[:LONGEST]


def _since(day: date | None, today: date) -> str:
    if day is None:
        return ""
    return "昨天" if (today - day).days == 1 else f"{day.month}月{day.day}日"


def _how(notices: Notices, case: Case) -> str:
    given = notices.words["remedies"]["given"]
    return notices.word("how", "default") if case.outcome in given else ""


def _remedies(notices: Notices, case: Case) -> str:
    """Reconsideration comes first where information is refused (行政复议法 art. 23(1)(4))."""
    refused = case.outcome in notices.words["remedies"]["refusals"]
    return notices.word("remedies", "first" if refused else "either")
