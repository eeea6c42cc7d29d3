"""Images while a form is open: evidence, a proof, or something that came a step too early."""

from config.texts import say
from handlers.deps import Deps, Handler
from handlers.forms import draft as drafts
from handlers.forms.asking import go_on_briefly
from handlers.forms.form import FormField
from handlers.forms.registry import FORMS, form_spec
from handlers.forms.scene import Aside, Scene
from handlers.message import Message
from handlers.ports import Refused
from handlers.turn import Session, Turn


def image(otherwise: Handler, aside: Aside) -> Handler:
    """The handler of images: the open form's, or `otherwise`."""

    async def handle(message: Message, session: Session, deps: Deps) -> Turn:
        draft = session.draft
        if draft is None or draft.form not in FORMS:
            return await otherwise(message, session, deps)
        form = form_spec(draft.form)
        scene = Scene(message, session, deps, form, draft, aside)
        return await _kept(scene.with_draft(drafts.load(form, draft, scene.today)))

    return handle


def reminded(handler: Handler, aside: Aside) -> Handler:
    """`handler`, and then where the open form stands."""

    async def handle(message: Message, session: Session, deps: Deps) -> Turn:
        turn = await handler(message, session, deps)
        draft = session.draft
        if draft is None or draft.form not in FORMS:
            return turn
        form = form_spec(draft.form)
        scene = Scene(message, session, deps, form, draft, aside)
        scene = scene.with_draft(drafts.load(form, draft, scene.today))
        replies = "\n".join((*turn.replies, go_on_briefly(scene)))
        return turn.model_copy(update={"replies": (replies,)})

    return handle


async def _kept(scene: Scene) -> Turn:
    field = scene.field
    wanted = field if field is not None and field.trait.nature == "images" else _place(scene)
    if wanted is None:
        return scene.turn(say("form.image_unwanted"), go_on_briefly(scene))
    kept = await scene.deps.evidence.keep(scene.draft.id, scene.message)
    if isinstance(kept, Refused):
        return scene.turn(say(f"form.image_{kept.reason}"), go_on_briefly(scene))
    ids = list(dict.fromkeys([*(scene.draft.answers.get(wanted.key) or ()), kept.id]))
    answers = {**scene.draft.answers, wanted.key: ids}
    if wanted is field:  # the field stays open: there may be more
        after = scene.but(answers=answers, cursor=field.key, misses=0)
        return after.turn(say("form.image_kept", count=len(ids)))
    after = scene.but(answers=answers)
    return after.turn(say("form.image_aside", count=len(ids), title=scene.form.title), go_on_briefly(after))


def _place(scene: Scene) -> FormField | None:
    """The field of the form that takes images."""
    fields = drafts.applicable(scene.form, scene.draft)
    return next((field for field in fields if field.trait.nature == "images"), None)
