"""A deploy changes a form while drafts lie in Redis: what still fits is kept, the rest is asked again."""

from datetime import date
from typing import Any, ClassVar

from hypothesis import given
from hypothesis import strategies as st

from config.forms import FieldText, FormText, Option
from handlers.cases.number import Kind
from handlers.forms import draft as drafts
from handlers.forms.form import Form, FormSpec, ask, is_
from handlers.forms.types import Choice, DayInWords, Money, Name, Note, Phone, YesNo
from handlers.turn import Draft
from tests.forms_lab import PHONE

TODAY = date(2026, 11, 24)


class Before(Form):
    """As it was when the drafts were written."""

    called: ClassVar[str] = "trial"
    kind: ClassVar[Kind] = "report"

    name: Name = ask()
    phone: Phone = ask()
    when: DayInWords = ask()
    way: Choice = ask()
    detail: Note = ask(when=is_("way", "a"))
    gone: Note = ask(optional=True)
    sum: Note = ask()


class After(Form):
    """Renamed: phone → mobile; removed: gone; added: sure, at the front; sum is money now; way lost “b”."""

    called: ClassVar[str] = "trial"
    kind: ClassVar[Kind] = "report"

    sure: YesNo = ask()
    name: Name = ask()
    mobile: Phone = ask(was=("phone",))
    when: DayInWords = ask()
    way: Choice = ask()
    detail: Note = ask(when=is_("way", "a"))
    sum: Money = ask()


def _spec(form: type[Form], *ways: str) -> FormSpec:
    texts = {key: FieldText(label=key, ask=key) for key in form.model_fields}
    texts["way"] = FieldText(label="way", ask="way", options=tuple(Option(key=way) for way in ways))
    return FormSpec(form, FormText(title="试", about="", review="", fields=texts))


OLD, NEW = _spec(Before, "a", "b"), _spec(After, "a", "c")
ANSWERS: dict[str, list[Any]] = {
    "name": ["马小花", "Ma Hai"],
    "phone": [PHONE],
    "when": ["2026年10月底", "2025年"],
    "way": ["a", "b"],
    "detail": ["细节"],
    "gone": [None, "旧的"],
    "sum": ["300元", "很多", "忘了"],
}
drafts_of_before = st.fixed_dictionaries(
    {}, optional={key: st.sampled_from(values) for key, values in ANSWERS.items()}
)


@given(answers=drafts_of_before, cursor=st.sampled_from(["", "gone", "phone", "name", "no such field"]))
def test_a_draft_of_one_version_loads_in_another(answers: dict[str, Any], cursor: str) -> None:
    stored = Draft(id="d", form="trial", answers=answers, cursor=cursor).model_dump_json()
    draft = drafts.load(NEW, Draft.model_validate_json(stored), TODAY)
    kept = draft.answers
    assert set(kept) <= set(After.model_fields)
    assert kept.get("name") == answers.get("name")
    assert kept.get("mobile") == answers.get("phone")
    assert kept.get("when") == answers.get("when")
    assert kept.get("way") == (answers.get("way") if answers.get("way") == "a" else None)
    assert kept.get("sum") == (answers.get("sum") if answers.get("sum") == "300元" else None)
    assert ("detail" in kept) == ("detail" in answers and kept.get("way") == "a")
    here = drafts.current(NEW, draft)
    assert here is not None
    assert here.key not in kept or here.key == draft.cursor


@given(answers=drafts_of_before)
def test_loading_twice_is_loading_once(answers: dict[str, Any]) -> None:
    for form in (OLD, NEW):
        once = drafts.load(form, Draft(id="d", form="trial", answers=answers), TODAY)
        assert drafts.load(form, once, TODAY) == once


@given(answers=drafts_of_before)
def test_a_draft_that_went_through_the_new_version_still_loads_in_the_old(answers: dict[str, Any]) -> None:
    """A deploy may be taken back."""
    new = drafts.load(NEW, Draft(id="d", form="trial", answers=answers), TODAY)
    old = drafts.load(OLD, new, TODAY)
    assert old.answers.get("name") == answers.get("name")
    assert old.answers.get("when") == answers.get("when")


def test_a_draft_of_a_form_that_is_gone_is_left_alone() -> None:
    draft = Draft.model_validate({"id": "d", "form": "no such form", "answers": {"x": [1, {"y": 2}]}})
    assert Draft.model_validate_json(draft.model_dump_json()) == draft
