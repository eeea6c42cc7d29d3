"""Registering what came on paper, by post, by fax or in person (guide 二（二）2–3), as a case like any other.

The day of receipt follows from the way it came (order no. 711, art. 31): handed in or signed for, that day;
otherwise the day on which both sides confirmed, which is recorded in the case.
"""

import contextlib
import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web

from bot.staff.acting import law
from bot.staff.asking import MissingError, dated
from bot.staff.frame import Pages, Visit
from config.forms import form_text
from handlers.cases.model import SHANGHAI, Happened
from handlers.cases.number import PREFIXES, Kind
from handlers.forms.checks import people as checks
from handlers.forms.checks.misfit import Misfit
from handlers.forms.checks.places import code_of, county_of
from handlers.ports import Filing, VersionConflictError

pages = Pages()

CHANNELS = {
    "in_person": "当面提交",
    "mail_signed": "挂号信、快递（签收）",
    "mail_unsigned": "平信",
    "fax": "传真、电子邮件",
    "oral": "口头提出，工作人员代填",
}
COUNTED_AT_ONCE = frozenset({"in_person", "mail_signed", "oral"})
FORMS: dict[Kind, str] = {
    "disclosure": "disclosure_request",
    "complaint": "complaint_register",
    "report": "report_register",
}
# Without these nobody could go on with it; what else is missing is asked for as a correction.
NEEDED: dict[Kind, tuple[tuple[str, ...], ...]] = {
    "disclosure": (("name", "org_name"), ("content",), ("phone", "org_phone", "address", "org_address")),
    "complaint": (("name",), ("phone", "address"), ("resp_name",), ("facts",)),
    "report": (("resp_name", "resp_address"), ("clue",)),
}
ONE_OF: dict[tuple[str, ...], str] = {
    ("name", "org_name"): "公民填姓名，单位填名称，必须填一个。",
    ("phone", "org_phone", "address", "org_address"): "电话、地址至少填一个。",
    ("phone", "address"): "电话、地址至少填一个。",
    ("resp_name", "resp_address"): "名称、地址至少填一个。",
}
NOT_ASKED = frozenset({"signature", "date", "fee_waiver"})
LONG = frozenset({"content", "facts", "clue", "purpose"})


@dataclass(frozen=True, slots=True)
class Row:
    """A field of the paper form."""

    key: str
    label: str
    section: str
    options: tuple[str, ...]
    long: bool
    required: bool  # by itself
    hint: str  # where one of several is enough

    @property
    def choices(self) -> dict[str, str]:
        """The options by their code, which is their name."""
        return {option: option for option in self.options}


@pages.get("/register", needs="can_register")
async def choose(visit: Visit) -> web.StreamResponse:
    """The form of a kind; the kind is chosen first."""
    kind = _kind(visit.param("kind"))
    return _form(visit, kind, "") if kind else visit.render("register_kind.html")


def _kind(text: str) -> Kind | None:
    return next((kind for kind in PREFIXES if kind == text), None)


def _rows(kind: Kind) -> list[Row]:
    """The fields of the official form, in its order."""
    found = []
    for item in law().data["forms"][FORMS[kind]]:
        if item["key"] in NOT_ASKED:
            continue
        label, _, rest = item["label"].partition(": ")
        options = tuple(item.get("options", ())) or tuple(
            rest.split("/") if rest and item["key"] == "org_kind" else ()
        )
        key = item["key"]
        found.append(
            Row(key, label, item["section"], options, key in LONG, (key,) in NEEDED[kind], _hint(kind, key))
        )
    return found


def _hint(kind: Kind, key: str) -> str:
    group = next((keys for keys in NEEDED[kind] if key in keys and len(keys) > 1), ())
    return ONE_OF.get(group, "")


def _sections(kind: Kind) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in _rows(kind):
        found.setdefault(row.section, []).append(row)
    return found


def _form(visit: Visit, kind: Kind, problem: str) -> web.Response:
    return visit.render(
        "register.html",
        422 if problem else 200,
        kind=kind,
        title=form_text(kind).title,
        sections=_sections(kind),
        said={row.key: visit.text(row.key) for row in _rows(kind)} | {"claim": visit.chosen("claim")},
        channel=visit.text("channel"),
        day=visit.text("day") or visit.today.isoformat(),
        nonce=visit.text("nonce", 32) or secrets.token_hex(16),
        CHANNELS=CHANNELS,
        problem=problem,
    )


@pages.post("/register", needs="can_register")
async def register(visit: Visit) -> web.StreamResponse:
    """File it; the same form sent twice is one case."""
    kind = _kind(visit.text("kind"))
    if kind is None:
        return visit.go("/staff/register")
    answers = _answers(visit, kind)
    try:
        _check(kind, answers, visit)
        day = date.fromisoformat(
            dated(visit.text("day"), visit.today, None).get("date", visit.today.isoformat())
        )
    except MissingError as error:
        return _form(visit, kind, str(error))
    cases, filing = visit.console.parts.cases, _filing(visit, kind, answers)
    with visit.doing("case.register", cases.filed_as(filing.draft), CHANNELS[visit.text("channel")]):
        filed = await cases.submit(filing)
    if filed.case.version == 1:  # not yet received; a crash after filing is made up for when it is sent again
        await _receive(visit, filed.case.number, kind, day)
    return visit.render("registered.html", 201, case=filed.case, code=filed.code)


def _answers(visit: Visit, kind: Kind) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for row in _rows(kind):
        if row.key == "claim":
            answers["claim"] = visit.chosen("claim")
        elif text := visit.text(row.key):
            answers[row.key] = {"是": True, "否": False}.get(text, text)
    return {key: value for key, value in answers.items() if value not in ("", [])}


def _check(kind: Kind, answers: dict[str, Any], visit: Visit) -> None:
    if visit.text("channel") not in CHANNELS or not visit.text("nonce"):
        raise MissingError("请选择怎么收到的。")
    labels = {row.key: row.label for row in _rows(kind)}
    for keys in NEEDED[kind]:
        if not any(answers.get(key) for key in keys):
            raise MissingError(f"请填写“{labels[keys[0]]}”。")


def _filing(visit: Visit, kind: Kind, answers: dict[str, Any]) -> Filing:
    place = str(answers.get("resp_address") or answers.get("org_address") or answers.get("address") or "")
    return Filing(
        draft=f"staff:{visit.text('nonce', 32)}",
        kind=kind,
        filer="",
        answers={**answers, "channel": CHANNELS[visit.text("channel")]},
        at=visit.console.clock.now(),
        by=f"staff:{visit.me.id}",
        county=code_of(county_of(place)),
        applicant=str(answers.get("org_kind") or "natural"),
        lookups=_lookups(answers),
    )


def _lookups(answers: dict[str, Any]) -> dict[str, str]:
    """As the forms index them, so that a number is found however it was written."""
    phone = str(answers.get("phone") or answers.get("org_phone") or "")
    try:
        phone = checks.phone(phone)
    except Misfit:
        phone = phone.strip()
    name = str(answers.get("name") or answers.get("org_name") or "")
    return {
        "phone": phone,
        "name": name,
        "id_no": str(answers.get("id_no") or answers.get("uscc") or "").upper(),
    }


async def _receive(visit: Visit, number: str, kind: Kind, day: date) -> None:
    """Art. 31(1)(2): handed in, or signed for: received that day. Complaints go to the platform first."""
    if kind != "disclosure" or visit.text("channel") not in COUNTED_AT_ONCE:
        return
    now, by = visit.console.clock.now(), f"staff:{visit.me.id}"
    data = {} if day == now.astimezone(SHANGHAI).date() else {"date": day.isoformat()}
    events = [
        Happened(type=type, at=now, by=by, data=data) for type in ("applicant_confirmed", "bureau_confirmed")
    ]
    with contextlib.suppress(VersionConflictError), visit.doing("case.bureau_confirmed", number):
        # In conflict with the same form, sent twice at the same moment.
        await visit.console.parts.service.happen(number, *events, version=1)
