"""What complaint and report share: whom it is about, where, and whether somebody is in danger."""

import re
from typing import Any

from config.texts import say
from handlers.deps import Deps
from handlers.forms.checks.days import find_day
from handlers.forms.checks.money import find_money
from handlers.forms.checks.places import county_of
from handlers.forms.form import Answers, Lesson

_VERBS = "投诉|举报|反映|检举|揭发|告"
_A = "一下|一家|一个|个|下"
_SHOP = (
    "家具店|家具城|建材店|服装店|鞋店|药店|饭店|饭馆|餐馆|餐厅|火锅店|烧烤店|奶茶店|蛋糕店|超市|商场|商店|便利店|小卖部"
    "|理发店|美容院|美发店|健身房|宾馆|酒店|旅馆|加油站|修车店|修理厂|汽修店|4S店|手机店|电器店|眼镜店|金店|花店|书店|网店"
    "|专卖店|旗舰店|作坊|工厂|食品厂|公司|培训班|培训学校|幼儿园|诊所|批发部|市场|门市部|茶楼|网吧|洗车店|干洗店|宠物店"
    "|摄影店|影楼|婚庆店|店|馆|厂|行|铺子|铺|摊"
)
_TRIGGER = re.compile(
    r"^(?:你好|您好|喂|请问|那个|麻烦)?[,，、\s]*(?:我|我们|本人)?(?:实名|匿名)?(?:要|想|来|得|现在)?"
    rf"(?:在这儿?)?(?:向你们)?(?:{_VERBS})(?:{_A})?[:：,，]?"
)
# “投诉某某家具店 …”, “在某某家具店买的 …”
_NAMED = re.compile(rf"(?:{_VERBS})(?:{_A})?(?P<name>[^\s,，。；;!！?？的]{{0,16}}?(?:{_SHOP}))")
_BOUGHT = "买|订|定|办|充|吃|修|做|看|花|消费|理|洗"
_WHERE = re.compile(
    rf"(?:在|从|去|到|是)(?P<name>[^\s,，。；;!！?？的在从]{{1,16}}?(?:{_SHOP}))(?:里面|里|那里|那儿|上)?(?:{_BOUGHT})"
)
_VAGUE = re.compile(rf"^(?:一家|一个|个|那家|那个|这家|某家|某个|我们|他们|你们)?的?(?:{_SHOP})$")
# “西关十字那个卖保健品的店”: not a name, but enough to find it.
_DESCRIBED = re.compile(
    r"(?:在|从|去|到|告)(?P<name>[^\s,，。；;!！?？]{0,14}?(?:卖|修|做|开|办|理)[^\s,，。；;!！?？的]{1,8}的(?:店|铺子|摊子|摊|地方|人)?)"
)
_CLAIM = re.compile(
    r"(?:要求|请求|希望|想要?|必须|让他们?|叫他们?)(?:给我?|他们?|商家|老板)*(退款|退钱|退货|退还|赔偿|赔钱|换货|更换|换一个|修理|维修|修好|重做)"
)
_STUCK = "困|关在|卡在|卡住|夹"
_DANGER = {
    "poison": re.compile("中毒|食物中毒|上吐下泻|昏迷|不省人事|救命|快不行了|吐血|喘不上气"),
    "gas": re.compile(
        "(?:燃气|煤气|天然气|液化气|沼气|煤气罐|气罐|气瓶|气站|灶).{0,6}(?:漏|泄|炸)|漏(?:煤|燃|天然)气|氨气|氯气泄"
        "|着火|起火|失火|爆炸|烧起来|烧着了"
    ),
    "lift": re.compile(rf"(?:电梯|扶梯|缆车|索道).{{0,10}}(?:{_STUCK})|(?:困|关|卡)在.{{0,6}}(?:电梯|缆车)"),
}


def danger(text: str) -> str:
    """Whom to call first where life may be in danger; "" where nothing sounds like it."""
    kind = next((kind for kind, words in _DANGER.items() if words.search(text)), "")
    return say(f"danger.{kind}") if kind else ""


def alarm(text: str) -> str:
    """The same, for who is filling in a form."""
    first = danger(text)
    return f"{first}{say('danger.form')}" if first else ""


def opening(text: str, story: str) -> dict[str, Any]:
    """Respondent and story (field `story`) out of the message that began the form."""
    found: dict[str, Any] = {}
    match = _NAMED.search(text) or _WHERE.search(text) or _DESCRIBED.search(text)
    if match and not _VAGUE.match(match["name"]):
        found["resp_name"] = re.sub(r"^(?:一家|一个|那家|那个|这家)", "", match["name"])
    told = _TRIGGER.sub("", text.strip()).strip(" ，,。：:")
    if len(told) >= 8 and told != found.get("resp_name"):
        found[story] = told
    return found


def opening_of_complaint(text: str) -> dict[str, Any]:
    """The same; and when, for how much, and what is wanted, if the message says so."""
    found = opening(text, "facts")
    claims = "、".join(_CLAIM.findall(text))
    more = {"happened_on": find_day(text), "amount": find_money(text), "claim": claims}
    return {**found, **{key: value for key, value in more.items() if value}}


async def learn_county(value: Any, answers: Answers, deps: Deps) -> Lesson:
    """The county from the address; unknown, it is asked for."""
    return Lesson({"county": county_of(str(value)) or None})
