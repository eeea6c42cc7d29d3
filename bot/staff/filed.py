"""What was filed in a case, as clerks read it: labels of the form, personal data masked until asked for."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from bot.papers.words import mask_address, mask_mail, mask_name, mask_text
from bot.staff.format import EVENTS
from config.forms import FieldText
from config.notices import load_notices
from handlers.annual.layout import lines
from handlers.cases.model import Case
from handlers.forms.checks.masks import mask_paper, mask_phone
from handlers.forms.registry import form_spec
from knowledge.articles import article_label

_ROWS = {line.key: line.label for line in lines()}
# How an answer is masked; everything else is text in which numbers and addresses are hidden.
_MASKS = {
    "name": mask_name, "legal_rep": mask_name, "contact": mask_name, "agent_name": mask_name,
    "signature": mask_name, "phone": mask_phone, "org_phone": mask_phone, "agent_phone": mask_phone,
    "fax": mask_phone, "org_fax": mask_phone, "id_no": mask_paper, "uscc": mask_paper, "email": mask_mail,
    "org_email": mask_mail, "address": mask_address, "org_address": mask_address, "employer": mask_name,
    "representatives": mask_name, "who": mask_name,
}  # fmt: skip
# Answers that have no question of their own in the form (the identity paper is asked for in one).
_LABELS = {
    "id_type": "证件名称", "id_no": "证件号码", "applicant": "申请人类别", "signature": "签名",
    "date": "填表日期", "name": "姓名", "delivery": "获取方式", "text": "内容", "channel": "收到方式",
}  # fmt: skip
# The form's own checks; they say nothing about the case.
_LEFT_OUT = frozenset({"precheck", "evidence", "anyway_own_use", "anyway_three_years", "anyway_first_time"})


@dataclass(frozen=True, slots=True)
class Filed:
    """One answer."""

    key: str
    label: str
    text: str


def filed(case: Case, *, masked: bool) -> tuple[Filed, ...]:
    """Every answer of the case, in the form's order."""
    if case.erased:
        return ()
    texts = form_spec(case.kind).text.fields
    answers = {**case.answers, **_changed(case)}
    order = [*(key for key in texts if key in answers), *(key for key in answers if key not in texts)]
    shown = [(key, _shown(texts.get(key), key, answers[key], masked=masked)) for key in order]
    return tuple(
        Filed(key, _label(texts.get(key), key), text) for key, text in shown if text and key not in _LEFT_OUT
    )


def value(case: Case, key: str) -> str:
    """One answer in full, choices in the words of the official form."""
    return _shown(None, key, case.answers.get(key), masked=False)


def _changed(case: Case) -> dict[str, Any]:
    event = case.last("material_added")
    changed = event.data.get("changed") if event else None
    return changed if isinstance(changed, dict) else {}


def _label(text: FieldText | None, key: str) -> str:
    return _LABELS.get(key) or (text.label if text else key)


def _shown(text: FieldText | None, key: str, value: Any, *, masked: bool) -> str:
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return "、".join(_shown(text, key, item, masked=masked) for item in value)
    if isinstance(value, dict):
        return "；".join(f"{name}：{_shown(None, name, item, masked=masked)}" for name, item in value.items())
    shown = next((o.shown for o in text.options if o.key == value), str(value)) if text else str(value)
    return _MASKS.get(key, mask_text)(shown) if masked else shown


def event_facts(data: dict[str, Any], *, masked: bool) -> tuple[Filed, ...]:
    """What an event says, for the history."""
    left_out = {"answers", "changed", "proposes", "returns", "date"}
    shown = [(key, _shown(None, key, _words(key, value), masked=masked)) for key, value in data.items()]
    return tuple(
        Filed(key, EVENT_LABELS.get(key, _LABELS.get(key, key)), text)
        for key, text in shown
        if text and key not in left_out
    )


@cache
def outcomes() -> dict[str, str]:
    """How a case may end, by code: an answer, a ground, or the event that closed it."""
    words = load_notices().words
    return {**EVENTS, **words["ground"], **words["outcome"]}


def _words(key: str, value: Any) -> Any:
    """Codes as clerks read them."""
    if key == "outcome":
        return outcomes().get(str(value), value)
    if key == "ground":
        return article_label("TL", str(value)) or value
    return _ROWS.get(str(value), value) if key == "report_row" else value


EVENT_LABELS = {
    "days": "天数", "reason": "理由", "approved_by": "批准人", "items": "要补正的内容", "until": "最晚补正",
    "who": "第三方", "opinion": "意见", "unit": "单位", "with_units": "协办", "outcome": "结果",
    "number": "12315编号", "when": "时间", "where": "地点", "assignee": "承办人", "text": "内容",
    "by": "由谁", "old": "原来日期", "new": "现在日期", "provisional": "暂定", "why": "原因",
    "content": "涉及内容", "info": "提供内容", "ground": "依据", "fee": "收费说明",
    "search": "检索情况", "agency": "负责机关",
    "agency_contact": "联系方式", "report_row": "计入年度报告", "terms": "协议内容",
    "level": "通知程度", "rating": "评价",
}  # fmt: skip
