"""A form begins: with what the first message already said."""

from typing import Any

from config.texts import say
from handlers.deps import Deps, Handler
from handlers.forms import draft as drafts
from handlers.forms.accept import learn
from handlers.forms.asking import go_on
from handlers.forms.checks.misfit import Misfit
from handlers.forms.extract import several
from handlers.forms.form import FormSpec
from handlers.forms.moves import CANNOT_WRITE
from handlers.forms.registry import FORMS, form_spec
from handlers.forms.scene import Aside, Scene, told
from handlers.forms.switching import ask_to_switch
from handlers.message import Message
from handlers.turn import Session, Turn


def begin(name: str, aside: Aside) -> Handler:
    """The handler that starts the form `name`, or comes back to it."""

    async def handle(message: Message, session: Session, deps: Deps) -> Turn:
        form, draft = form_spec(name), session.draft
        if draft is not None and draft.form in FORMS:
            open_form = form_spec(draft.form)
            draft = drafts.load(open_form, draft, deps.clock.now().date())
            scene = Scene(message, session, deps, open_form, draft, aside)
            if draft.form != name:
                return ask_to_switch(scene, name)
            return go_on(scene.but(asking="").saying(say("form.going_on", title=form.title)))
        waiting = next((each for each in session.shelved if each.form == name), None)
        if waiting is not None:
            return go_on(unshelved(message, session, deps, waiting.id, aside))
        return go_on(await begun(message, session, deps, form, aside))

    return handle


async def begun(message: Message, session: Session, deps: Deps, form: FormSpec, aside: Aside) -> Scene:
    """A new draft, with what the message gives: plain data is taken, the story is kept to be confirmed."""
    draft = drafts.new_draft(form, deps.clock.now(), {})
    if session.unsure and not form.form.opening(message.text):  # “2”, “我要投诉”: the story came before it
        message = message.model_copy(update={"text": session.unsure})
    session = session.model_copy(update={"filed": "", "question": "", "unsure": ""})
    scene = Scene(message, session, deps, form, draft, aside)
    guesses = _guesses(scene)
    given = several(tuple(form.fields.values()), message.text, scene.today, beside=False)
    given = {key: value for key, value in given.items() if key not in guesses and _plain(form, key)}
    draft = drafts.put(form, draft.model_copy(update={"guesses": guesses}), given)
    scene = scene.with_draft(draft).saying(form.form.alarm(message.text), form.text.about)
    scene = scene.saying(say("form.speak") if CANNOT_WRITE.search(message.text) else "")
    for key, value in given.items():
        scene = await learn(scene, key, value)
    kept = [(form.fields[key], value) for key, value in given.items() if key in scene.draft.answers]
    return scene.saying(told(scene, kept))


def unshelved(message: Message, session: Session, deps: Deps, id: str, aside: Aside) -> Scene:
    """Back to a draft that was put aside."""
    draft = next(each for each in session.shelved if each.id == id)
    rest = tuple(each for each in session.shelved if each.id != id)
    form = form_spec(draft.form)
    session = session.model_copy(update={"shelved": rest})
    scene = Scene(message, session, deps, form, draft, aside)
    draft = drafts.load(form, draft, scene.today)
    return scene.with_draft(draft).saying(say("form.resumed", title=form.title))


def _guesses(scene: Scene) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, text in scene.form.form.opening(scene.text).items():
        try:
            found[key] = scene.form.fields[key].parse(text, scene.today)
        except Misfit:
            continue
    return found


def _plain(form: FormSpec, key: str) -> bool:
    """Only what has a shape of its own is taken from an opening message without asking."""
    return form.fields[key].trait.nature in ("strict", "loose")
