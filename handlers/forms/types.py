"""The kinds of answers, to be written as the types of a form's fields.

A type is `Annotated`: a pydantic validator that turns text into a value (and a stored value into itself), and
a `Trait` with what the engine has to know of it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationInfo

from config.forms import Option
from handlers.forms.checks import choices, days, masks, money, people, places, texts
from handlers.forms.checks.misfit import Misfit, tidy


@dataclass(frozen=True)
class Trait:
    """What the engine has to know of a type.

    strict   nearly nothing but the right value fits, so a question is never taken for one
    open     the citizen writes freely: only an unmistakable question is not the answer
    pattern  finds such a value inside a longer text
    """

    nature: Literal["strict", "loose", "open", "choice", "yes_no", "several", "images"] = "strict"
    pattern: re.Pattern[str] | None = None
    mask: Callable[[str], str] | None = None
    place: bool = False  # a WeChat location answers it


def _options(info: ValidationInfo) -> Sequence[Option]:
    found: Sequence[Option] = info.context["options"] if info.context else ()
    return found


def _one(value: object, info: ValidationInfo) -> str:
    return choices.one_of(value, _options(info))


def _several(value: object, info: ValidationInfo) -> list[str]:
    return choices.several_of(value, _options(info))


def _failing(value: object, info: ValidationInfo) -> list[str]:
    """Of a list of conditions those that do not hold; “都符合” is none."""
    if value == [] or (isinstance(value, str) and _ALL_HOLD.search(tidy(value))):
        return []
    return choices.several_of(value, _options(info))


def _day(value: object, info: ValidationInfo) -> str:
    return days.day_in_words(value, info.context["today"] if info.context else _no_day())


def _no_day() -> Any:
    raise Misfit("day")


_ALL_HOLD = re.compile(
    r"^(?:都|全都?|全部|四条都?)?(?:符合|满足|没问题|可以|是的?|对的?|好的?|行|嗯|ok|有|0|没有)(?:了|的)?$",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\dA-Za-z])(?:\+?86[\s-]?)?(?:1[3-9]\d(?:[\s-]?\d){8}|0\d{2,3}[\s-]?\d{7,8})(?!\d)")
_ID = re.compile(r"(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])")
_USCC = re.compile(r"(?<![\dA-Za-z])(?=\w*[A-HJ-NPQRTUWXY])[0-9A-HJ-NPQRTUWXY]{18}(?![\dA-Za-z])")
_MAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+\-]*@(?:[A-Za-z0-9\-]+\.)+[A-Za-z]{2,}")
_MONEY = re.compile(r"(?<![\d.])\d[\d.,]*\s*[十百千万]?(?:多|来|几)?\s*(?:块钱|块|元)(?!店|钱店)")
_DATE = re.compile(r"(?:(?:20)?\d\d年)?(?<!\d)\d{1,2}月\d{1,2}[日号]")

Name = Annotated[str, BeforeValidator(people.name), Trait("loose")]
Phone = Annotated[str, BeforeValidator(people.phone), Trait(pattern=_PHONE, mask=masks.mask_phone)]
Fax = Annotated[str, BeforeValidator(people.fax), Trait()]
Identity = Annotated[str, BeforeValidator(people.identity), Trait(pattern=_ID, mask=masks.mask_paper)]
CompanyCode = Annotated[str, BeforeValidator(people.company_code), Trait(pattern=_USCC)]
Organisation = Annotated[str, BeforeValidator(people.organisation), Trait("loose")]
Email = Annotated[str, BeforeValidator(people.email), Trait(pattern=_MAIL)]
Postcode = Annotated[str, BeforeValidator(people.postcode), Trait()]
Address = Annotated[str, BeforeValidator(people.address), Trait("loose", place=True)]
Money = Annotated[str, BeforeValidator(money.money), Trait(pattern=_MONEY)]
DayInWords = Annotated[str, BeforeValidator(_day), Trait(pattern=_DATE)]
Choice = Annotated[str, BeforeValidator(_one), Trait("choice")]
Several = Annotated[list[str], BeforeValidator(_several), Trait("several")]
Failing = Annotated[list[str], BeforeValidator(_failing), Trait("several")]
YesNo = Annotated[bool, BeforeValidator(choices.yes_or_no), Trait("yes_no")]
Story = Annotated[str, BeforeValidator(texts.story), Trait("open")]
Note = Annotated[str, BeforeValidator(texts.note), Trait("open")]
Images = Annotated[list[str], BeforeValidator(texts.images), Trait("images")]
GroupSize = Annotated[int, BeforeValidator(texts.group_size), Trait()]
Representatives = Annotated[list[str], BeforeValidator(texts.representatives), Trait("loose")]


def _county(value: object, info: ValidationInfo) -> str:
    text = tidy(value)
    found = places.county_of(text)
    return found or choices.one_of(text, _options(info))


County = Annotated[str, BeforeValidator(_county), Trait("choice")]
