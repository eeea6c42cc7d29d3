"""The row of the annual report: chosen with a refusal, checked on the server, and the figures follow it."""

import pytest

from bot.store.figures import Figures
from handlers.annual.table3 import labels, row_of, rows_for, table3
from handlers.cases.model import Case
from knowledge.law import Law
from tests.staff_cases import received
from tests.staff_lab import Person, Site, texts
from tests.test_staff_cases import do

REASON = "公开后可能危及公共安全"


async def row_in_report(site: Site, case: Case) -> set[str]:
    """The rows of table 3 that the case stands in, by the record."""
    facts = await Figures(site.console.database, site.console.vault).facts(2026)
    found = table3(2026, facts)
    return {row for row in labels() if case.number in found.cases[row]["total"]} - {"new", "total"}


async def refused(person: Person, case: Case, action: str = "answered", **said: str) -> int:
    return (await do(person, case.number, action, outcome="DENY", reason=REASON, **said)).status


async def test_the_clerk_chooses_and_the_figures_follow(site: Site) -> None:
    head = await site.clerk("head1", "head")
    case = await received(site)
    form = await head.get(f"/staff/cases/{case.number}/do/answered?outcome=DENY")
    assert texts(form, "计入年度报告", "3.危及“三安全一稳定”", "7.属于行政执法案卷") == []
    assert "8.属于行政查询事项" not in form.text
    # By its words it would be 3, the clerk says 2.
    assert row_of("DENY", {"ground": "14", "reason": REASON}) == "d3"
    assert await refused(head, case, ground="14", report_row="d2") == 200
    assert await row_in_report(site, case) == {"d2"}
    page = await head.get("/staff/numbers/report/cell?year=2026&row=d2&column=natural")
    assert case.number in page.text
    assert "2.其他法律行政法规禁止公开" in (await head.get(f"/staff/cases/{case.number}")).text


@pytest.mark.parametrize(
    "said",
    [
        {"ground": "14"},  # nothing chosen
        {"ground": "14", "report_row": "d4"},  # the row of another article
        {"ground": "15", "report_row": "d1"},
        {"ground": "16(1)", "report_row": "d6"},
        {"ground": "16(2)", "report_row": "d5"},
        {"ground": "16(2)", "report_row": "d8"},  # not a refusal's
        {"ground": "14", "report_row": "granted"},
        {"ground": "14", "report_row": "total"},
    ],
)
async def test_what_does_not_fit_the_ground_is_refused(site: Site, said: dict[str, str]) -> None:
    head, case = await site.clerk("head1", "head"), await received(site)
    assert await refused(head, case, **said) == 422
    # Nor does it get past the preview.
    form = await head.get(f"/staff/cases/{case.number}/do/answered?outcome=DENY")
    version = form.text.partition('name="version" value="')[2].partition('"')[0]
    path = f"/staff/cases/{case.number}/do/answered"
    answer = await head.post(path, {"version": version, "outcome": "DENY", "reason": REASON, **said})
    assert answer.status == 422
    assert (await site.console.parts.cases.find(case.number) or case).open


async def test_what_the_handler_drafted_stands_in_the_heads_form(site: Site) -> None:
    handler, head = await site.clerk("han1", "handler"), await site.clerk("head1", "head")
    case = await received(site)
    assert await refused(handler, case, "draft_answer", ground="16(2)", report_row="d7") == 200
    form = await head.get(f"/staff/cases/{case.number}/do/answered")
    assert '<option value="d7" selected>' in form.text


async def test_other_answers_ask_for_no_row(site: Site) -> None:
    head, case = await site.clerk("head1", "head"), await received(site)
    form = await head.get(f"/staff/cases/{case.number}/do/answered?outcome=NOT_EXIST")
    assert form.status == 200
    assert "计入年度报告" not in form.text


def test_only_a_refusal_has_several_rows() -> None:
    outcomes = [item["code"] for item in Law().data["disclosure"]["outcomes"]]
    assert [code for code in outcomes if len(rows_for(code)) > 1] == ["DENY"]
    rows = {row for ground in ("14", "15", "16(1)", "16(2)") for row in rows_for("DENY", ground)}
    assert rows == set(rows_for("DENY")) == {f"d{number}" for number in range(1, 8)}
    named = [item["article"] for item in Law().data["disclosure"]["exemptions"]]
    assert all(rows_for("DENY", article) != rows_for("DENY") for article in named)
