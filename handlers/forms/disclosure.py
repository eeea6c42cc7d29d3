"""政府信息公开申请 (Regulation art. 29; the form 政府信息公开申请表; guide 二(二))."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from handlers.cases.model import SHANGHAI
from handlers.cases.number import Kind
from handlers.deps import Deps
from handlers.forms.checks.people import birthday
from handlers.forms.form import Answers, Form, Learn, Lesson, ask, is_
from handlers.forms.published import already_public, what_it_is
from handlers.forms.types import (
    Address,
    Choice,
    CompanyCode,
    Email,
    Fax,
    GroupSize,
    Identity,
    Images,
    Name,
    Note,
    Organisation,
    Phone,
    Postcode,
    Representatives,
    Story,
    YesNo,
)

_ASIDE = ("not_complaint", "not_report", "not_petition", "not_question", "insist")
CITIZEN, ORGANISATION = "公民", "法人或其他组织"
AGENT, JOINT = "代办", "共同申请"
MAIL = "电子邮件"


def _citizen(answers: Answers) -> bool:
    """The applicant is a person: for oneself, through an agent, or several together."""
    applying = answers.get("applying")
    return applying in (CITIZEN, JOINT) or (applying == AGENT and answers.get("principal") == CITIZEN)


def _one_citizen(answers: Answers) -> bool:
    """Several together are named by their representatives."""
    return _citizen(answers) and answers.get("applying") != JOINT


def _organisation(answers: Answers) -> bool:
    applying = answers.get("applying")
    return applying == ORGANISATION or (applying == AGENT and answers.get("principal") == ORGANISATION)


def _by_post(answers: Answers) -> bool:
    return answers.get("delivery") in ("邮寄", "快递")


def _by_mail(answers: Answers) -> bool:
    return MAIL in (answers.get("medium"), answers.get("delivery"))


def _on_a_carrier(answers: Answers) -> bool:
    return answers.get("medium") not in (None, MAIL)


async def _learn_content(value: Any, answers: Answers, deps: Deps) -> Lesson:
    """Is it public already, and is it a request for information at all (art. 39, guide 注意事项(4))?"""
    text = str(value)
    really = await what_it_is(text, deps)
    public = "" if really else await already_public(text, deps)
    return Lesson(answers=dict.fromkeys(_ASIDE), notes={"really_is": really, "public": public})


async def _learn_whose(value: Any, answers: Answers, deps: Deps) -> Lesson:
    """Whose name, paper and address are asked for."""
    return Lesson(notes={"whose": {AGENT: "委托人的", JOINT: "第一位代表的"}.get(str(value), "您的")})


async def _learn_age(value: Any, answers: Answers, deps: Deps) -> Lesson:
    """A child's data needs the consent of a parent or guardian (personal information law, art. 31)."""
    born = birthday(str(value))
    today = deps.clock.now().astimezone(SHANGHAI).date()
    child = born is not None and (today.year - born.year, today.month, today.day) < (14, born.month, born.day)
    return Lesson(notes={"child": child})


class DisclosureForm(Form):
    """The fields in the order of the questions."""

    called: ClassVar[str] = "disclosure"
    kind: ClassVar[Kind] = "disclosure"
    learn: ClassVar[Mapping[str, Learn]] = {
        "content": _learn_content,
        "applying": _learn_whose,
        "id_paper": _learn_age,
    }

    content: Story = ask()
    not_complaint: Choice = ask(when=is_("really_is", "complaint"))
    not_report: Choice = ask(when=is_("really_is", "report"))
    not_petition: Choice = ask(when=is_("really_is", "petition"))
    not_question: Choice = ask(when=is_("really_is", "question"))
    insist: Choice = ask(when=lambda answers: bool(answers.get("public")))
    applying: Choice = ask()
    principal: Choice = ask(when=is_("applying", AGENT))
    agent_name: Name = ask(when=is_("applying", AGENT))
    agent_proof: Images = ask(when=is_("applying", AGENT))
    group_size: GroupSize = ask(when=is_("applying", JOINT))
    representatives: Representatives = ask(when=is_("applying", JOINT))
    group_proof: Images = ask(when=is_("applying", JOINT))
    org_name: Organisation = ask(when=_organisation)
    org_kind: Choice = ask(when=_organisation)
    uscc: CompanyCode = ask(when=_organisation)
    legal_rep: Name = ask(when=_organisation)
    contact: Name = ask(when=_organisation)
    org_phone: Phone = ask(when=_organisation)
    org_address: Address = ask(when=_organisation)
    name: Name = ask(when=_one_citizen)
    consent: Choice = ask(when=_citizen)
    id_paper: Identity = ask(when=_citizen)
    guardian: Choice = ask(when=is_("child", True))
    phone: Phone = ask(when=_citizen)
    address: Address = ask(when=_citizen)
    employer: Note = ask(when=_citizen, asked=False)
    purpose: Note = ask(optional=True)
    medium: Choice = ask()
    delivery: Choice = ask(when=_on_a_carrier)
    email: Email = ask(when=_by_mail)
    fax: Fax = ask(when=is_("delivery", "传真"))
    postcode: Postcode = ask(when=_by_post, optional=True)
    accept_other: YesNo = ask()
    index_no: Note = ask(asked=False)

    @classmethod
    def opening(cls, text: str) -> dict[str, Any]:
        """“我要申请公开你们去年的食品抽检结果”."""
        wish = _TRIGGER.sub("", text.strip()).strip(" ，,。：:！!")
        wish = _TAIL.sub("", wish).strip(" ，,。：:！!")
        return {"content": wish} if len(wish) >= 6 and not _EMPTY.fullmatch(wish) else {}


_TRIGGER = re.compile(
    r"^(?:你好|您好|喂|请问|麻烦)?[,，、\s]*(?:我们?|本人|本单位)?(?:现在|正式|现|就)?(?:要|想|来|需要|依法)?"
    r"(?:依?申请|请求|要求|请|提交)(?:依法)?(?:公开|获取|查阅|提供)?(?:一下|一份|你局|贵局|你们局?的?)?[:：,，]?"
)
_TAIL = re.compile(
    r"[,，]?(?:我?(?:正式)?申请(?:公开)?|按信息公开办|走依申请公开|麻烦你?了|谢谢|开始吧|给我办上?|帮我申请一?下?)$"
)
_EMPTY = re.compile(
    r"(?:(?:我?(?:替|帮|代|给)|公司|单位|我们?)[^，,]{0,6}?(?:想|要)?(?:申请|办理?|填写?))?(?:一?[个份]?|填?)(?:政府|依)?(?:信息)?(?:公开)?(?:申请)?(?:表|书)?"
)
