"""What one can do with one's own case: add, ask to be called, withdraw, and answer what the bureau asked."""

import re
from collections.abc import Awaitable, Callable, Sequence

from config.texts import say
from handlers.cases.lifecycle import ForbiddenError
from handlers.cases.model import Case, Happened
from handlers.forms.checks.masks import mask_phone
from handlers.forms.checks.misfit import Misfit
from handlers.forms.checks.people import phone
from handlers.forms.checks.texts import LONGEST
from handlers.ports import Refused
from handlers.status.scene import Scene
from handlers.turn import Turn
from intents.commands import command

ACTIONS = ("correct", "confirm", "add", "platform", "callback", "withdraw")
SAID = {
    "correct": re.compile(r"(?:我要)?补正(?:材料|内容)?"),
    "confirm": re.compile(r"确认申请"),
    "add": re.compile(r"(?:我要|我想)?(?:补充|补交|追加|添加)(?:一下)?(?:材料|证据|内容|图片|照片)?"),
    "platform": re.compile(r"(?:填|登记|补)?(?:一下)?12315(?:平台)?(?:的)?编号"),
    "callback": re.compile(r"(?:请人|请你们|让人|叫人)?(?:给我)?(?:回个?电话|回电|打电话给我|给我打个?电话)"),
    "withdraw": re.compile(
        r"(?:我要|我想)?(?:撤回|撤销|撤诉|撤掉)(?:投诉|举报|申请|我的投诉|我的举报|我的申请)?"
    ),
}
LEAVE = ("cancel", "back", "human", "menu", "help")
DONE = re.compile(r"^(?:好了?|完了|没有?了?|发完了?|就这些|不用了?|够了)[。.]?$")
_NUMBER = re.compile(r"[A-Za-z0-9]{8,40}")

Step = Callable[[Scene, Case], Awaitable[Turn]]


def possible(case: Case) -> tuple[str, ...]:
    """The actions that make sense in the case as it stands."""
    if not case.open:
        return ()
    wanted = {
        "correct": case.stage == "correction",
        "confirm": case.kind == "disclosure" and not case.first("applicant_confirmed"),
        "platform": case.kind != "disclosure" and not case.number_12315,
        "withdraw": case.kind != "report" or case.stage in ("submitted", "handed_over"),
    }
    return tuple(action for action in ACTIONS if wanted.get(action, True))


def menu(case: Case) -> list[str]:
    """The numbered actions; none for a case that is over."""
    lines = [
        say("status.menu_line", n=n, label=say(f"status_action.{action}"))
        for n, action in enumerate(possible(case), 1)
    ]
    return [say("status.menu"), *lines] if lines else []


async def start(scene: Scene, case: Case, action: str) -> Turn:
    """Begin an action: most ask something first."""
    if action not in possible(case):
        key = "status.gone" if not case.open else "status.nothing_to"
        return scene.turn(say(key, label=say(f"status_action.{action}")) if case.open else say(key))
    return await STARTS[action](scene, case)


async def _start_correct(scene: Scene, case: Case) -> Turn:
    asked = case.last("correction_requested")
    return scene.turn(
        say("status.correct_ask", items=_points(asked.data.get("items") if asked else "")),
        question=f"correct:{case.number}",
    )


def _points(items: object) -> str:
    if isinstance(items, Sequence) and not isinstance(items, str):
        return "\n".join(f"{n} {item}" for n, item in enumerate(items, 1))
    return str(items or "")


async def _confirm(scene: Scene, case: Case) -> Turn:
    return await _happen(scene, case, "applicant_confirmed", "status.confirmed")


async def _start_add(scene: Scene, case: Case) -> Turn:
    return scene.turn(say("status.add_ask", number=case.number), question=f"add:{case.number}")


async def _start_platform(scene: Scene, case: Case) -> Turn:
    return scene.turn(say("status.platform_ask"), question=f"platform:{case.number}")


async def _start_callback(scene: Scene, case: Case) -> Turn:
    left = phone_of(case)
    text = say("status.callback_ask", phone=mask_phone(left)) if left else say("status.callback_ask_new")
    return scene.turn(text, question=f"callback:{case.number}")


async def _start_withdraw(scene: Scene, case: Case) -> Turn:
    return scene.turn(say("status.withdraw_ask", number=case.number), question=f"withdraw:{case.number}")


STARTS: dict[str, Step] = {
    "correct": _start_correct,
    "confirm": _confirm,
    "add": _start_add,
    "platform": _start_platform,
    "callback": _start_callback,
    "withdraw": _start_withdraw,
}


async def answer_correct(scene: Scene, case: Case) -> Turn:
    """What was still missing."""
    if DONE.match(scene.message.text) or len(scene.message.text) < 2:
        return await _start_correct(scene, case)
    return await _happen(scene, case, "corrected", "status.corrected", text=scene.message.text[:LONGEST])


async def answer_add(scene: Scene, case: Case) -> Turn:
    """More to say, until “好了”."""
    text = scene.message.text
    if DONE.match(text):
        return scene.turn(say("status.added_done"))
    if len(text) < 2:
        return scene.turn(say("status.add_short"), question=f"add:{case.number}")
    turn = await _happen(scene, case, "material_added", "status.added", text=text[:LONGEST])
    return _still_open(scene, turn, case)


async def add_image(scene: Scene, case: Case) -> Turn:
    """An image for a case that is there already."""
    kept = await scene.deps.evidence.keep(case.number, scene.message)
    if isinstance(kept, Refused):
        return scene.turn(say(f"form.image_{kept.reason}"), question=f"add:{case.number}")
    await scene.deps.evidence.attach(case.number, case.number)
    turn = await _happen(scene, case, "material_added", "status.added", evidence=[kept.id])
    return _still_open(scene, turn, case)


async def answer_platform(scene: Scene, case: Case) -> Turn:
    """The number that the national platform gave."""
    found = _NUMBER.search(scene.message.text.replace(" ", ""))
    if found is None:
        return scene.turn(say("status.platform_bad"), question=f"platform:{case.number}")
    return await _happen(scene, case, "number_12315_added", "status.platform_done", number=found[0])


async def answer_callback(scene: Scene, case: Case) -> Turn:
    """Which phone to call."""
    left = phone_of(case)
    if left and command(scene.message.text) == "confirm":
        number = left
    else:
        try:
            number = phone(scene.message.text)
        except Misfit as misfit:
            wrong = say(f"bad.{misfit.key}", **misfit.names)
            return scene.turn(wrong, question=f"callback:{case.number}")
    turn = await _happen(scene, case, "callback_requested", "status.added_done", phone=number)
    said = say("status.callback", phone=mask_phone(number))
    return turn.model_copy(update={"replies": (said,)}) if scene.message.text else turn


async def answer_withdraw(scene: Scene, case: Case) -> Turn:
    """Only an explicit word withdraws."""
    if command(scene.message.text) != "confirm":
        return await _start_withdraw(scene, case)
    return await _happen(scene, case, "withdrawn", "status.withdrawn")


ANSWERS: dict[str, Step] = {
    "correct": answer_correct,
    "add": answer_add,
    "platform": answer_platform,
    "callback": answer_callback,
    "withdraw": answer_withdraw,
}


def phone_of(case: Case) -> str:
    """The phone that was left with the case, or ""."""
    return str(case.answers.get("phone") or case.answers.get("org_phone") or "")


async def _happen(scene: Scene, case: Case, type: str, said: str, **data: object) -> Turn:
    """Record what the applicant did. A redelivery finds it done by the message's id."""
    done = any(event.data.get("message") == scene.message.id for event in case.events)
    event = Happened(
        type=type,
        at=scene.deps.clock.now(),
        by="applicant",
        data={**data, "message": scene.message.id},
    )
    try:
        if not done:
            await scene.deps.service.happen(case.number, event)
    except ForbiddenError:
        return scene.turn(say("status.cannot"))
    return scene.turn(say(said, number=case.number))


def _still_open(scene: Scene, turn: Turn, case: Case) -> Turn:
    again = scene.turn(*turn.replies, question=f"add:{case.number}")
    return turn.model_copy(update={"session": again.session})
