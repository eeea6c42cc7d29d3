"""Which of the prefecture's eight counties a place lies in."""

import json
from functools import cache
from pathlib import Path

import config

OUTSIDE = "不在临夏州"
# Short names; 临夏县 and 临夏市 need their last character, because 临夏 alone is the prefecture.
_SHORT = {"东乡族自治县": ("东乡",), "积石山保安族东乡族撒拉族自治县": ("积石山",)}
# Names of other places of Gansu and of the neighbours that people give as addresses of shops.
_ELSEWHERE = (
    "兰州",
    "定西",
    "甘南",
    "合作市",
    "西宁",
    "青海",
    "北京",
    "上海",
    "广东",
    "浙江",
    "陕西",
    "西安",
)


@cache
def counties() -> dict[str, str]:
    """Name → division code, in the order of the codes."""
    path = Path(config.__file__).parent / "law" / "divisions.json"
    return {item["name"]: item["code"] for item in json.loads(path.read_text(encoding="utf-8"))}


def county_of(address: str) -> str:
    """The county's full name, `OUTSIDE` if the address names a place elsewhere, "" if it tells neither."""
    for name in sorted(counties(), key=len, reverse=True):
        if any(word in address for word in (name, *_short(name))):
            return name
    return OUTSIDE if any(place in address for place in _ELSEWHERE) else ""


def code_of(county: str) -> str:
    """The division code; "" outside the prefecture or unknown."""
    return counties().get(county, "")


def _short(name: str) -> tuple[str, ...]:
    if name in _SHORT:
        return _SHORT[name]
    return () if name.startswith("临夏") else (name.removesuffix("县"),)
