"""A confirmed draft becomes a filing: answers under the names of the paper forms, look-ups, first events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from handlers.cases.model import SHANGHAI, Happened
from handlers.forms import draft as drafts
from handlers.forms.checks.places import code_of, county_of
from handlers.forms.disclosure import CITIZEN, JOINT, MAIL, ORGANISATION
from handlers.forms.form import FormSpec
from handlers.message import Message
from handlers.ports import Filing, OutMessage
from handlers.turn import Draft

NATURAL = "natural"  # the annual report's first column (table 3); the others are kinds of organisations


def filing(form: FormSpec, draft: Draft, message: Message, now: datetime) -> Filing:
    """The filing of a draft whose every field is answered."""
    answers = _plain(form, draft)
    build = {"disclosure": _disclosure, "complaint": _complaint, "report": _report}[form.kind]
    return build(answers, draft, message, now)


def _plain(form: FormSpec, draft: Draft) -> dict[str, Any]:
    """Every answer that belongs to the form, the identity paper split into what the paper forms print."""
    fields = drafts.applicable(form, draft)
    answers = {field.key: draft.answers[field.key] for field in fields if field.key in draft.answers}
    paper = str(answers.pop("id_paper", None) or "")
    if paper:
        answers["id_type"], _, answers["id_no"] = paper.rpartition(" ")
    return answers


def _disclosure(answers: dict[str, Any], draft: Draft, message: Message, now: datetime) -> Filing:
    applying = answers["applying"]
    answers["applicant"] = answers.get("principal") or (CITIZEN if applying == JOINT else applying)
    if applying == JOINT:
        answers["name"] = answers["representatives"][0]
    if answers["medium"] == MAIL:
        answers["delivery"] = MAIL
    organisation = answers["applicant"] == ORGANISATION
    answers["signature"] = answers.get("agent_name") or answers["org_name" if organisation else "name"]
    answers["date"] = _today(now)
    mail = OutMessage(
        key="{number}:form",
        kind="mail",
        due=now,
        payload={"what": "disclosure_form", "number": "{number}"},
    )
    return Filing(
        draft=draft.id,
        kind="disclosure",
        filer=message.user,
        answers=answers,
        at=now,
        county=code_of(county_of(str(answers.get("org_address") or answers.get("address") or ""))),
        applicant=str(answers["org_kind"]) if organisation else NATURAL,
        lookups=_lookups(answers),
        # Art. 31(3): a request over the internet counts from the day that both sides confirmed; this is one.
        events=(Happened(type="applicant_confirmed", at=now, by="applicant"),),
        messages=(mail,),
    )


def _complaint(answers: dict[str, Any], draft: Draft, message: Message, now: datetime) -> Filing:
    return _consumer("complaint", answers, draft, message, now)


def _report(answers: dict[str, Any], draft: Draft, message: Message, now: datetime) -> Filing:
    return _consumer("report", answers, draft, message, now)


def _consumer(kind: Any, answers: dict[str, Any], draft: Draft, message: Message, now: datetime) -> Filing:
    """Complaint or report: handed over to the national platform by the citizen, or to be by the bureau."""
    answers["date"] = _today(now)
    handed = Happened(type="handed_over", at=now, by="applicant", data={"by": "citizen"})
    return Filing(
        draft=draft.id,
        kind=kind,
        filer=message.user,
        answers=answers,
        at=now,
        county=code_of(str(answers.get("county", ""))),
        applicant=NATURAL,
        lookups=_lookups(answers),
        events=(handed,) if answers["route"] == "citizen" else (),
    )


def _lookups(answers: Mapping[str, Any]) -> dict[str, str]:
    """What a clerk may find the case by."""

    def either(one: str, other: str) -> str:
        return str(answers.get(one) or answers.get(other) or "")

    return {
        "phone": either("phone", "org_phone"),
        "id_no": str(answers.get("id_no") or answers.get("uscc") or ""),
        "name": either("name", "org_name"),
    }


def _today(now: datetime) -> str:
    day = now.astimezone(SHANGHAI)
    return f"{day.year}年{day.month}月{day.day}日"
