"""A form: a pydantic class whose fields stand in the order of the questions; here they are made readable.

class ReportForm(Form):
called: ClassVar[str] = "report"
real_name: Choice = ask()
phone: Phone = ask(when=is_("real_name", "实名"))
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Annotated, Any, ClassVar, cast

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic import Field as PydanticField

from config.forms import FieldText, FormText, form_text
from config.texts import say
from handlers.cases.number import Kind
from handlers.deps import Deps
from handlers.forms.checks.misfit import Misfit
from handlers.forms.types import Trait

Answers = Mapping[str, Any]
When = Callable[[Answers], bool]


@dataclass(frozen=True)
class Lesson:
    """What a form draws from an answer: other answers (None asks that field again), notes, words to say."""

    answers: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)
    say: str = ""


Learn = Callable[[Any, Answers, Deps], Awaitable[Lesson]]


@dataclass(frozen=True)
class Ask:
    """How the engine treats a field, beside its type."""

    when: When
    optional: bool = False
    derived: bool = False  # usually drawn from another answer: no step of its own unless it must be asked
    asked: bool = True  # False: only taken when it is offered or volunteered
    was: tuple[str, ...] = ()  # former names of the field, and its names in other forms


def _always(answers: Answers) -> bool:
    return True


def ask(
    *,
    when: When = _always,
    optional: bool = False,
    derived: bool = False,
    asked: bool = True,
    was: tuple[str, ...] = (),
) -> Any:
    """Declare a field."""
    settings = Ask(when, optional, derived, asked, was)
    return PydanticField(default=None, json_schema_extra=cast(Any, {"ask": settings}))


def is_(key: str, *values: object) -> When:
    """The field `key` (or a note of that name) has one of `values`."""
    return lambda answers: answers.get(key) in values


def has(key: str, value: object = None) -> When:
    """The list `key` holds `value`; without one, `key` is not empty."""
    if value is None:
        return lambda answers: bool(answers.get(key))
    return lambda answers: value in (answers.get(key) or ())


class Form(BaseModel):
    """Base of the forms; `learn`: field → what its answer teaches."""

    called: ClassVar[str]
    kind: ClassVar[Kind]
    learn: ClassVar[Mapping[str, Learn]] = {}

    @classmethod
    def opening(cls, text: str) -> dict[str, Any]:
        """Field → value that the message which began the form seems to give; the citizen confirms each."""
        return {}

    @classmethod
    def alarm(cls, text: str) -> str:
        """What has to be said at once about `text` (danger to life), or ""."""
        return ""


@dataclass(frozen=True)
class FormField:
    """A field of a form, ready to be asked."""

    key: str
    text: FieldText
    trait: Trait
    ask: Ask
    adapter: TypeAdapter[Any]

    def parse(self, value: object, today: date) -> Any:
        """The value that a text, or a stored answer, gives.

        Raises:
            Misfit: it gives none.
        """
        try:
            return self.adapter.validate_python(value, context={"today": today, "options": self.text.options})
        except ValidationError as error:
            cause = error.errors()[0].get("ctx", {}).get("error")
            raise cause if isinstance(cause, Misfit) else Misfit("empty") from error

    def shown(self, value: Any, *, masked: bool = True) -> str:
        """The value as it is read by people."""
        if self.trait.nature == "images":
            return say("form.images", count=len(value)) if value else self._none()
        if value is None:
            return say("form.not_given")
        if isinstance(value, bool):
            return say("form.yes") if value else say("form.no")
        if isinstance(value, list):
            return "、".join(self._named(item) for item in value) or self._none()
        if masked and self.trait.mask:
            return self.trait.mask(str(value))
        return self._named(str(value))

    def _named(self, key: str) -> str:
        return next((option.shown for option in self.text.options if option.key == key), key)

    def _none(self) -> str:
        return self.text.none or say("form.images_none")


class FormSpec:
    """A form class with its texts: what the engine works on."""

    def __init__(self, form: type[Form], text: FormText | None = None) -> None:
        """`text` is that of `config/forms` unless another is given."""
        self.form, self.name, self.kind = form, form.called, form.kind
        self.text = text or form_text(form.called)
        self.fields: dict[str, FormField] = {key: self._field(key) for key in form.model_fields}

    @property
    def title(self) -> str:
        """投诉, 举报, 政府信息公开申请."""
        return self.text.title

    def _field(self, key: str) -> FormField:
        info = self.form.model_fields[key]
        extra = cast(dict[str, Any], info.json_schema_extra)
        trait = next(item for item in info.metadata if isinstance(item, Trait))
        declared = cast(Any, Annotated)[(info.annotation, *info.metadata)]
        adapter: TypeAdapter[Any] = TypeAdapter(declared)
        return FormField(key, self.text.fields[key], trait, extra["ask"], adapter)


@cache
def spec(form: type[Form]) -> FormSpec:
    """The form, read once."""
    return FormSpec(form)
