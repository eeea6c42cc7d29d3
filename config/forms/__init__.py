"""What the forms say, as data: `<form>.toml` holds each field's label, question, example, options."""

import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

FOLDER = Path(__file__).parent


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(_Data):
    """A numbered choice. `key` is what is stored (and printed on the paper form); `words` also choose it.

    `then` says what choosing it does besides: `stop:<says>` ends the form, `switch:<form>` changes it.
    """

    key: str
    label: str = ""
    words: tuple[str, ...] = ()
    then: str = ""

    @property
    def shown(self) -> str:
        """How it reads in the list."""
        return self.label or self.key

    @property
    def called(self) -> tuple[str, ...]:
        """Every word that chooses it."""
        return (self.key, self.shown, *self.words)


class FieldText(_Data):
    """How a field is asked. {names} in `ask` are filled from the notes that the form took."""

    label: str
    ask: str
    short: str = ""  # the question again, after something else was answered; "" takes the first line of `ask`
    example: str = ""
    confirm: str = ""  # when a value was guessed from what was said before: {guess}
    names: tuple[str, ...] = ()  # by which the citizen may name it (“电话改成…”)
    options: tuple[Option, ...] = ()
    likely: str = ""  # the usual answer, so that “共9步” is right before it is given
    none: str = ""  # how it reads on the review page when nothing was chosen or sent
    offer: str = ""  # a field that is not asked for, but may be added on the review page: how to

    @property
    def brief(self) -> str:
        """The question in one line."""
        return self.short or self.ask.split("\n", 1)[0]


class FormText(_Data):
    """Everything a form says."""

    title: str  # 投诉
    about: str  # what the citizen is told when the form begins: who keeps the data, what for (PI art. 17)
    review: str  # under the review page: what 确认 means
    says: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, FieldText]


@cache
def form_text(name: str, folder: Path = FOLDER) -> FormText:
    """The texts of the form `name`.

    Raises:
        FileNotFoundError: there is no such form.
        ValueError: the file does not fit; pydantic's message says where.
    """
    return FormText.model_validate(tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8")))
