"""How far the known working-day calendar reaches, and when that becomes a matter for somebody."""

from datetime import date, timedelta

from knowledge.calendar import Calendar
from knowledge.check import Finding

WARN = timedelta(days=60)  # an open case may run for longer than this
WHERE = "日历"


def reach_findings(calendar: Calendar, today: date, past: int = 0) -> list[Finding]:
    """What to say on `today`; `past` is how many open cases are due beyond the known years."""
    reach = calendar.reach
    year = reach.year + 1
    known = f"放假安排已知到{reach.year}年底"
    if not past and reach - today > WARN:
        return [Finding("note", WHERE, f"{known}。")]
    if reach < today:
        return [
            Finding(
                "error", WHERE, f"{known}，今天已不在其中：现在算出的日期都是暂定的，请录入{year}年的安排。"
            )
        ]
    text = f"{known}，还有{(reach - today).days}天；跨入{year}年的期限都是暂定的。"
    cases = f"现有{past}件办理中的案件到期日在{year}年以后。" if past else ""
    todo = f"国务院公布后请录入（控制台，或 python -m bot calendar add {year}.json）。"
    return [Finding("warning", WHERE, text + cases + todo)]
