"""举报: what others do against the law (order no. 121, arts. 3, 28; the register form 举报登记表)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from handlers.cases.number import Kind
from handlers.forms.checks.places import OUTSIDE
from handlers.forms.form import Form, Learn, ask, is_
from handlers.forms.respondent import alarm, learn_county, opening
from handlers.forms.types import (
    Address,
    Choice,
    County,
    DayInWords,
    Identity,
    Images,
    Name,
    Organisation,
    Phone,
    Story,
)

_NAMED = is_("by_name", "实名")


class ReportForm(Form):
    """The fields in the order of the questions."""

    called: ClassVar[str] = "report"
    kind: ClassVar[Kind] = "report"
    learn: ClassVar[Mapping[str, Learn]] = {"resp_address": learn_county}

    resp_name: Organisation = ask()
    resp_address: Address = ask()
    county: County = ask(derived=True)
    outside: Choice = ask(when=is_("county", OUTSIDE))
    clue: Story = ask(was=("facts", "content"))
    happened_on: DayInWords = ask(asked=False)
    evidence: Images = ask()
    by_name: Choice = ask()
    name: Name = ask(when=_NAMED)
    phone: Phone = ask(when=_NAMED)
    address: Address = ask(when=_NAMED, optional=True)
    id_paper: Identity = ask(when=_NAMED, asked=False)
    route: Choice = ask()

    @classmethod
    def opening(cls, text: str) -> dict[str, Any]:
        """“我要举报某某饭馆，后厨有老鼠”."""
        return opening(text, "clue")

    @classmethod
    def alarm(cls, text: str) -> str:
        """Somebody may be in danger."""
        return alarm(text)
