"""The moves that every form has: 返回 修改 取消 继续 跳过 帮助 人工."""

import re
from collections.abc import Awaitable, Callable

from config.texts import say
from handlers.forms import draft as drafts
from handlers.forms.accept import accept
from handlers.forms.asking import go_on, go_on_briefly
from handlers.forms.form import FormField
from handlers.forms.review import list_to_edit, listed, review
from handlers.forms.scene import Scene
from handlers.forms.switching import answer_switch
from handlers.turn import Draft, Turn
from intents.commands import Command, choice, command
from intents.decision import Decision, Hit

CANNOT_WRITE = re.compile(
    "不会写字|不识字|不认字|不认得字|不会打字|打不了字|看不见字|眼睛看不(?:见|清)|写不了字"
)

Move = Callable[[Scene], Awaitable[Turn]]


def move_of(text: str) -> Command | None:
    """The command word that a message is; who cannot write wants a person."""
    if CANNOT_WRITE.search(text) and len(text) < 30:
        return "human"
    return command(text)


async def back(scene: Scene) -> Turn:
    """To the question before; later answers are kept."""
    field = drafts.before(scene.form, scene.draft)
    if field is None:
        return go_on(scene.saying(say("form.first")))
    return go_on(scene.but(cursor=field.key, misses=0))


async def edit(scene: Scene) -> Turn:
    """Choose what to change."""
    return review(scene) if scene.field is None else list_to_edit(scene)


async def cancel(scene: Scene) -> Turn:
    """Asked once, because it keeps nothing."""
    return scene.but(asking="cancel").turn(say("form.cancel_ask", title=scene.form.title))


async def resume(scene: Scene) -> Turn:
    """Leave a field that was gone back to as it is; end the sending of images; else ask again."""
    field = scene.field
    if field is not None and field.trait.nature == "images" and field.key not in scene.draft.answers:
        return await finish_images(scene, field)
    return go_on(scene.but(cursor="", misses=0))


async def skip(scene: Scene) -> Turn:
    """Leave an optional field out."""
    field = scene.field
    if field is None:
        return review(scene)
    if field.trait.nature == "images":
        return await finish_images(scene, field)
    if field.key in scene.draft.answers and field.key == scene.draft.cursor and not field.ask.optional:
        return go_on(scene.but(cursor="", misses=0))
    if not field.ask.optional:
        missed = scene.but(misses=scene.draft.misses + 1)
        return missed.saying(say("form.skipped_not")).turn(*missed_often(missed, field), go_on_briefly(scene))
    return await accept(scene, {field.key: None})


async def finish_images(scene: Scene, field: FormField) -> Turn:
    """No more images for this field."""
    return await accept(scene, {field.key: scene.draft.answers.get(field.key) or []})


async def help_(scene: Scene) -> Turn:
    """What can be said here."""
    return scene.turn(say("form.help", title=scene.form.title), go_on_briefly(scene))


async def human(scene: Scene) -> Turn:
    """A person takes over; the draft stays."""
    wish = Decision("flow:human", (Hit(entry="flow.human", score=1.0),), 1.0)
    turn = await scene.aside(wish, scene.message, scene.session, scene.deps)
    first = say("form.cannot_write") if CANNOT_WRITE.search(scene.text) else ""
    return beside(scene, turn, say("form.human"), first=first)


def beside(scene: Scene, turn: Turn, after: str, first: str = "") -> Turn:
    """An answer to something else, then where the form stands; the draft is untouched by it."""
    replies = "\n".join(part for part in (*scene.lead, first, *turn.replies, after) if part)
    draft = scene.draft.model_copy(update={"touched": scene.now})
    session = turn.session.model_copy(update={"draft": draft, "offered": ()})
    return turn.model_copy(update={"replies": (replies,), "session": session})


MOVES: dict[str, Move] = {
    "back": back,
    "edit": edit,
    "cancel": cancel,
    "resume": resume,
    "skip": skip,
    "help": help_,
    "human": human,
}


async def pending(scene: Scene) -> Turn | None:
    """The answer to a question of the engine's own, None if the message is about something else."""
    kind, _, name = scene.draft.asking.partition(":")
    if kind == "switch":
        return await answer_switch(scene, name)
    scene = scene.but(asking="")
    if kind == "cancel":
        return await _answer_cancel(scene)
    number = choice(scene.text) if kind == "edit" else None
    return edit_numbered(scene, number) if number else None


async def _answer_cancel(scene: Scene) -> Turn | None:
    word = command(scene.text)
    if word in ("confirm", "cancel"):
        await scene.deps.evidence.drop(scene.draft.id)
        return scene.ended(say("form.cancelled"), *shelf_reminder(scene))
    return go_on(scene) if word == "resume" or scene.text in ("不", "否", "不取消", "不是") else None


def edit_numbered(scene: Scene, number: int) -> Turn | None:
    """Go to the field with this number on the review page; None if there is none."""
    fields = listed(scene)
    if not 1 <= number <= len(fields):
        return None
    return go_to(scene, fields[number - 1])


def go_to(scene: Scene, field: FormField) -> Turn:
    """Ask this field again; its answer stays until there is another."""
    return go_on(scene.but(cursor=field.key, misses=0))


def shelf_reminder(scene: Scene) -> tuple[str, ...]:
    """That another draft still lies aside."""
    from handlers.forms.registry import FORMS, form_spec

    waiting: list[Draft] = [each for each in scene.session.shelved if each.form in FORMS]
    return (say("form.offer_shelved", title=form_spec(waiting[-1].form).title),) if waiting else ()


def missed_often(scene: Scene, field: FormField) -> tuple[str, ...]:
    """After three misses on one field: another way on."""
    if scene.draft.misses < 3:
        return ()
    return (say("form.misses", skip=say("form.misses_skip") if field.ask.optional else ""),)
