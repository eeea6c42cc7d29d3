"""投诉: a consumer's own dispute (order no. 121, arts. 3, 10; the register form 投诉登记表)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from handlers.cases.model import SHANGHAI
from handlers.cases.number import Kind
from handlers.deps import Deps
from handlers.forms.checks.days import latest
from handlers.forms.checks.places import OUTSIDE
from handlers.forms.form import Answers, Form, Learn, Lesson, ask, has, is_
from handlers.forms.respondent import alarm, learn_county, opening_of_complaint
from handlers.forms.types import (
    Address,
    Choice,
    County,
    DayInWords,
    Failing,
    Identity,
    Images,
    Money,
    Name,
    Organisation,
    Phone,
    Several,
    Story,
    YesNo,
)

YEARS = 3  # art. 16(4)


async def _learn_age(value: Any, answers: Answers, deps: Deps) -> Lesson:
    """A purchase of more than three years ago brings the question that the pre-check brings."""
    today = deps.clock.now().astimezone(SHANGHAI).date()
    old = latest(str(value)) < date(today.year - YEARS, today.month, min(today.day, 28))
    told = "three_years" in (answers.get("precheck") or ())
    return Lesson(notes={"old": old and not told})


class ComplaintForm(Form):
    """The fields in the order of the questions."""

    called: ClassVar[str] = "complaint"
    kind: ClassVar[Kind] = "complaint"
    learn: ClassVar[Mapping[str, Learn]] = {
        "resp_address": learn_county,
        "happened_on": _learn_age,
    }

    precheck: Failing = ask()
    anyway_own_use: Choice = ask(when=has("precheck", "own_use"))
    anyway_three_years: Choice = ask(when=has("precheck", "three_years"))
    anyway_first_time: Choice = ask(when=has("precheck", "first_time"))
    anyway_known: Choice = ask(when=has("precheck", "known"))
    resp_name: Organisation = ask()
    resp_address: Address = ask()
    county: County = ask(derived=True)
    outside: Choice = ask(when=is_("county", OUTSIDE))
    resp_phone: Phone = ask(asked=False)
    resp_contact: Name = ask(asked=False)
    happened_on: DayInWords = ask()
    anyway_old: Choice = ask(when=is_("old", True))
    amount: Money = ask()
    facts: Story = ask(was=("clue", "content"))
    claim: Several = ask()
    evidence: Images = ask()
    name: Name = ask()
    phone: Phone = ask()
    address: Address = ask()
    agent_name: Name = ask(asked=False)
    id_paper: Identity = ask(asked=False)
    agree_publish: YesNo = ask()
    agree_delegate: YesNo = ask()
    route: Choice = ask()

    @classmethod
    def opening(cls, text: str) -> dict[str, Any]:
        """“我要投诉某某家具店，柜子裂了不给退”."""
        return opening_of_complaint(text)

    @classmethod
    def alarm(cls, text: str) -> str:
        """Somebody may be in danger."""
        return alarm(text)
