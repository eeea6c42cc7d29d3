"""An answer is there: store it, learn from it, do what its option says, go on."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from handlers.forms import draft as drafts
from handlers.forms.asking import go_on
from handlers.forms.scene import Scene
from handlers.forms.switching import switch_carrying
from handlers.turn import Turn


async def accept(scene: Scene, answers: Mapping[str, Any]) -> Turn:
    """Take these answers and ask the next question."""
    scene = scene.with_draft(drafts.put(scene.form, scene.draft, answers))
    for key, value in answers.items():
        scene = await learn(scene, key, value)
    for key in answers:
        turn = await _consequence(scene, key)
        if turn is not None:
            return turn
    return go_on(scene)


async def learn(scene: Scene, key: str, value: Any) -> Scene:
    """Let the form draw from an answer what it can (a county from an address, what is public already)."""
    lesson_of = scene.form.form.learn.get(key)
    if lesson_of is None or key not in scene.draft.answers:
        return scene
    lesson = await lesson_of(value, drafts.seen(scene.draft), scene.deps)
    notes = {**scene.draft.notes, **lesson.notes}
    draft = scene.draft.model_copy(update={"notes": notes})
    taught = {name: value for name, value in lesson.answers.items() if value is not None}
    asked_again = (name for name, value in lesson.answers.items() if value is None)
    draft = drafts.forget(scene.form, draft, asked_again)
    draft = draft.model_copy(update={"answers": {**draft.answers, **taught}})
    return replace(scene, draft=drafts.settled(scene.form, draft)).saying(lesson.say)


async def _consequence(scene: Scene, key: str) -> Turn | None:
    field, value = scene.form.fields[key], scene.draft.answers.get(key)
    option = next((option for option in field.text.options if option.key == value), None)
    action, _, name = (option.then if option else "").partition(":")
    if action == "stop":
        await scene.deps.evidence.drop(scene.draft.id)
        return scene.ended(scene.form.text.says[name])
    if action == "switch":
        return await switch_carrying(scene, name)
    return None
