"""Who may see which case: one's own without more, another's with number and query code."""

import re
import unicodedata

from config.texts import say
from handlers.cases.model import Case
from handlers.cases.number import find_number, tidy, valid
from handlers.status.actions import menu
from handlers.status.scene import Scene
from handlers.status.view import stage, view, what
from handlers.turn import Turn

DAY = 86_400  # seconds
TRIES_OF_SENDER, TRIES_AT_NUMBER = 10, 10
SHOWN = 9  # cases in a list

BESIDE = 4  # characters of other words beside a number that is “typed alone”

_EXACT = re.compile(r"(?<![A-Za-z0-9])(?:XK|TS|JB)[\s\-]*(?:\d[\s\-]?){10}\d(?!\d)", re.IGNORECASE)
_AROUND = re.compile("查询码|编号|查进度|查一下|查查|进度|到哪了|到哪一步|查")
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


async def by_number(scene: Scene, number: str, rest: str) -> Turn:
    """Show the case of that number, if the sender may see it. A typo costs no try: its check digit tells."""
    if not valid(number):
        return scene.turn(say("status.typo", number=number))
    case = await scene.deps.cases.find(number)
    if case is not None and case.filer == scene.message.user:
        return await show(scene, case)
    code = _CODE.search(rest)
    if code is None:
        question = "" if scene.in_form else f"code:{number}"
        return scene.turn(say("status.ask_code"), question=question)
    return await with_code(scene, number, code[0])


async def with_code(scene: Scene, number: str, code: str) -> Turn:
    """Wrong number and wrong code get the same sentence, after the same counting."""
    allowed = scene.deps.attempts.allowed
    sender = await allowed(f"status:sender:{scene.message.user}", TRIES_OF_SENDER, DAY)
    at_number = await allowed(f"status:number:{number}", TRIES_AT_NUMBER, DAY)
    if not (sender and at_number):
        return scene.turn(say("status.too_many"))
    if not await scene.deps.cases.code_fits(number, code):
        return scene.turn(say("status.wrong"))
    case = await scene.deps.cases.find(number)
    if case is None:
        return scene.turn(say("status.wrong"))
    return scene.turn(await _seen(scene, case, own=False))


async def own(scene: Scene) -> Turn:
    """The sender's open cases: one is shown, several are listed."""
    cases = (await scene.deps.cases.own(scene.message.user, only_open=True))[:SHOWN]
    if len(cases) == 1:
        return await show(scene, cases[0])
    if not cases:
        return await _nothing_open(scene)
    lines = [
        say("status.list_line", n=n, number=case.number, what=what(case), stage=stage(case))
        for n, case in enumerate(cases, 1)
    ]
    numbers = ",".join(case.number for case in cases)
    question = "" if scene.in_form else f"pick:{numbers}"
    return scene.turn(say("status.list", count=len(cases)), *lines, say("status.list_end"), question=question)


async def _nothing_open(scene: Scene) -> Turn:
    closed = await scene.deps.cases.own(scene.message.user)
    if not closed:
        return scene.turn(say("status.none"))
    last = await _seen(scene, closed[0], own=True)
    return scene.turn(say("status.none_open", last=last))


async def show(scene: Scene, case: Case) -> Turn:
    """One's own case, and what one can do with it."""
    text = await _seen(scene, case, own=True)
    if scene.in_form:
        return scene.turn(text, say("status.in_form"))
    choices = menu(case)
    return scene.turn(text, *choices, question=f"case:{case.number}" if choices else "")


async def _seen(scene: Scene, case: Case, *, own: bool) -> str:
    service = scene.deps.service
    calendar = await service.calendars.current()
    return view(case, calendar, scene.today, own=own, link=service.links.calendar(case))


def number_alone(text: str) -> tuple[str, str]:
    """A number and what stands beside it, if the message is hardly more than that; else ("", "")."""
    folded = unicodedata.normalize("NFKC", text)
    exact = _EXACT.search(folded)
    number = tidy(exact[0]) if exact else find_number(folded)
    rest = folded[: exact.start()] + " " + folded[exact.end() :] if exact else ""
    said = re.sub(r"[^一-鿿]", "", _AROUND.sub("", folded))
    return (number, rest) if number and len(said) <= BESIDE else ("", "")
