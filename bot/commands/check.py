"""`python -m bot check`: look through the knowledge and the data files; exit 1 if anything is wrong."""

import argparse
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.calendar_check import calendar_findings
from knowledge import documents, law, load
from knowledge.check import Finding, Level, findings

LEVELS: tuple[tuple[Level, str], ...] = (("error", "错误"), ("warning", "注意"), ("note", "说明"))
MOST = 200  # lines shown a level

# What is checked beside the knowledge itself; each takes the day and yields findings.
OTHER_CHECKS: tuple[Callable[[date], Iterable[Finding]], ...] = (calendar_findings,)


def run(argv: list[str]) -> int:
    """Print what was found, worst first. Returns 1 if there is an error, else 0."""
    parser = argparse.ArgumentParser(prog="bot check", description=__doc__)
    parser.add_argument("--knowledge", type=Path, default=documents.FOLDER, help="folder of the knowledge")
    parser.add_argument("--law", type=Path, default=law.FOLDER, help="folder of the law data")
    parser.add_argument("--today", type=date.fromisoformat, default=_today(), help="day to check for")
    parser.add_argument("--quiet", action="store_true", help="errors and the closing line only")
    args = parser.parse_args(argv)
    found, size = _look_through(args.knowledge, args.law, args.today)
    for level, name in LEVELS:
        of_level = [finding for finding in found if finding.level == level]
        if of_level and not (args.quiet and level != "error"):
            _show(name, of_level)
    counts = "，".join(f"{name}{sum(one.level == level for one in found)}" for level, name in LEVELS)
    print(f"检查完毕：{size}。{counts}。")
    return int(any(finding.level == "error" for finding in found))


def _today() -> date:
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def _look_through(folder: Path, law_folder: Path, today: date) -> tuple[list[Finding], str]:
    """All findings, and what was looked at. A file that cannot be read is a finding too."""
    others = [finding for check in OTHER_CHECKS for finding in check(today)]
    try:
        knowledge = load(folder, law_folder)
    except ValueError as error:  # EntryError, DocumentError, LawError: the message names the file
        return [Finding("error", "读取", str(error)), *others], "知识没能读进来"
    wordings = sum(len(entry.wordings) for entry in knowledge.entries.values())
    size = f"{len(knowledge.entries)}个条目，{wordings}种问法，{len(knowledge.documents)}份文件"
    return findings(knowledge, today) + others, size


def _show(name: str, found: list[Finding]) -> None:
    print(f"{name}（{len(found)}）")
    for finding in found[:MOST]:
        print(f"  {finding.where}：{finding.text}")
    if len(found) > MOST:
        print(f"  ……还有{len(found) - MOST}条")
