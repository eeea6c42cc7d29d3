"""A message while a form is open. The order: command word → the field → a question → the field's error.

Fields in which the citizen writes freely yield to a question only when it is unmistakable.
"""

import re

from config.texts import say
from handlers.deps import Claim, Deps, Handler
from handlers.forms import draft as drafts
from handlers.forms.accept import accept
from handlers.forms.asking import go_on, go_on_briefly
from handlers.forms.beginning import unshelved
from handlers.forms.checks.misfit import Misfit
from handlers.forms.extract import named, several, with_place
from handlers.forms.form import FormField
from handlers.forms.guesses import confirmed, guessed, story, story_kept
from handlers.forms.moves import (
    MOVES,
    beside,
    edit_numbered,
    finish_images,
    go_to,
    missed_often,
    move_of,
    pending,
)
from handlers.forms.registry import FORMS, form_spec
from handlers.forms.review import listed
from handlers.forms.scene import Aside, Scene, told
from handlers.forms.submitting import submit
from handlers.forms.switching import ask_to_switch
from handlers.message import Message
from handlers.status.look import number_alone
from handlers.turn import Session, Turn
from intents.commands import choice, command
from intents.decision import Context, Decision, Hit

CONFIDENT = 0.55  # a question is answered instead of an error
UNMISTAKABLE = 0.85  # a question is answered although the field could take the text
WORD, KNOWN = 3, 0.95  # a word that asks nothing (“很多”) is a question where it is known as one (“传真”)
QUESTION = re.compile(
    r"[?？]|[吗呢么]$|多少|几[点天个时号楼]|什么|怎么|咋|阿么|哪|能不能|可不可以|要不要|是不是|有没有|为什么|为啥|谁"
)
BARE = 6  # “我要投诉”: the wish alone
SHORT = 12  # a wish for another form, or a greeting, is short; longer texts are answers
ENOUGH = re.compile(
    r"^(?:好|完|没|无|不用)了?$|好了|发完|完了|稍后|补交|以后再|就这些|就这几张|够了|不发"
    r"|没(?:有|带|拿|拍|准备|存|照片|图)|不在(?:手边|身边)|(?:明天|回头|过后|到时候)"
)
GREETING = re.compile("你好|您好|谢谢|多谢|感谢|在吗|在不在|有人吗|辛苦|再见|拜拜|你是谁|你是机器人")
# Inputs that were meant as the answer, so nothing else is looked for in them.
NEARLY = frozenset(
    {
        "phone_short", "phone_long", "phone_unknown", "id_length", "id_birth", "id_check", "paper",
        "uscc_length", "uscc_check", "postcode", "email", "email_at", "day_unreal", "day_future",
        "choice_number", "group_small", "representatives", "text_long", "organisation_unknown",
        "address_unknown", "name_hidden", "phone_none", "id_none", "email_no", "fax_none",
    }
)  # fmt: skip
FREE = ("loose", "open")  # fields that take nearly any text
CONFIRM = frozenset({"确认", "确认提交", "提交", "确定", "确定提交", "我确认"})
STATUS = Decision("flow:status", (Hit(entry="flow.status", score=1.0),), 1.0)
_FORM_OF = {"flow:disclosure": "disclosure", "flow:complaint": "complaint", "flow:report": "report"}


def form_claim(aside: Aside) -> Claim:
    """The claim of the forms, the last of all: what others asked and wait for comes first."""

    async def claim(message: Message, session: Session, deps: Deps) -> Turn | None:
        if session.draft is None or session.draft.form not in FORMS:
            return _without_form(message, session, deps, aside)
        form = form_spec(session.draft.form)
        scene = Scene(message, session, deps, form, session.draft, aside)
        away = drafts.idle(session.draft, deps.clock.now())
        return await step(scene.with_draft(drafts.load(form, session.draft, scene.today)), away=away)

    return claim


def place(otherwise: Handler, aside: Aside) -> Handler:
    """A WeChat location answers the field that asks for a place; else it goes to `otherwise`."""
    claim = form_claim(aside)

    async def handle(message: Message, session: Session, deps: Deps) -> Turn:
        draft = session.draft
        if draft is not None and draft.form in FORMS and message.text:
            form = form_spec(draft.form)
            field = drafts.current(form, drafts.load(form, draft, deps.clock.now().date()))
            turn = await claim(message, session, deps) if field is not None and field.trait.place else None
            if turn is not None:
                return turn
        return await otherwise(message, session, deps)

    return handle


def _without_form(message: Message, session: Session, deps: Deps, aside: Aside) -> Turn | None:
    """“继续” with a draft on the shelf, and a 确认 after the case was filed."""
    waiting = [each for each in session.shelved if each.form in FORMS]
    if command(message.text) == "resume":
        if not waiting:
            return Turn(replies=(say("form.nothing_open"),), session=session, intent="form:none")
        return go_on(unshelved(message, session, deps, waiting[-1].id, aside))
    if session.filed and message.text in CONFIRM:
        return Turn(
            replies=(say("form.already", number=session.filed),), session=session, intent="form:again"
        )
    return None


async def step(scene: Scene, *, away: bool = False) -> Turn:
    """One message, one turn. Danger to life comes before everything else."""
    scene = scene.saying(scene.form.form.alarm(scene.text))
    if scene.draft.asking:
        turn = await pending(scene)
        if turn is not None:
            return turn
        scene = scene.but(asking="", opening="")
    if number_alone(scene.text)[0]:
        turn = await scene.aside(STATUS, scene.message, scene.session, scene.deps)
        return beside(scene, turn, go_on_briefly(scene))
    turn = await _moved(scene) or await _cried(scene) or await _by_name(scene)
    if turn is not None:
        return turn
    field = scene.field
    return await _on_review(scene) if field is None else await _on_field(scene, field, away=away)


async def _moved(scene: Scene) -> Turn | None:
    """返回, 取消 and the others, unless the field takes the word as its answer."""
    word, field = move_of(scene.text), scene.field
    if word not in MOVES or (field is not None and _takes_word(scene, field, word)):
        return None
    return await MOVES[word](scene)


async def _cried(scene: Scene) -> Turn | None:
    """A cry for help is no answer, unless the citizen was asked what happened."""
    field = scene.field
    if not scene.lead or field is None or field.trait.nature == "open":
        return None
    return await story_kept(scene, field) or scene.turn(go_on_briefly(scene))


def _takes_word(scene: Scene, field: FormField, word: str) -> bool:
    """“不填了” as it stands in a choice, or “没有” where that is an answer, is no command."""
    if field.trait.nature == "choice" and any(scene.text in option.called for option in field.text.options):
        return True
    if word != "skip":
        return False
    guessed = field.key in scene.draft.guesses and field.key not in scene.draft.answers
    return guessed or field.trait.nature in ("yes_no", "choice", "several")


async def _by_name(scene: Scene) -> Turn | None:
    """“电话改成138…”, “地址写错了”: at any time, whatever is being asked."""
    answered = list(listed(scene))[::-1]
    open_ones = [field for field in drafts.applicable(scene.form, scene.draft) if field not in answered]
    meant = named([*answered, *open_ones], scene.text)
    if meant is None:
        return None
    if not meant.value:
        return go_to(scene, meant.field)
    try:
        value = meant.field.parse(meant.value, scene.today)
    except Misfit as misfit:
        return go_to(scene.saying(say(f"bad.{misfit.key}", **misfit.names)), meant.field)
    changed = say("form.changed", label=meant.field.text.label, value=meant.field.shown(value))
    return await accept(scene.saying(changed), {meant.field.key: value})


async def _on_review(scene: Scene) -> Turn:
    if scene.text in CONFIRM:
        return await submit(scene)
    number = choice(scene.text)
    turn = edit_numbered(scene, number) if number else None
    if turn is not None:
        return turn
    given = _several(scene)
    if given:
        return await _take(scene, given)
    turn = await _aside(scene, CONFIDENT) if command(scene.text) != "confirm" else None
    if turn is not None:
        return turn
    return scene.turn(say("form.review_hint", count=len(listed(scene))))


async def _on_field(scene: Scene, field: FormField, *, away: bool) -> Turn:
    for look in (_left_as_it_is, _enough_images, _guessed, _unmistakable):
        turn = await look(scene, field)
        if turn is not None:
            return turn
    if away and field.trait.nature in FREE:
        return _offered(scene)
    if field.trait.nature == "open":
        turn = await story(scene, field)
        if turn is not None:
            return turn
    given = _several(scene)
    if len(given) > 1 and field.trait.nature != "open":
        return await _take(scene, given)
    try:
        value = field.parse(scene.text, scene.today)
    except Misfit as misfit:
        return await _misfit(scene, field, misfit, given, away=away)
    return await _taken(scene, field, value)


async def _misfit(
    scene: Scene, field: FormField, misfit: Misfit, given: dict[str, object], *, away: bool
) -> Turn:
    """No answer to what was asked: an answer to something else, a story, a question, or a mistake."""
    meant = misfit.key in NEARLY
    given = given or ({} if meant else _chosen_early(scene, field))
    if given:
        return await _take(scene, given)
    asks = bool(QUESTION.search(scene.text))
    turn = None
    if not meant:
        least = CONFIDENT if asks else KNOWN if len(scene.text) <= WORD else UNMISTAKABLE
        turn = await _aside(scene, least) if asks and len(scene.text) <= 3 * SHORT else None
        turn = turn or await story_kept(scene, field) or await _aside(scene, least)
    return turn or (_offered(scene) if away else _missed(scene, field, misfit))


def _chosen_early(scene: Scene, field: FormField) -> dict[str, object]:
    """“匿名” while pictures are asked for: the words of a choice that is still to come. Only of those that
    can be named: a consent is given to its own question.
    """
    if command(scene.text):
        return {}
    asked = drafts.asked(scene.form, scene.draft)
    fields = [each for each in asked if each is not field and each.text.names and not each.ask.derived]
    found = {
        each.key: option.key
        for each in fields
        if each.key not in scene.draft.answers
        for option in each.text.options
        if scene.text in option.called and not option.then and len(scene.text) > 1
    }
    return dict(found) if len(found) == 1 else {}


async def _left_as_it_is(scene: Scene, field: FormField) -> Turn | None:
    """“好的” to a field that was gone back to: its answer stays."""
    answered = field.key in scene.draft.answers and field.trait.nature not in ("yes_no", "choice", "images")
    return await MOVES["resume"](scene) if answered and command(scene.text) == "confirm" else None


async def _enough_images(scene: Scene, field: FormField) -> Turn | None:
    """“好了”, “没有”, “稍后补交” end the sending of images."""
    if field.trait.nature != "images" or QUESTION.search(scene.text) or not ENOUGH.search(scene.text):
        return None
    return await finish_images(scene, field)


async def _taken(scene: Scene, field: FormField, value: object) -> Turn:
    """Say what was understood where it is not what was typed."""
    plain = field.trait.nature in ("strict", "choice") and not field.trait.mask
    shown = field.shown(value)
    option = next((option for option in field.text.options if option.key == value), None)
    chosen = option and (choice(scene.text) or command(scene.text) == "confirm" or option.then)
    if plain and shown != scene.text and not chosen:
        scene = scene.saying(told(scene, [(field, value)]))
    return await accept(scene, {field.key: value})


async def _guessed(scene: Scene, field: FormField) -> Turn | None:
    """What was said before it was asked; a question about something else comes first."""
    if field.key not in scene.draft.guesses or field.key in scene.draft.answers:
        return None
    turn = None if confirmed(scene.text) else await _unmistakable(scene, field)
    return turn or await guessed(scene, field)


def _several(scene: Scene) -> dict[str, object]:
    """Fields that the message gives by name or by shape; the one being asked and unanswered ones first."""
    fields = drafts.applicable(scene.form, scene.draft)
    answered = scene.draft.answers
    open_ones = [f for f in fields if f.key not in answered or f is scene.field]
    here = scene.field
    given = several(open_ones, scene.text, scene.today, first=here)
    if not given and here is not None and here.trait.nature == "loose":
        given = with_place(open_ones, here, scene.text, scene.today)
    return dict(given)


async def _take(scene: Scene, given: dict[str, object]) -> Turn:
    pairs = [(scene.form.fields[key], value) for key, value in given.items()]
    return await accept(scene.saying(told(scene, pairs)), given)


async def _unmistakable(scene: Scene, field: FormField) -> Turn | None:
    """A question, or the wish for something else, where the field would take nearly any text."""
    text = scene.text
    if field.trait.nature not in FREE:
        return None
    if len(text) > 3 * SHORT or (field.trait.nature == "open" and len(text) > 2 * SHORT):
        return None
    if QUESTION.search(text):
        return await _aside(scene, UNMISTAKABLE)
    return await _aside(scene, UNMISTAKABLE, wishes_only=True) if len(text) <= SHORT else None


async def _aside(scene: Scene, least: float, *, wishes_only: bool = False) -> Turn | None:
    """Answer what is no answer to the form, then repeat the pending question."""
    if command(scene.text) in ("confirm", "skip"):
        return None  # small talk to others, here an answer that does not fit
    decision = await scene.deps.understand(scene.text, Context())
    if decision.intent in ("oos", "clarify") or decision.confidence < least:
        return None
    if decision.intent == "smalltalk" and not GREETING.match(scene.text):
        return None  # “就这个”, “随便”: talk to others, here an answer that does not fit
    if wishes_only and not decision.intent.startswith(("flow:", "smalltalk")):
        return None
    return await _other_wish(scene, decision)


async def _other_wish(scene: Scene, decision: Decision) -> Turn | None:
    name = _FORM_OF.get(decision.intent)
    if name == scene.form.name:  # “我要投诉他” while complaining: part of the story
        again = len(scene.text) <= BARE
        return go_on(scene.saying(say("form.going_on", title=scene.form.title))) if again else None
    if name is not None:
        return ask_to_switch(scene, name) if len(scene.text) <= SHORT else None
    turn = await scene.aside(decision, scene.message, scene.session, scene.deps)
    if turn.session.question and turn.session.question != scene.session.question:
        return beside(scene, turn, say("form.in_between", title=scene.form.title))
    return beside(scene, turn, go_on_briefly(scene))


def _missed(scene: Scene, field: FormField, misfit: Misfit) -> Turn:
    """Say what is wrong and how it should look; everything else is kept."""
    missed = scene.but(misses=scene.draft.misses + 1)
    wrong = say(f"bad.{misfit.key}", **misfit.names)
    options = go_on_briefly(scene) if field.text.options else ""
    return missed.turn(wrong, options, *missed_often(missed, field))


def _offered(scene: Scene) -> Turn:
    """After a long pause the draft is offered again, with its pending question."""
    turn = go_on(scene.saying(say("form.offer_draft", title=scene.form.title)))
    return turn.model_copy(update={"replies": (f"{turn.replies[0]}\n{say('form.offer_end')}",)})
