"""Which places a question is about: what another bureau, province or year has, our documents do not hold."""

import re

from intents.query import Query

_FAR = (
    "甘南|兰州|定西|白银|天水|庆阳|平凉|陇南|武威|张掖|酒泉|嘉峪关|金昌|西宁|海东|青海|宁夏|新疆|陕西|西藏|四川|内蒙古"
    "|北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|广西|海南|贵州|云南"
)
_COUNTIES = "临夏县|永靖|和政|康乐|广河|东乡|积石山"
# Asked about, not where somebody lives or comes from (“我在临夏开店”).
_PLACE = re.compile(f"(?<![在是住从到由])(?:临夏|甘肃|{_FAR})")
_ELSEWHERE = re.compile(f"(?<![在是住从到由])(?:{_FAR})")
_OUR_PREFECTURE = re.compile("(?<![在是住从到])(?:我们州|咱们?州|全州|本州|州上)")
_OTHER_BUREAU = re.compile(
    f"(?:{_FAR}|{_COUNTIES})(?:省|市|州|县)?(?:那边|那里)?的?(?:市场监管|市监|工商|质监|食药监|局)"
)
_FIGURE = re.compile(r"多少|几[个家户天成批]|率|占比|%|百分|比例|排名|排第|数量")
_HOME = {"sampling": "甘肃"}  # the province whose document it is; the plans are national


def has_places(text: str, document: str, query: Query) -> bool:
    """Whether `text`, a passage of `document`, speaks of the places whose figure is asked for."""
    if document in _HOME and _ELSEWHERE.search(query.normal):
        return False
    if not _FIGURE.search(query.normal):
        return True
    places = set(_PLACE.findall(query.normal)) - {_HOME.get(document)}
    if _OUR_PREFECTURE.search(query.normal):
        places.add("临夏")
    return all(place in text for place in places)


def names_other_bureau(query: Query) -> bool:
    """Whether the bureau of another prefecture or of a county is asked about (“兰州市市场监管局的地址”)."""
    return _OTHER_BUREAU.search(query.normal) is not None
