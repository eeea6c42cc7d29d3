"""How a field is asked, and asked again."""

from string import Formatter

from config.texts import say
from handlers.forms import draft as drafts
from handlers.forms.form import FormField
from handlers.forms.review import review
from handlers.forms.scene import Scene
from handlers.turn import Turn

EARLY = 2  # the moves are explained with the first questions, then only named


def go_on(scene: Scene) -> Turn:
    """Ask the next thing: a field, or on the review page the explicit 确认."""
    field = scene.field
    if field is None:
        return review(scene)
    return scene.turn(*_question(scene, field))


def go_on_briefly(scene: Scene) -> str:
    """The pending question in one line, after something else was answered."""
    field = scene.field
    if field is None:
        return say("form.review_again", title=scene.form.title)
    text = _guess(scene, field) or _filled(scene, field.text.brief)
    return say("form.again", ask=text) + _options(field)


def _question(scene: Scene, field: FormField) -> list[str]:
    n, total = drafts.progress(scene.form, scene.draft, field)
    guess = _guess(scene, field)
    text = guess or _filled(scene, field.text.ask)
    lines = [say("form.step", n=n, total=total, ask=text) + _options(field)]
    if field.key in scene.draft.answers:
        value = field.shown(scene.draft.answers[field.key])
        lines.append(say("form.now", value=value))
    elif field.text.example and not guess:
        lines.append(say("form.example", example=field.text.example))
    if field.ask.optional:
        lines.append(say("form.optional"))
    lines.append(say("form.moves" if n <= EARLY else "form.moves_short"))
    return lines


def _guess(scene: Scene, field: FormField) -> str:
    if field.key not in scene.draft.guesses or field.key in scene.draft.answers:
        return ""
    guess = field.shown(scene.draft.guesses[field.key])
    text = field.text.confirm
    return text.format(guess=guess) if text else say("form.guess", label=field.text.label, guess=guess)


def _filled(scene: Scene, text: str) -> str:
    """The question with what the form noted put in."""
    names = {name for _, name, _, _ in Formatter().parse(text) if name}
    return text.format(**{name: scene.draft.notes.get(name, "") for name in names}) if names else text


def _options(field: FormField) -> str:
    lines = [f"{n} {option.shown}" for n, option in enumerate(field.text.options, 1)]
    return "".join(f"\n{line}" for line in lines)
