"""What a template's placeholders stand for: the case, the answers, the bureau, and what the clerk says."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from bot.papers.names import OF_ORGANISATION, PICTURES, SLOTS, TICKS, YES_NO, answer
from bot.papers.render import sentence
from bot.papers.words import BLANK, day_from, in_chinese, mask_name, mask_text, moment_from, ticked, yes_no
from config.papers import Paper, PaperField, load_common
from handlers.cases.model import SHANGHAI, Case
from handlers.forms.checks.masks import mask_paper
from knowledge.articles import article_label
from knowledge.law import Law

KIND = {"disclosure": "政府信息公开申请", "complaint": "投诉", "report": "举报"}
PROVISIONAL = "（遇放假安排公布可能调整，以届时通知为准）"
ONLINE = "（网上提交，{day}由本人在微信中核对确认）"

# Placeholders beside those of names.py, for docs/papers.md.
FACTS = {
    "编号": "本局的编号",
    "类别": "政府信息公开申请、投诉、举报",
    "平台编号": "全国12315平台的编号",
    "提交日期": "提交的日期",
    "收到日期": "收到申请（投诉、举报）之日",
    "受理日期": "投诉受理之日",
    "答复期限": "现在计算的期限最后一天",
    "期限说明": "期限会不会因放假安排变动；不会就是空的",
    "补正告知日期": "告知补正的日期",
    "申请人": "申请人姓名，或者单位名称",
    "投诉人": "投诉人姓名",
    "举报人": "举报人姓名；匿名的写“举报人”",
    "提交人": "申请人、投诉人或者举报人",
    "证件名称": "身份证件的名称",
    "证件号码": "身份证件的号码",
    "签名": "网上提交的，说明本人已确认；纸面的空着",
    "今天": "制作文书的日期",
    "机关名称": "本机关名称",
    "机关电话": "办公室电话",
    "机关传真": "传真号码",
    "机关邮箱": "电子邮箱",
    "机关邮编": "邮政编码",
    "机关地址": "办公室地址",
    "复议机关": "行政复议机关",
}


def values(
    paper: Paper, case: Case, extra: Mapping[str, Any], today: date, *, masked: bool
) -> dict[str, Any]:
    """Every placeholder's text. An answer not given is empty; a gap in a letter is a line to write on."""
    found: dict[str, Any] = {**_bureau(today), **_dates(case, masked=masked), **_answers(case, masked=masked)}
    found |= _people(case, found)
    for field in paper.fields:
        found[field.name] = _said(field, paper, case, extra, found)
    if masked:
        found |= {field.name: mask_text(found[field.name]) for field in paper.fields}
    if paper.role != "letter":  # a box that stays empty is room enough to write
        found = {name: "" if text == BLANK else text for name, text in found.items()}
    return found


def _bureau(today: date) -> dict[str, str]:
    bureau = load_common().bureau
    return {
        "今天": in_chinese(today),
        "机关名称": bureau.name,
        "机关电话": bureau.phone,
        "机关传真": bureau.fax,
        "机关邮箱": bureau.mailbox,
        "机关邮编": bureau.postcode,
        "机关地址": bureau.address,
        "复议机关": bureau.reconsideration,
    }


def _dates(case: Case, *, masked: bool) -> dict[str, str]:
    def day(*types: str) -> str:
        event = case.first(*types)
        return in_chinese(event.day) if event else BLANK

    submitted = in_chinese(case.submitted.astimezone(SHANGHAI).date()) if case.submitted else ""
    received = in_chinese(case.received) if case.received else day("received")
    return {
        "编号": case.number,
        "类别": KIND[case.kind],
        "平台编号": case.number_12315 or BLANK,
        "提交日期": submitted or BLANK,
        "收到日期": received,
        "受理日期": day("accepted"),
        "补正告知日期": day("correction_requested"),
        "答复期限": in_chinese(case.due) if case.due else BLANK,
        "期限说明": PROVISIONAL if case.due and case.provisional else "",
        "签名": _signed(case, submitted, masked=masked),
    }


def _signed(case: Case, submitted: str, *, masked: bool) -> str:
    if not case.filer or not submitted:
        return ""  # on paper, it is signed by hand
    who = _text(case.answers.get("signature"))
    return (mask_name(who) if masked else who) + ONLINE.format(day=submitted)


def _answers(case: Case, *, masked: bool) -> dict[str, str]:
    answers = _sorted_out(case.answers)
    found: dict[str, str] = {}
    for name, slot in SLOTS.items():
        text = _text(answer(answers, slot.keys))
        found[name] = slot.mask(text) if masked and text else text
    for name, (keys, options, _) in TICKS.items():
        found[name] = ticked(options, answer(answers, keys))
    for name, (key, _) in YES_NO.items():
        found[name] = yes_no(answers.get(key))
    for name, (key, _) in PICTURES.items():
        found[name] = _pictures(answers.get(key))
    paper, number = _identity(answers)
    found["证件名称"] = paper
    found["证件号码"] = mask_paper(number) if masked and number else number
    return found


def _sorted_out(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The paper form has a section of its own for an organisation; the chat asks for an address once."""
    if not answers.get("org_name"):
        return dict(answers)
    shared = {own: answers.get(own) or answers.get(key) for own, key in OF_ORGANISATION.items()}
    return {**answers, **shared, **dict.fromkeys(OF_ORGANISATION.values())}


def _pictures(value: object) -> str:
    """Pictures are ids in the answers; what a clerk wrote instead stays as it is."""
    if isinstance(value, list):
        return f"图片{len(value)}张" if value else ""
    return _text(value)


def _identity(answers: Mapping[str, Any]) -> tuple[str, str]:
    """The form asks for both in one (“居民身份证 6229…”); a clerk may enter them apart."""
    number = _text(answer(answers, ("id_paper", "id_no")))
    paper, _, rest = number.rpartition(" ")
    return _text(answers.get("id_type")) or paper, rest if paper else number


def _people(case: Case, found: Mapping[str, str]) -> dict[str, str]:
    name = found["单位名称"] or found["姓名"]
    reporter = found["姓名"] or "举报人"
    by_kind = {"disclosure": name, "complaint": found["姓名"], "report": reporter}
    return {
        "申请人": name or BLANK,
        "投诉人": found["姓名"] or BLANK,
        "举报人": reporter,
        "提交人": by_kind[case.kind] or BLANK,
    }


def _said(
    field: PaperField, paper: Paper, case: Case, extra: Mapping[str, Any], found: Mapping[str, Any]
) -> str:
    """What the clerk says now, or said when the event was recorded, or the usual words."""
    event = case.last(paper.event) if paper.event else None
    value = extra.get(field.key)
    if value in (None, "", []) and event:
        value = event.data.get(field.key)
    if value in (None, "", []):
        text = sentence(field.default, found)
        return text or ("" if not field.required else BLANK)
    if field.kind == "date":
        return day_from(value)
    if field.kind == "moment":
        return moment_from(value)
    if field.kind in ("ground", "refusal", "termination"):
        return _of_law(field.kind, str(value))
    return _text(value)


@cache
def _law() -> Law:
    return Law()


def _of_law(kind: str, code: str) -> str:
    """A code of the law with its article; what is no code stays as it was said."""
    data = _law().data
    grounds: list[dict[str, str]] = {
        "ground": data["disclosure"]["exemptions"],
        "refusal": data["complaint"]["rejection_grounds"],
        "termination": data["complaint"]["mediation_end_grounds"],
    }[kind]
    found = next((item for item in grounds if code in (item.get("code"), item["article"])), None)
    if found is None:
        return code
    words = f"{article_label(found['source'], found['article'])}（{found['quote']}）"
    return f"《中华人民共和国政府信息公开条例》{words}。" if kind == "ground" else words


def _text(value: object) -> str:
    """An answer as it is printed; never “None”, “True” or “[…]”."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return "、".join(_text(item) for item in value)
    if isinstance(value, date):
        return in_chinese(value)
    return str(value)
