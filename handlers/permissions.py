"""Who may do what in the console. Roles as in the guide's procedure (二（二）3–5); permissions are verbs.

The table is the only place: pages, buttons and tests read it. An action that has no verb here cannot be done.
"""

from collections.abc import Iterable
from typing import Literal

Role = Literal["registrar", "handler", "head", "publisher", "reviewer", "admin", "auditor"]

ROLES: dict[Role, str] = {
    "registrar": "登记员",
    "handler": "承办人",
    "head": "负责人",
    "publisher": "发布员",
    "reviewer": "审核员",
    "admin": "管理员",
    "auditor": "审计员",
}

# A second factor is required of those who can give rights, or let something out to all subscribers.
TOTP_ROLES: frozenset[Role] = frozenset({"admin", "reviewer"})

Verb = Literal[
    "can_see_cases",
    "can_see_personal",
    "can_register",
    "can_confirm_receipt",
    "can_request_correction",
    "can_consult",
    "can_ask_extension",
    "can_extend",
    "can_assign",
    "can_transfer",
    "can_handle",
    "can_decide",
    "can_draft_answer",
    "can_answer",
    "can_hand_over",
    "can_note",
    "can_make_papers",
    "can_talk",
    "can_edit_knowledge",
    "can_publish",
    "can_review",
    "can_see_warnings",
    "can_see_numbers",
    "can_export",
    "can_manage_staff",
    "can_edit_calendar",
    "can_edit_settings",
    "can_read_audit",
]

_CASE_ROLES: tuple[Role, ...] = ("registrar", "handler", "head")

VERBS: dict[Verb, tuple[Role, ...]] = {
    "can_see_cases": _CASE_ROLES,
    "can_see_personal": _CASE_ROLES,
    "can_register": ("registrar",),  # enter what came on paper, note a withdrawal
    "can_confirm_receipt": ("registrar", "head"),
    "can_request_correction": ("registrar", "handler", "head"),
    "can_consult": ("handler", "head"),
    "can_ask_extension": ("handler", "head"),
    "can_extend": ("head",),  # order 711 art. 33(2): the head of the disclosure office agrees
    "can_assign": ("registrar", "head"),
    "can_transfer": ("head",),
    "can_handle": ("handler", "head"),
    "can_decide": ("head",),
    "can_draft_answer": ("handler", "head"),
    "can_answer": ("head",),
    "can_hand_over": ("registrar", "handler", "head"),
    "can_note": _CASE_ROLES,
    "can_make_papers": _CASE_ROLES,
    "can_talk": _CASE_ROLES,
    "can_edit_knowledge": ("registrar", "head", "publisher"),
    "can_publish": ("publisher",),
    "can_review": ("reviewer",),
    "can_see_warnings": ("publisher", "reviewer", "head"),
    "can_see_numbers": ("registrar", "handler", "head", "auditor"),
    "can_export": ("registrar", "head", "auditor"),
    "can_manage_staff": ("admin",),
    "can_edit_calendar": ("admin",),
    "can_edit_settings": ("admin",),
    "can_read_audit": ("auditor",),
}

# What one has to be able to do to record an event of `config/lifecycle.toml`.
EVENT_VERBS: dict[str, Verb] = {
    "applicant_confirmed": "can_register",
    "bureau_confirmed": "can_confirm_receipt",
    "received": "can_confirm_receipt",
    "correction_requested": "can_request_correction",
    "corrected": "can_register",
    "abandoned": "can_decide",
    "third_party_consulted": "can_consult",
    "third_party_answered": "can_consult",
    "third_party_silent": "can_consult",
    "extended": "can_extend",
    "transferred": "can_transfer",
    "dispatched": "can_transfer",
    "delegated": "can_handle",
    "answered": "can_answer",
    "withdrawn": "can_register",
    "handed_over": "can_hand_over",
    "number_12315_added": "can_hand_over",
    "identity_requested": "can_handle",
    "accepted": "can_handle",
    "not_accepted": "can_decide",
    "mediation_scheduled": "can_handle",
    "testing_started": "can_handle",
    "testing_finished": "can_handle",
    "agreed": "can_handle",
    "terminated": "can_decide",
    "termination_notified": "can_handle",
    "not_competent": "can_decide",
    "filed": "can_decide",
    "not_filed": "can_decide",
    "decided": "can_decide",
    "material_added": "can_register",
    "callback_requested": "can_note",
    "noted": "can_note",
    "assigned": "can_assign",
}

# Events that only the program or the citizen brings about.
NOT_BY_CLERKS = frozenset({"deadline_changed", "preferences_changed", "rated"})


def can(roles: Iterable[str], verb: Verb) -> bool:
    """Whether somebody with these roles may."""
    return any(role in VERBS[verb] for role in roles)


def can_record(roles: Iterable[str], event: str) -> bool:
    """Whether somebody with these roles may record this event; events without a verb are the system's."""
    verb = EVENT_VERBS.get(event)
    return verb is not None and can(roles, verb)


def needs_totp(roles: Iterable[str]) -> bool:
    """Whether an account with these roles has to show a second factor."""
    return any(role in TOTP_ROLES for role in roles)


def read_role(text: str) -> Role | None:
    """The role that `text` names, by code or by its Chinese name."""
    for code, label in ROLES.items():
        if text in (code, label):
            return code
    return None
