"""The conversation about cases: a number typed, “查进度”, a choice, an answer to what was asked."""

from config.texts import say
from handlers.cases.model import Case
from handlers.cases.number import find_number
from handlers.deps import Deps, Handler
from handlers.message import Message
from handlers.status.actions import ANSWERS, LEAVE, SAID, add_image, possible, start
from handlers.status.look import by_number, number_alone, own, show, with_code
from handlers.status.scene import ASKED, Scene
from handlers.status.view import stage, what
from handlers.turn import Session, Turn
from intents.commands import choice, command


async def claim(message: Message, session: Session, deps: Deps) -> Turn | None:
    """A number alone, an answer to what was asked, an action by its name (a form has its own way)."""
    scene = Scene(message, session, deps)
    if scene.in_form:
        return None
    number, rest = number_alone(message.text)
    if number:
        return await by_number(scene, number, rest)
    if session.question.startswith(ASKED):
        turn = await _answered(scene, session.question.removeprefix(ASKED))
        if turn is not None:
            return turn
    action = next(
        (action for action, words in SAID.items() if words.fullmatch(message.text.strip("。.！!"))), ""
    )
    return await _action(scene, action) if action else None


async def begin(message: Message, session: Session, deps: Deps) -> Turn:
    """flow:status."""
    scene = Scene(message, session, deps)
    number, rest = number_alone(message.text)
    if not number:
        number, rest = find_number(message.text), message.text
    return await by_number(scene, number, rest) if number else await own(scene)


def image(otherwise: Handler) -> Handler:
    """The handler of images: material for a case, if that is what was asked for; else `otherwise`."""

    async def handle(message: Message, session: Session, deps: Deps) -> Turn:
        what_for, _, number = session.question.removeprefix(ASKED).partition(":")
        if session.draft is None and session.question.startswith(ASKED) and what_for == "add":
            scene = Scene(message, session, deps)
            case = await _mine(scene, number)
            if case is not None:
                return await add_image(scene, case)
        return await otherwise(message, session, deps)

    return handle


async def _answered(scene: Scene, question: str) -> Turn | None:
    what_for, _, rest = question.partition(":")
    if command(scene.message.text) in LEAVE:
        return scene.turn(say("status.bye")) if what_for in ANSWERS else None
    if what_for == "code":
        digits = "".join(char for char in scene.message.text if char.isdigit())
        return await with_code(scene, rest, digits) if len(digits) == 6 else None
    if what_for in ("pick", "which"):
        return await _picked(scene, what_for, rest)
    case = await _mine(scene, rest)
    if case is None:
        return None
    if what_for == "case":
        number, actions = choice(scene.message.text), possible(case)
        return await start(scene, case, actions[number - 1]) if number and number <= len(actions) else None
    return await ANSWERS[what_for](scene, case) if what_for in ANSWERS else None


async def _picked(scene: Scene, what_for: str, rest: str) -> Turn | None:
    action, _, numbers = rest.rpartition(":")
    found = numbers.split(",")
    number = choice(scene.message.text)
    if not number or number > len(found):
        return None
    case = await _mine(scene, found[number - 1])
    if case is None:
        return None
    return await start(scene, case, action) if what_for == "which" else await show(scene, case)


async def _action(scene: Scene, action: str) -> Turn:
    """“撤回”, “补正”: on the one case for which it makes sense, or ask which."""
    cases = await scene.deps.cases.own(scene.message.user, only_open=True)
    fitting = [case for case in cases if action in possible(case)]
    if not fitting:
        return scene.turn(say("status.nothing_to", label=say(f"status_action.{action}")))
    if len(fitting) == 1:
        return await start(scene, fitting[0], action)
    lines = [
        say("status.list_line", n=n, number=case.number, what=what(case), stage=stage(case))
        for n, case in enumerate(fitting, 1)
    ]
    numbers = ",".join(case.number for case in fitting)
    return scene.turn(say("status.which"), *lines, question=f"which:{action}:{numbers}")


async def _mine(scene: Scene, number: str) -> Case | None:
    case = await scene.deps.cases.find(number)
    return case if case is not None and case.filer == scene.message.user else None
