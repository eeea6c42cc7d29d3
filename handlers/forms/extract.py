"""Several answers in one message, and answers given by name: “我叫…，电话1…，住…”, “电话改成138…”."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from handlers.forms.checks.misfit import Misfit
from handlers.forms.form import FormField

_PARTS = re.compile(r"[,，。;；\n]+|(?<=\S)\s{2,}")
_CHANGE = r"(?:要)?(?:改成|改为|换成|应该是|应为|更正为|更正|改一下|改下|修改|要改|改)"
_WRONG = r"(?:我)?(?:写错了?|填错了?|错了|不对|输错了?|打错了?|有误|弄错了?)"
_LEADS = {
    "name": ("我叫", "我的名字叫", "我名字叫"),
    "address": ("我住在", "我住", "我家住在", "家住", "住在", "住"),
}


@dataclass(frozen=True)
class Named:
    """A field that the citizen named, and what they want it to be ("" if they did not say)."""

    field: FormField
    value: str


def named(fields: Sequence[FormField], text: str) -> Named | None:
    """“电话改成138…”, “地址写错了”, “改电话”: which field is meant."""
    said = text.strip().strip("。.!！,，")
    for word, field in _words(fields):
        name = rf"(?:我的|我|那个)?{re.escape(word)}"
        if found := re.match(
            rf"{name}(?:是)?{_WRONG}[,，。\s]*(?:{_CHANGE}|是)?[:：\s]*(?P<value>.*)$", said
        ):
            return Named(field, found["value"].strip())
        if found := re.match(rf"(?:把|将)?{name}{_CHANGE}[:：\s]*(?P<value>.*)$", said):
            return Named(field, found["value"].strip())
        if re.fullmatch(rf"(?:我要|我想|要|想)?(?:修改|改一下|改下|改){name}", said):
            return Named(field, "")
    return None


def several(fields: Sequence[FormField], text: str, today: date, *, beside: bool = True) -> dict[str, Any]:
    """Field → value for each part of the message that names its field or can be nothing else.

    With `beside`, plain parts (“马小花，139…，红园路8号”) answer the fields that stand beside those.
    """
    found: dict[str, Any] = {}
    plain: list[str] = []
    for part in filter(None, (part.strip() for part in _PARTS.split(text))):
        given = dict(_read(fields, part, found, today))
        found |= {key: value for key, value in given.items() if key not in found}
        if not given:
            plain.append(part)
    for part in plain if found and beside else ():
        for field in _beside([field for field in fields if field.ask.asked], found):
            try:
                found[field.key] = field.parse(part, today)
                break
            except Misfit:
                continue
    return found


def _beside(fields: Sequence[FormField], found: Mapping[str, Any]) -> list[FormField]:
    """The loose fields in one row with those found: name and address around a phone."""
    taken: list[FormField] = []
    for _, row in groupby(fields, key=lambda field: field.trait.nature == "loose" or field.key in found):
        members = list(row)
        if any(field.key in found for field in members):
            taken += [field for field in members if field.key not in found]
    return taken


def _read(
    fields: Sequence[FormField], part: str, found: Mapping[str, Any], today: date
) -> Iterator[tuple[str, Any]]:
    by_name = _by_name(fields, part, today)
    if by_name:
        yield by_name
        return
    # A bare phone number is the citizen's own before it is a shop's that nobody asked for.
    for field in sorted(fields, key=lambda field: not field.ask.asked):
        pattern = field.trait.pattern
        match = pattern.search(part) if pattern and field.key not in found else None
        if not match:
            continue
        try:
            yield field.key, field.parse(match[0], today)
        except Misfit:
            continue
        part = part.replace(match[0], " ")


def _by_name(fields: Sequence[FormField], part: str, today: date) -> tuple[str, Any] | None:
    for word, field in _words(fields):
        # “商家不给换” does not name the shop: what takes any text wants a sign between name and value.
        lead = word in _LEADS.get(field.key, ())
        sign = "?" if lead or field.trait.nature == "strict" else ""
        value = rf"(?:(?:是|为|叫|在)?[:：\s]+|是|为|叫|在){sign}(?P<value>\S.*)$"
        match = re.match(rf"(?:我的|我)?{re.escape(word)}{value}", part)
        if not match or field.trait.nature == "images":
            continue
        try:
            return field.key, field.parse(match["value"], today)
        except Misfit:
            continue
    return None


def _words(fields: Sequence[FormField]) -> list[tuple[str, FormField]]:
    """The names of the fields, longest first: 商家电话 before 电话."""
    pairs = [
        (word, field)
        for field in fields
        for word in dict.fromkeys((field.text.label, *field.text.names, *_LEADS.get(field.key, ())))
    ]
    return sorted(pairs, key=lambda pair: -len(pair[0]))
