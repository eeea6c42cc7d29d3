"""What a clerk has to say for an action: its fields, their choices, and what was entered."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from bot.staff.acting import law
from config.actions import Action, ActionField
from config.notices import load_notices
from config.papers import Paper, load_papers
from handlers.annual.layout import lines
from handlers.annual.table3 import REFUSALS, rows_for
from handlers.cases.model import Case
from knowledge.articles import article_label

BUREAU = "市场监督管理局"
CODE = re.compile(r"[A-Za-z0-9-]{4,40}")
REPORT_ROW = ActionField(
    key="report_row",
    label="计入年度报告",
    kind="choice",
    options="report_rows",
    hint="年度报告表三“不予公开”分成几种，要和上面的依据对得上。只用来统计，不告诉申请人。",
)
PAPER_KINDS = {
    "date": "date",
    "moment": "moment",
    "refusal": "choice",
    "termination": "choice",
    "ground": "choice",
}


def _named(paper: Paper) -> str:
    """A kind of answer, with its article."""
    article = article_label(paper.law, paper.article)
    lead = "予以公开：" if paper.outcome == "GRANT" else ""  # its title alone does not say so
    return f"{lead}{paper.title}（{article}）" if article else paper.title


class MissingError(ValueError):
    """What the clerk entered does not do; the message says what is wrong with which field."""


def fields_of(action: Action, case: Case, outcome: str = "") -> tuple[ActionField, ...]:
    """The action's own fields, then what the papers of the event want said besides."""
    known = {field.key for field in action.fields}
    event = action.allowed_while if action.id == "draft_answer" else action.records
    more: dict[str, ActionField] = {}
    for paper in _papers(case, event, outcome):
        for field in paper.fields:
            if field.key not in known and field.key not in more:
                more[field.key] = _from_paper(field.key, paper)
    counted = (REPORT_ROW,) if event == "answered" and len(rows_for(outcome)) > 1 else ()
    return (*action.fields, *more.values(), *counted)


def _papers(case: Case, event: str, outcome: str) -> list[Paper]:
    found = [paper for paper in load_papers().values() if paper.event == event and case.kind in paper.kinds]
    return [paper for paper in found if not paper.outcome or paper.outcome == outcome]


def _from_paper(key: str, paper: Paper) -> ActionField:
    field = next(field for field in paper.fields if field.key == key)
    kind: Any = PAPER_KINDS.get(field.kind, "area" if field.long else "text")
    default = "" if "{{" in field.default else field.default
    return ActionField(
        key=key,
        label=field.name,
        kind=kind,
        # What only the paper wants can still be said when the paper is made.
        required=field.required and bool(paper.outcome) and not default,
        hint=field.hint or (f"用在《{paper.title}》里" if not paper.outcome else ""),
        options="grounds" if field.kind == "ground" else "",
        default=default,
    )


def options_of(field: ActionField, case: Case, people: Mapping[str, str]) -> dict[str, str]:
    """The choices of a field, by code."""
    if field.kind == "person":
        return dict(people)
    return _choices(case.kind).get(field.options or field.suggest, {})


@cache
def _choices(kind: str) -> dict[str, dict[str, str]]:
    data, ground = law().data, load_notices().words["ground"]
    answers = [paper for paper in load_papers().values() if paper.event == "answered" and kind in paper.kinds]
    return {
        "outcomes": {paper.outcome: _named(paper) for paper in answers},
        "refusals": {
            code: f"第十六条第{code[1:]}项：{text}" for code, text in ground.items() if code[0] == "R"
        },
        "terminations": {code: f"第{code[1:]}项：{text}" for code, text in ground.items() if code[0] == "T"},
        "decisions": {name: name for name in ("给予行政处罚", "不予行政处罚", "移送有关机关", "撤销案件")},
        "opinions": {name: name for name in ("同意公开", "部分同意公开", "不同意公开")},
        "grounds": {
            item["article"]: f"{article_label('TL', item['article'])}：{item['quote']}"
            for item in data["disclosure"]["exemptions"]
        },
        "report_rows": {line.key: line.item for line in lines() if line.key in REFUSALS},
        "bureaus": {item["name"] + BUREAU: item["name"] for item in data["divisions"]},
    }


def entered(fields: Iterable[ActionField], said: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """The event's data from what was typed.

    Raises:
        MissingError: a field is empty or is no date, number …
    """
    data: dict[str, Any] = {}
    for field in fields:
        text = said.get(field.key, "").strip()
        if not text and field.required:
            raise MissingError(f"请填写“{field.label}”。")
        if text:
            data[field.key] = _read(field, text, now)
    return data


def _read(field: ActionField, text: str, now: datetime) -> Any:
    try:
        if field.kind == "days":
            return int(text)
        if field.kind == "date":
            when = date.fromisoformat(text)
            _check_future(field, past=when <= now.date())
            return when.isoformat()
        if field.kind == "moment":
            moment = datetime.fromisoformat(text)
            _check_future(field, past=moment.replace(tzinfo=now.tzinfo) <= now)
            return moment.isoformat(timespec="minutes")
    except MissingError:
        raise
    except ValueError:
        raise MissingError(f"“{field.label}”没看懂，请再填一次。") from None
    if field.kind == "code" and not CODE.fullmatch(text):
        raise MissingError(f"“{field.label}”只有字母和数字，请核对。")
    return text


def _check_future(field: ActionField, *, past: bool) -> None:
    if field.future and past:
        raise MissingError(f"“{field.label}”要在今天以后。")


def chosen(
    fields: Iterable[ActionField], data: Mapping[str, Any], case: Case, people: Mapping[str, str]
) -> None:
    """Check that what was chosen is one of the choices.

    Raises:
        MissingError: it is not.
    """
    for field in fields:
        listed = field.kind in ("choice", "person") and field.key in data
        if listed and data[field.key] not in options_of(field, case, people):
            raise MissingError(f"请重新选择“{field.label}”。")
    if REPORT_ROW.key in data:
        _check_report_row(data, options_of(REPORT_ROW, case, people))


def _check_report_row(data: Mapping[str, Any], names: Mapping[str, str]) -> None:
    ground = str(data.get("ground", ""))
    possible = rows_for(str(data.get("outcome", "")), ground)
    if data[REPORT_ROW.key] not in possible:
        fitting = "”“".join(names[row] for row in possible)
        raise MissingError(f"依据是{article_label('TL', ground)}，“{REPORT_ROW.label}”只能选“{fitting}”。")


def dated(text: str, today: date, earliest: date | None) -> dict[str, str]:
    """The day on which it happened, if it was not today. `earliest`: the day of the step before.

    Raises:
        MissingError: not a day, one to come, or one before the step that it follows.
    """
    if not text or text == today.isoformat():
        return {}
    try:
        when = date.fromisoformat(text)
    except ValueError:
        raise MissingError("发生的日子没看懂，请再填一次。") from None
    if when > today:
        raise MissingError("发生的日子不能在今天以后。")
    if earliest and when < earliest:
        raise MissingError(f"发生的日子不能早于上一步（{earliest.isoformat()}）。")
    return {"date": when.isoformat()}


def paper_choices(kind: str) -> dict[str, str]:
    """The codes of the law that a paper's field of this kind may name."""
    names = {"ground": "grounds", "refusal": "refusals", "termination": "terminations"}
    return _choices("disclosure").get(names.get(kind, ""), {})
