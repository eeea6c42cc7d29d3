"""The review page: everything as it will be filed, ID number and phone masked, numbered for changes."""

from config.texts import say
from handlers.forms import draft as drafts
from handlers.forms.form import FormField
from handlers.forms.scene import Scene
from handlers.turn import Turn

LONG = 60  # characters of a long answer that are shown


def review(scene: Scene) -> Turn:
    """Show the page."""
    lines = [say("form.review", title=scene.form.title), *_lines(scene), _offers(scene)]
    return scene.turn(*lines, scene.form.text.review, say("form.review_end"))


def listed(scene: Scene) -> tuple[FormField, ...]:
    """The fields of the page in the order of their numbers."""
    fields = drafts.applicable(scene.form, scene.draft)
    return tuple(field for field in fields if field.key in scene.draft.answers)


def list_to_edit(scene: Scene) -> Turn:
    """“修改”: which one?"""
    if not listed(scene):
        return scene.turn(say("form.edit_none"))
    return scene.but(asking="edit").turn(*_lines(scene), say("form.edit_ask"))


def _lines(scene: Scene) -> list[str]:
    return [
        say("form.review_line", n=n, label=field.text.label, value=_short(scene, field))
        for n, field in enumerate(listed(scene), 1)
    ]


def _short(scene: Scene, field: FormField) -> str:
    value = field.shown(scene.draft.answers[field.key]).replace("\n", " ")
    return value if len(value) <= LONG else f"{value[:LONG]}…（共{len(value)}字）"


def _offers(scene: Scene) -> str:
    fields = drafts.applicable(scene.form, scene.draft)
    offers = [f.text.offer for f in fields if f.text.offer and f.key not in scene.draft.answers]
    return say("form.review_offer", offers="；".join(offers)) if offers else ""
