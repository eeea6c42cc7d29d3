"""Drafts: what is answered, what comes next. Pure functions over (form, draft)."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from handlers.forms.checks.misfit import Misfit
from handlers.forms.form import Answers, FormField, FormSpec
from handlers.turn import Draft, Session

LIFETIME = timedelta(days=7)  # a draft that nobody touched for longer is gone
IDLE = timedelta(minutes=30)  # after this an open question is no longer on the citizen's mind
OPENING = 600  # characters of an opening message that are kept until it is decided what becomes of the draft


def new_draft(form: FormSpec, now: datetime, guesses: Mapping[str, Any]) -> Draft:
    """An empty draft; its id makes submitting idempotent."""
    return Draft(id=uuid4().hex, form=form.name, guesses=dict(guesses), began=now, touched=now)


def expired(draft: Draft, now: datetime) -> bool:
    """Whether its seven days are over."""
    return draft.touched is not None and now - draft.touched > LIFETIME


def without_expired(session: Session, now: datetime) -> Session:
    """The session without drafts whose seven days are over."""
    shelved = tuple(draft for draft in session.shelved if not expired(draft, now))
    draft = session.draft if session.draft and not expired(session.draft, now) else None
    if draft is session.draft and shelved == session.shelved:
        return session
    return session.model_copy(update={"draft": draft, "shelved": shelved})


def idle(draft: Draft, now: datetime) -> bool:
    """Whether the citizen has been away for so long that the question has to be asked again."""
    return draft.touched is not None and now - draft.touched > IDLE


def load(form: FormSpec, draft: Draft, today: date) -> Draft:
    """The draft as this version of the form reads it: every answer parsed again, misfits asked again.

    A renamed field finds its answer under its former names; what no field knows any more is left out.
    """
    answers, guesses = _read(form, draft.answers, today), _read(form, draft.guesses, today)
    cursor = draft.cursor if draft.cursor in form.fields else ""
    return settled(form, draft.model_copy(update={"answers": answers, "guesses": guesses, "cursor": cursor}))


def _read(form: FormSpec, stored: Mapping[str, Any], today: date) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, field in form.fields.items():
        name = next((name for name in (key, *field.ask.was) if name in stored), None)
        if name is None:
            continue
        try:
            found[key] = _value(field, stored[name], today)
        except Misfit:
            continue
    return found


def _value(field: FormField, stored: Any, today: date) -> Any:
    if stored is None and (field.ask.optional or not field.ask.asked):
        return None
    return field.parse(stored, today)


def settled(form: FormSpec, draft: Draft) -> Draft:
    """Without the answers whose condition is no longer true (conditions look at earlier fields only)."""
    kept: dict[str, Any] = {}
    for key, field in form.fields.items():
        if key in draft.answers and field.ask.when({**draft.notes, **kept}):
            kept[key] = draft.answers[key]
    return draft if kept == draft.answers else draft.model_copy(update={"answers": kept})


def seen(draft: Draft) -> Answers:
    """What conditions look at: notes and answers."""
    return {**draft.notes, **draft.answers}


def applicable(form: FormSpec, draft: Draft) -> tuple[FormField, ...]:
    """The fields that belong to the form as it is answered so far, in order."""
    answers = seen(draft)
    return tuple(field for field in form.fields.values() if field.ask.when(answers))


def asked(form: FormSpec, draft: Draft) -> tuple[FormField, ...]:
    """Those of them that are asked for."""
    return tuple(field for field in applicable(form, draft) if field.ask.asked)


def current(form: FormSpec, draft: Draft) -> FormField | None:
    """The field being asked; None when only 确认 is missing."""
    fields = asked(form, draft)
    for field in applicable(form, draft):
        if field.key == draft.cursor:
            return field
    return next((field for field in fields if field.key not in draft.answers), None)


def before(form: FormSpec, draft: Draft) -> FormField | None:
    """The field before the one being asked; from the review page the last one."""
    fields, here = asked(form, draft), current(form, draft)
    index = fields.index(here) if here in fields else len(fields)
    return fields[index - 1] if index else None


def progress(form: FormSpec, draft: Draft, field: FormField) -> tuple[int, int]:
    """“第3步/共9步”; what is not answered yet is taken to be answered the usual way."""
    likely = {
        key: each.text.likely
        for key, each in form.fields.items()
        if each.text.likely and key not in draft.answers
    }
    answers = {**likely, **seen(draft)}
    fields = [
        each
        for each in form.fields.values()
        if each is field or (each.ask.asked and not each.ask.derived and each.ask.when(answers))
    ]
    index = fields.index(field) if field in fields else 0
    return index + 1, max(len(fields), index + 1)


def put(form: FormSpec, draft: Draft, answers: Mapping[str, Any]) -> Draft:
    """The draft with these answers, and what follows from them; the cursor goes on."""
    guesses = {key: value for key, value in draft.guesses.items() if key not in answers}
    after = draft.model_copy(
        update={
            "answers": {**draft.answers, **answers},
            "guesses": guesses,
            "cursor": "" if draft.cursor in answers else draft.cursor,
            "misses": 0,
        }
    )
    return settled(form, after)


def forget(form: FormSpec, draft: Draft, keys: Iterator[str]) -> Draft:
    """The draft without these answers: they are asked again."""
    gone = set(keys)
    kept = {key: value for key, value in draft.answers.items() if key not in gone}
    return settled(form, draft.model_copy(update={"answers": kept}))


def carried(old: Draft, form: FormSpec, today: date) -> Draft:
    """The draft as the start of another form: shared fields (by name or `was`) come along, as does the id,
    so that images already sent belong to it. A story is asked about again; what nobody asked for (an ID
    number) stays behind.
    """
    given = {**old.guesses, **old.answers}
    shared = {
        key: given[name]
        for key, field in form.fields.items()
        if field.ask.asked
        for name in (key, *field.ask.was)
        if given.get(name) not in (None, "")
    }
    stories = {key for key in shared if form.fields[key].trait.nature == "open" or key in old.guesses}
    moved = old.model_copy(
        update={
            "form": form.name,
            "answers": {key: value for key, value in shared.items() if key not in stories},
            "guesses": {key: value for key, value in shared.items() if key in stories},
            "cursor": "",
            "misses": 0,
            "asking": "",
            "opening": "",
            "notes": {},
        }
    )
    return load(form, moved, today)
