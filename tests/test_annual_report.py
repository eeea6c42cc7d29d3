"""The annual report: a hand-checked list of cases, and a simulated year that has to add up."""

import random
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from bot.report.cells import safe
from bot.report.workbook import workbook
from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.store.figures import Figures
from bot.vault import Vault
from handlers.annual.layout import lines
from handlers.annual.table3 import COLUMNS, KINDS, Fact, labels, table3
from handlers.annual.table4 import Remedy, table4
from handlers.cases.lifecycle import record
from handlers.cases.model import Case, Happened
from handlers.ports import Filing, VersionConflictError
from knowledge.calendar import load_calendar
from knowledge.law import Law

CALENDAR = load_calendar()
YEAR = 2026

# number in the list, kind of applicant, received, closed, outcome, what the answer said → row and column
BY_HAND: list[tuple[str, str, str, str, dict[str, str], str]] = [
    ("natural", "2025-12-30", "2026-01-15", "GRANT", {}, "granted"),  # carried in
    ("natural", "2025-11-03", "2025-12-01", "GRANT", {}, ""),  # last year's, over
    ("natural", "2026-01-05", "2026-01-20", "ALREADY_PUBLIC", {}, "granted"),
    ("natural", "2026-02-02", "2026-02-20", "PARTIAL", {}, "partial"),
    ("商业企业", "2026-02-03", "2026-02-24", "DENY", {"ground": "15", "reason": "商业秘密"}, "d4"),
    ("商业企业", "2026-03-02", "2026-03-20", "DENY", {"ground": "16(2)", "reason": "过程稿"}, "d6"),
    (
        "法律服务机构",
        "2026-03-03",
        "2026-03-20",
        "DENY",
        {"ground": "16(2)", "reason": "行政执法案卷信息"},
        "d7",
    ),
    ("natural", "2026-03-04", "2026-03-23", "DENY", {"ground": "14", "reason": "国家秘密"}, "d1"),
    ("natural", "2026-03-05", "2026-03-24", "DENY", {"ground": "14", "reason": "公开后危及公共安全"}, "d3"),
    ("natural", "2026-03-06", "2026-03-25", "DENY", {"ground": "16(1)", "reason": "人事管理"}, "d5"),
    ("科研机构", "2026-04-01", "2026-04-20", "SPECIAL_REGISTER", {}, "d8"),
    ("natural", "2026-04-02", "2026-04-21", "NOT_EXIST", {}, "u1"),
    ("natural", "2026-04-03", "2026-04-22", "NOT_THIS_AGENCY", {}, "u1"),
    ("社会公益组织", "2026-05-06", "2026-05-25", "NEEDS_PROCESSING", {}, "u2"),
    ("其他", "2026-06-01", "2026-06-18", "PETITION_OR_COMPLAINT", {}, "n1"),
    ("natural", "2026-06-02", "2026-06-18", "REPEAT", {}, "n2"),
    ("natural", "2026-12-21", "", "", {}, "carried_out"),
    ("natural", "2026-12-22", "2027-01-12", "GRANT", {}, "carried_out"),
    ("natural", "2027-01-04", "2027-01-15", "GRANT", {}, ""),  # next year's
]


def moment(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T10:00:00+08:00")


async def filed(store: CaseStore, draft: str, applicant: str, received: str) -> Case:
    at = moment(received)
    confirmed = Happened(type="applicant_confirmed", at=at, by="applicant")
    filing = Filing(
        draft=draft, kind="disclosure", filer=f"o{draft}", answers={"name": "马小明"}, at=at,
        applicant=applicant, events=(confirmed,),
    )  # fmt: skip
    case = (await store.submit(filing)).case
    return await happened(store, case, "bureau_confirmed", received)


async def happened(store: CaseStore, case: Case, type: str, day: str, **data: Any) -> Case:
    event = Happened(type=type, at=moment(day), by="staff:1", data=data)
    after = record(case, event, CALENDAR, date.fromisoformat(day))
    await store.append(after, [event])
    return after


async def test_the_list_checked_by_hand(database: Database, vault: Vault, case_store: CaseStore) -> None:
    numbers: dict[str, str] = {}
    for index, (applicant, received, closed, outcome, data, row) in enumerate(BY_HAND):
        case = await filed(case_store, str(index), applicant, received)
        if closed:
            await happened(case_store, case, "answered", closed, outcome=outcome, **data)
        numbers[case.number] = row
    withdrawn = await filed(case_store, "w", "natural", "2026-07-01")
    await happened(case_store, withdrawn, "withdrawn", "2026-07-03")
    asked = await filed(case_store, "c", "natural", "2026-08-03")
    asked = await happened(
        case_store, asked, "correction_requested", "2026-08-05", items="范围", until="2026-08-20"
    )
    await happened(case_store, asked, "abandoned", "2026-08-28")
    numbers |= {withdrawn.number: "o3", asked.number: "o1"}

    table = table3(YEAR, await Figures(database, vault).facts(YEAR))

    assert table.unbalanced() == ()
    for number, row in numbers.items():
        places = {key for key in labels() if number in table.cases[key]["total"]}
        assert places - {"new", "carried_in", "total"} == ({row} if row else set()), number
    totals = {key: table.count(key, "total") for key in ("new", "carried_in", "total", "carried_out")}
    assert totals == {"new": 18, "carried_in": 1, "total": 17, "carried_out": 2}
    assert {c: table.count("total", c) for c in COLUMNS} == {
        "natural": 11,
        "商业企业": 2,
        "科研机构": 1,
        "社会公益组织": 1,
        "法律服务机构": 1,
        "其他": 1,
        "total": 17,
    }
    assert table.count("granted", "natural") == 2
    assert table.count("u1", "natural") == 2


@pytest.mark.parametrize("seed", range(5))
def test_a_simulated_year_adds_up_in_every_column_of_three_reports(seed: int) -> None:
    dice = random.Random(seed)
    outcomes = [item["code"] for item in Law().data["disclosure"]["outcomes"]]
    outcomes += ["withdrawn", "abandoned", "something new"]
    facts = []
    for number in range(400):
        received = date(2025, 1, 1) + timedelta(days=dice.randrange(3 * 365))
        closed = received + timedelta(days=dice.randrange(60)) if dice.random() < 0.9 else None
        facts.append(
            Fact(
                f"XK{number}", dice.choice([*KINDS, "", "没听说过"]), received, closed, dice.choice(outcomes)
            )
        )
    tables = {year: table3(year, facts) for year in (2025, 2026, 2027)}
    for table in tables.values():
        assert table.unbalanced() == ()
        for row in labels():
            assert sum(table.count(row, c) for c in KINDS) == table.count(row, "total")
        ends = [row for row in labels() if row not in ("new", "carried_in", "total", "carried_out")]
        assert sum(table.count(row, "total") for row in ends) == table.count("total", "total")
    # What one year hands on the next one takes over, case by case.
    for year in (2025, 2026):
        assert tables[year].cases["carried_out"] == tables[year + 1].cases["carried_in"]


def test_every_outcome_of_the_law_has_the_row_that_the_law_names() -> None:
    groups = {"granted": "(一)", "partial": "(二)", "d": "(三)", "u": "(四)", "n": "(五)", "o": "(六)"}
    own = {
        key: groups.get(key) or groups[key[0]] + key[1] for key in labels() if key in groups or len(key) == 2
    }
    for outcome in Law().data["disclosure"]["outcomes"]:
        if outcome["code"] == "DENY":
            continue
        fact = Fact("XK1", "natural", date(2026, 1, 5), date(2026, 2, 1), outcome["code"])
        table = table3(2026, [fact])
        row = next(key for key in labels() if key not in ("new", "total") and table.count(key, "total"))
        assert outcome["report_row"].startswith(own[row]), outcome["code"]


def test_the_workbook_has_the_official_lines_and_the_figures_of_the_table() -> None:
    facts = [Fact("XK1", "natural", date(2026, 1, 5), date(2026, 2, 1), "GRANT"),
             Fact("XK2", "商业企业", date(2026, 1, 5), None)]  # fmt: skip
    remedies = [Remedy(1, "XK1", "review", "upheld", date(2026, 3, 1), date(2026, 5, 1))]
    book = load_workbook(BytesIO(workbook(table3(2026, facts), table4(2026, remedies))))
    sheet = book["表三"]
    words = [
        sheet.cell(row, 3).value or sheet.cell(row, 2).value or sheet.cell(row, 1).value
        for row in range(5, 30)
    ]
    assert len(lines()) == 25
    assert all(
        line.item in str(word) or line.group == word for line, word in zip(lines(), words, strict=True)
    )
    figures = {line.key: [sheet.cell(row, column).value for column in range(4, 11)]
               for row, line in enumerate(lines(), start=5)}  # fmt: skip
    assert figures["new"] == [1, 1, 0, 0, 0, 0, 2]
    assert figures["granted"] == [1, 0, 0, 0, 0, 0, 1]
    assert figures["carried_out"] == [0, 1, 0, 0, 0, 0, 1]
    assert [book["表四"].cell(5, column).value for column in range(1, 6)] == [1, 0, 0, 0, 1]


def test_table4_counts_what_ended_and_what_is_open_at_the_end() -> None:
    remedies = [
        Remedy(1, "", "review", "upheld", date(2025, 11, 1), date(2026, 1, 10)),
        Remedy(2, "", "review", "corrected", date(2026, 2, 1), date(2027, 1, 5)),
        Remedy(3, "", "suit_direct", "", date(2026, 2, 1), None),
        Remedy(4, "", "suit_after_review", "other", date(2025, 2, 1), date(2025, 6, 1)),
    ]
    table = table4(2026, remedies)
    assert [table.count("review", c) for c in ("upheld", "corrected", "pending", "total")] == [1, 0, 1, 2]
    assert table.count("suit_direct", "pending") == 1
    assert table.count("suit_after_review", "total") == 0


async def test_two_clerks_who_correct_the_same_review(database: Database, vault: Vault) -> None:
    figures, now = Figures(database, vault), moment("2026-05-01")
    await figures.add_remedy(Remedy(0, "XK1", "review", "", date(2026, 3, 1), None), "a", now)
    (first,) = await figures.remedies()
    ended = Remedy(first.id, "XK1", "review", "upheld", first.opened, date(2026, 5, 1), "", first.version)
    await figures.change_remedy(ended, "a", now)
    with pytest.raises(VersionConflictError):
        await figures.change_remedy(ended, "b", now)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+86 139",
        "-cmd|' /C calc'!A0",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1+1",
        "＝1+1",
        "　=HYPERLINK(1)",
    ],
)
def test_no_cell_is_a_formula(text: str) -> None:
    assert str(safe(text)).startswith("'")


def test_numbers_and_words_stay_as_they_are() -> None:
    assert [safe(value) for value in (3, -2.5, "-3", "马小明", None, "a\x00b")] == [
        3,
        -2.5,
        "-3",
        "马小明",
        "",
        "ab",
    ]
