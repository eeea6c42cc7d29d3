"""确认: SQL first (idempotent by the draft's id), then the session. And what the citizen is told then."""

from collections.abc import Mapping
from typing import Any

from config.texts import say
from handlers.cases.model import Case, Happened
from handlers.forms.checks.places import OUTSIDE
from handlers.forms.filing import filing
from handlers.forms.moves import shelf_reminder
from handlers.forms.scene import Scene
from handlers.ports import Filed, Filing
from handlers.turn import Turn


async def submit(scene: Scene) -> Turn:
    """File the draft; a second time gives the same case, the same number and the same receipt."""
    wanted = filing(scene.form, scene.draft, scene.message, scene.now)
    filed = await scene.deps.cases.submit(wanted)
    if not filed.fresh:
        await _add_what_changed(scene, filed, wanted)
    return scene.ended(*receipt(filed), *shelf_reminder(scene), filed=filed.case.number)


async def _add_what_changed(scene: Scene, filed: Filed, wanted: Filing) -> None:
    """The process died after filing, before it could say so, and the citizen went on changing the draft:
    what is different now must not get lost.
    """
    before = dict(filed.case.answers)
    changed = {key: value for key, value in wanted.answers.items() if before.get(key) != value}
    if not changed or filed.case.first("material_added") or not filed.case.open:
        return
    event = Happened(type="material_added", at=scene.now, by="applicant", data={"changed": changed})
    await scene.deps.service.happen(filed.case.number, event)


def receipt(filed: Filed) -> tuple[str, ...]:
    """Number, query code (this once), and what happens next."""
    case = filed.case
    head = say(f"receipt.{case.kind}", number=case.number, code=filed.code)
    if case.kind == "disclosure":
        return (head, *_proof_to_come(case))
    mine = case.answers["route"] == "citizen"
    by = "outside" if case.answers.get("county") == OUTSIDE else ""
    route = say("receipt.citizen" if mine else f"receipt.bureau_{case.kind}")
    text = ready_text(case) if mine else ""
    agent = say("receipt.agent") if case.answers.get("agent_name") else ""
    return tuple(part for part in (head, say(f"receipt.{by}") if by else "", agent, route, text) if part)


def _proof_to_come(case: Case) -> tuple[str, ...]:
    keys = ("agent_proof", "group_proof")
    missing = any(case.answers.get(key) == [] for key in keys)
    return (say("receipt.proof", number=case.number),) if missing else ()


def ready_text(case: Case) -> str:
    """What to paste on the 12315 platform (order no. 121, arts. 8 and 40)."""
    answers: Mapping[str, Any] = case.answers
    lines = [say(f"ready.{case.kind}")]
    for key in ("resp_name", "resp_address", "resp_phone", "happened_on", "amount", "facts", "clue", "claim"):
        value = answers.get(key)
        if value:
            shown = "、".join(value) if isinstance(value, list) else str(value)
            lines.append(say(f"ready.{key}", value=shown))
    return "\n".join(lines)
