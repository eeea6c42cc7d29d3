"""`python -m bot report --year 2026`: tables 3 and 4 of the annual report, on screen and as .xlsx."""

import argparse
import asyncio
import unicodedata
from datetime import datetime
from pathlib import Path

from bot.clock import SHANGHAI
from bot.report.workbook import workbook
from bot.store.database import Database
from bot.store.figures import Figures
from bot.vault import Vault
from config.settings import Settings
from handlers.annual import table3, table4
from handlers.annual.layout import lines
from handlers.annual.table3 import Table3
from handlers.annual.table4 import Table4


def run(argv: list[str]) -> int:
    """Print the tables; with --out write the workbook. Returns 1 if a column does not add up."""
    parser = argparse.ArgumentParser(prog="bot report", description=__doc__)
    parser.add_argument("--year", type=int, default=datetime.now(SHANGHAI).year)
    parser.add_argument("--out", type=Path, help="write the workbook here (.xlsx)")
    parser.add_argument("--cases", action="store_true", help="the numbers of the cases behind each figure")
    args = parser.parse_args(argv)
    third, fourth = asyncio.run(_tables(Settings(), args.year))
    _print3(third, with_cases=args.cases)
    _print4(fourth)
    if args.out:
        args.out.write_bytes(workbook(third, fourth))
        print(f"已写入 {args.out}")
    wrong = third.unbalanced()
    names = "、".join(table3.COLUMNS[column] for column in wrong)
    print(f"勾稽关系不平：{names}" if wrong else "勾稽关系：每列 新收＋上年结转＝总计＋结转下年，平。")
    return int(bool(wrong))


async def _tables(settings: Settings, year: int) -> tuple[Table3, Table4]:
    database = Database(settings.sql_url)
    try:
        await database.migrate()
        figures = Figures(database, Vault.open(settings))
        facts, remedies = await figures.facts(year), await figures.remedies()
    finally:
        await database.close()
    return table3.table3(year, facts), table4.table4(year, remedies)


def _print3(table: Table3, *, with_cases: bool) -> None:
    print(f"三、收到和处理政府信息公开申请情况（{table.year}年）")
    print(_wide("", 66) + "".join(_wide(name, 14) for name in table3.COLUMNS.values()))
    for line in lines():
        cells = "".join(_wide(str(table.count(line.key, column)), 14) for column in table3.COLUMNS)
        print(_wide(line.label[:32], 66) + cells)
        if with_cases and (numbers := table.cases[line.key]["total"]):
            print("    " + " ".join(numbers))


def _print4(table: Table4) -> None:
    print(f"四、政府信息公开行政复议、行政诉讼情况（{table.year}年）")
    for kind, name in table4.KINDS.items():
        cells = "  ".join(f"{label}{table.count(kind, code)}" for code, label in table4.COLUMNS.items())
        print(f"{_wide(name, 20)}{cells}")


def _wide(text: str, width: int) -> str:
    """Padded to `width` columns of a terminal: Chinese characters take two."""
    taken = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return text + " " * max(width - taken, 1)
