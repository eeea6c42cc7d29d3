"""A message while a form is open. The order: command word → the field → a question → the field's error.

Fields in which the citizen writes freely yield to a question only when it is unmistakable.
"""

import re
from dataclasses import replace

from config.texts import say
from handlers.deps import Claim, Deps, Handler
from handlers.forms import draft as drafts
from handlers.forms.accept import accept
from handlers.forms.asking import go_on, go_on_briefly
from handlers.forms.beginning import unshelved
from handlers.forms.checks.misfit import Misfit
from handlers.forms.extract import named, several
from handlers.forms.form import FormField
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
QUESTION = re.compile(
    r"[?？]|[吗呢么]$|多少|几[点天个时号楼]|什么|怎么|咋|阿么|哪|能不能|可不可以|要不要|是不是|有没有|为什么|为啥|谁"
)
SHORT = 12  # a wish for another form, or a greeting, is short; longer texts are answers
ENOUGH = re.compile(
    r"^(?:好|完|没)了?$|好了|发完|完了|稍后|补交|以后再|没有|就这些|就这几张|够了|不发|没照片"
)
GREETING = re.compile("你好|您好|谢谢|多谢|感谢|在吗|在不在|有人吗|辛苦|再见|拜拜|你是谁|你是机器人")
# Inputs that were meant as the answer, so nothing else is looked for in them.
NEARLY = frozenset(
    {
        "phone_short", "phone_long", "phone_unknown", "id_length", "id_birth", "id_check", "paper",
        "uscc_length", "uscc_check", "postcode", "email", "email_at", "day_unreal", "day_future",
        "choice_number", "group_small", "representatives", "text_long",
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
    """One message, one turn."""
    if scene.draft.asking:
        turn = await pending(scene)
        if turn is not None:
            return turn
        scene = scene.but(asking="", opening="")
    if number_alone(scene.text)[0]:
        turn = await scene.aside(STATUS, scene.message, scene.session, scene.deps)
        return beside(scene, turn, go_on_briefly(scene))
    word = move_of(scene.text)
    field = scene.field
    if word in MOVES and not (field is not None and _takes_word(scene, field, word)):
        return await MOVES[word](scene)
    turn = await _by_name(scene)
    if turn is not None:
        return turn
    if field is None:
        return await _on_review(scene)
    return await _on_field(scene, field, away=away)


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
    given = _several(scene)
    if len(given) > 1 and (field.trait.nature != "open" or field.key not in given):
        return await _take(scene, given)
    try:
        value = field.parse(scene.text, scene.today)
    except Misfit as misfit:
        if given:
            return await _take(scene, given)
        least = CONFIDENT if QUESTION.search(scene.text) else UNMISTAKABLE
        turn = None if misfit.key in NEARLY else await _aside(scene, least)
        return turn or (_offered(scene) if away else _missed(scene, field, misfit))
    return await _taken(scene, field, value)


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
    chosen = field.trait.nature == "choice" and (choice(scene.text) or command(scene.text) == "confirm")
    if plain and shown != scene.text and not chosen:
        scene = scene.saying(told(scene, [(field, value)]))
    return await accept(scene, {field.key: value})


async def _guessed(scene: Scene, field: FormField) -> Turn | None:
    """“对” takes what was said before; more of a story is added to it; anything else replaces it."""
    if field.key not in scene.draft.guesses or field.key in scene.draft.answers:
        return None
    guess, text = scene.draft.guesses[field.key], scene.text
    if command(text) == "confirm" or text in ("没有了", "没了", "没有", "就这些", "不用", "不用了", "不补充"):
        return await accept(scene, {field.key: guess})
    wrong = re.match(r"(?:不对|不是|错了|不)[,，。!！\s]*(?:是|应该是)?", text)
    rest = text[wrong.end() :].strip() if wrong else text
    if wrong and not rest:
        forgotten = {key: value for key, value in scene.draft.guesses.items() if key != field.key}
        return go_on(scene.but(guesses=forgotten))
    turn = await _unmistakable(scene, field)
    if turn is not None or len(rest) < 2:
        return turn
    whole = rest if wrong or field.trait.nature != "open" else f"{guess}\n{rest}"
    try:
        return await accept(scene, {field.key: field.parse(whole, scene.today)})
    except Misfit:
        return None


def _several(scene: Scene) -> dict[str, object]:
    """Fields that the message gives by name or by shape; the one being asked and unanswered ones first."""
    fields = drafts.applicable(scene.form, scene.draft)
    answered = scene.draft.answers
    open_ones = [f for f in fields if f.key not in answered or f is scene.field]
    return dict(several(open_ones, scene.text, scene.today))


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
    if command(scene.text) == "confirm":
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
    if name == scene.form.name:
        return None  # “我要投诉他” while complaining: part of the story
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
    lead = (say("form.offer_draft", title=scene.form.title),)
    turn = go_on(replace(scene, lead=lead))
    return turn.model_copy(update={"replies": (f"{turn.replies[0]}\n{say('form.offer_end')}",)})
