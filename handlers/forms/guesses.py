"""What was said before it was asked: confirmed, corrected, added to; and a story told in the wrong place."""

import re

from config.texts import say
from handlers.forms import draft as drafts
from handlers.forms.accept import accept
from handlers.forms.asking import go_on
from handlers.forms.checks.misfit import Misfit
from handlers.forms.extract import apart
from handlers.forms.form import FormField
from handlers.forms.scene import Scene, told
from handlers.turn import Turn
from intents.commands import command

STORY = 20  # characters from which a text that fits nowhere is taken to be the story
_SO_IT_IS = re.compile(
    r"(?:对+|是|嗯+|恩|没错|不错|好|行)(?:的|了|呀|啊|哦|哈|呢)*"
    r"(?:[,，。\s]*(?:对+的?|是的?|没错|就(?:是)?(?:这|那|它|他)?(?:个|家|里|些)?|[这那他]家|这个|那个)(?:的|了|呀|啊)*)?"
    r"|就是(?:这|那|它|他)?(?:个|家|里)?(?:的|了|呀|啊)?"
)
_NO_MORE = re.compile(
    r"(?:没有?|无|不用|不要|不需要?)(?:什么|啥|别的|其[他它]|需要|要)*(?:补充|说|改|加|写)?(?:的|了|啦|呀)*"
    r"|不(?:补充|说|改|加|写)(?:了|啦)?|就这些?(?:事|话)?(?:了|吧)*|就这样(?:了|吧)?|(?:说|写|讲)?完了|够了|好了|就是这样"
)
_WRONG = re.compile(r"(?:不对|不是|错了|不)[,，。!！\s]*(?:是|应该是)?")


def confirmed(text: str) -> bool:
    """“对”, “对对，就是这家”, “没有要补充的”."""
    said = text.strip(" 。.!！~,，")
    return command(text) == "confirm" or bool(_SO_IT_IS.fullmatch(said) or _NO_MORE.fullmatch(said))


async def story_kept(scene: Scene, field: FormField) -> Turn | None:
    """A story where a name or a choice was asked for (old people tell all at once): kept until the form asks
    for it; a name or an amount in it is offered when its turn comes.
    """
    if field.trait.nature == "open" or len(scene.text) < STORY:
        return None
    draft, found = scene.draft, {}
    for key, text in scene.form.form.opening(scene.text).items():
        each = scene.form.fields[key]
        before = draft.guesses.get(key)
        if key in draft.answers or (before is not None and each.trait.nature != "open"):
            continue
        try:
            found[key] = each.parse(f"{before}\n{text}" if before else text, scene.today)
        except Misfit:
            continue
    if not any(scene.form.fields[key].trait.nature == "open" for key in found):
        return None
    kept = scene.but(guesses={**draft.guesses, **found}, misses=draft.misses + 1)
    return go_on(kept.saying(say("form.story_kept")))


async def story(scene: Scene, field: FormField, before: str = "") -> Turn | None:
    """A story that also says who tells it: both are taken. `before` is the part that was told earlier.

    None where it is the story alone, to be looked at like any other answer.
    """
    fields = [each for each in drafts.asked(scene.form, scene.draft) if each is not field]
    open_ones = [each for each in fields if each.key not in scene.draft.answers]
    given, rest = apart(open_ones, scene.text, scene.today)
    if not given and not before:
        return None
    told_apart = told(scene, [(scene.form.fields[key], value) for key, value in given.items()])
    try:
        if rest:
            given[field.key] = field.parse(f"{before}\n{rest}" if before else rest, scene.today)
    except Misfit:
        if not given:
            return None
    return await accept(scene.saying(told_apart), given)


async def guessed(scene: Scene, field: FormField) -> Turn | None:
    """“对” takes what was said before; more of a story is added to it; anything else replaces it."""
    guess, text = scene.draft.guesses[field.key], scene.text
    if confirmed(text):
        return await accept(scene, {field.key: guess})
    wrong = _WRONG.match(text)
    rest = text[wrong.end() :].strip() if wrong else text
    if wrong and not rest:
        forgotten = {key: value for key, value in scene.draft.guesses.items() if key != field.key}
        return go_on(scene.but(guesses=forgotten))
    if len(rest) < 2:
        return None
    if not wrong and field.trait.nature == "open":
        return await story(scene, field, before=guess)
    try:
        return await accept(scene, {field.key: field.parse(rest, scene.today)})
    except Misfit:
        return None
