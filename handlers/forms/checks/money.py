"""Amounts in words: “2000块”, “三千多”, “两万五”, “1.2万”, “没花钱”."""

import re

from handlers.forms.checks.misfit import Misfit, tidy
from knowledge.numerals import as_digits

_NOTHING = re.compile("没花钱|没花|不花钱|免费|没有金额|没有钱|零元|不涉及")
_SCALE = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "k": 1000, "w": 10_000, "": 1}
_SHORT = re.compile(
    r"([一二两三四五六七八九])([百千万])([一二三四五六七八九])(?![一二三四五六七八九十百千万])"
)
_AMOUNT = re.compile(
    r"(?P<about>大概|大约|约|差不多|将近|快|不到)?\s*[¥￥]?\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<scale>[十百千万kw]?)"
    r"(?P<more>多|来|几)?\s*(?P<unit>块钱|块|元|圆|rmb|人民币|毛|角)?(?P<rest>\d)?(?P<after>多|左右|上下)?"
)


_NUMBER = r"(?:[\d.]+\s*[十百千万]?|[一二两三四五六七八九十百千万零]{2,})(?:多|来|几)?"
_WITH_UNIT = re.compile(rf"(?P<sum>{_NUMBER}\s*(?:块钱|块|元)(?!店|钱店))")
_PAID = re.compile(rf"[花交付]了?(?P<sum>{_NUMBER})(?=[,，。;；的买订办充]|$)")


def money(value: object) -> str:
    """“3000元”, “3000多元”, “约3000元”; “0元” where nothing was paid."""
    text = tidy(value).lower().replace(",", "").replace("，", "")
    if _NOTHING.search(text):
        return "0元"
    found = _AMOUNT.search(as_digits(_SHORT.sub(_spell_out, text)))
    if not found:
        raise Misfit("money")
    return _written(found)


def find_money(text: str) -> str:
    """The amount that a sentence names with its unit, or ""."""
    found = _WITH_UNIT.search(text) or _PAID.search(text)
    try:
        return money(found["sum"]) if found else ""
    except Misfit:
        return ""


def _spell_out(found: re.Match[str]) -> str:
    """“两万五” is 25,000, not 20,005."""
    below = {"百": "十", "千": "百", "万": "千"}[found[2]]
    return f"{found[1]}{found[2]}{found[3]}{below}"


def _written(found: re.Match[str]) -> str:
    amount = float(found["number"]) * _SCALE[found["scale"]]
    if found["unit"] in ("毛", "角"):
        amount /= 10
    elif found["rest"] and found["unit"]:
        amount += int(found["rest"]) / 10
    if amount > 1e10:
        raise Misfit("money")
    plain = f"{amount:.2f}".rstrip("0").rstrip(".")
    about = "约" if found["about"] or found["after"] in ("左右", "上下") else ""
    more = "多" if found["more"] or found["after"] == "多" else ""
    return f"{about}{plain}{more}元"
