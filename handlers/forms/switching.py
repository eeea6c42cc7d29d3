"""Another form is wished for while one is half filled: keep it, drop it, or carry over what both ask."""

from dataclasses import replace

from config.texts import say
from handlers.forms import draft as drafts
from handlers.forms.asking import go_on
from handlers.forms.registry import form_spec
from handlers.forms.scene import Scene
from handlers.turn import Draft, Session, Turn
from intents.commands import choice, command

SHELF = 3  # drafts that may lie aside


def ask_to_switch(scene: Scene, name: str) -> Turn:
    """What is to become of the draft?"""
    key = "form.switch_carry" if _related(scene, name) else "form.switch_ask"
    asked = scene.but(asking=f"switch:{name}", opening=scene.text[: drafts.OPENING])
    return asked.turn(say(key, old=scene.form.title, new=form_spec(name).title))


async def answer_switch(scene: Scene, name: str) -> Turn | None:
    """The answer to `ask_to_switch`; None if it was none."""
    number = choice(scene.text)
    back = scene.but(asking="", opening="")
    if number == 3 or command(scene.text) in ("resume", "cancel"):
        return go_on(back)
    if number not in (1, 2):
        return None
    if _related(scene, name):
        return await switch_carrying(back, name) if number == 1 else await _shelve(scene, name)
    return await _shelve(scene, name) if number == 1 else await _drop(scene, name)


async def switch_carrying(scene: Scene, name: str) -> Turn:
    """Become another form with what both ask for."""
    form = form_spec(name)
    draft = drafts.carried(scene.draft, form, scene.today)
    after = replace(scene, form=form, draft=draft, lead=())
    return go_on(after.saying(say("form.switched", new=form.title)))


async def _shelve(scene: Scene, name: str) -> Turn:
    aside = scene.draft.model_copy(update={"asking": "", "opening": ""})
    session = put_aside(scene.session, aside)
    after = await _begun(scene, session, name)
    return go_on(replace(after, lead=(say("form.shelved", old=scene.form.title), *after.lead)))


async def _drop(scene: Scene, name: str) -> Turn:
    await scene.deps.evidence.drop(scene.draft.id)
    return go_on(await _begun(scene, scene.session, name))


async def _begun(scene: Scene, session: Session, name: str) -> Scene:
    from handlers.forms.beginning import begun

    message = scene.message.model_copy(update={"text": scene.draft.opening})
    return await begun(message, session, scene.deps, form_spec(name), scene.aside)


def put_aside(session: Session, draft: Draft) -> Session:
    """The session with the draft on the shelf; the oldest falls off."""
    return session.model_copy(update={"shelved": (*session.shelved, draft)[-SHELF:]})


def _related(scene: Scene, name: str) -> bool:
    return {scene.form.name, name} == {"complaint", "report"}
