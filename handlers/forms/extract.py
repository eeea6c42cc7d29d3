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
_EMPTY = re.compile(r"([,，。;；\s])[,，。;；\s]+")
_ROAD = re.compile("[省州市县区乡镇村街路巷]")
CLOSE = 4  # fields behind the one asked for that a number beside its answer may belong to
NEAR = 2  # fields behind the one asked for in which its place may be asked for
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


def several(
    fields: Sequence[FormField],
    text: str,
    today: date,
    *,
    beside: bool = True,
    first: FormField | None = None,
) -> dict[str, Any]:
    """Field → value for each part of the message that names its field or can be nothing else.

    With `beside`, plain parts (“马小花，139…，红园路8号”) answer the fields that stand beside those.
    `first` was asked for: what could be several things is that, or what stands close behind it.
    """
    found: dict[str, Any] = {}
    plain: list[str] = []
    for part in _parts(text):
        given = dict(_read(_nearest(fields, first), part, found, today))
        found |= {key: value for key, value in given.items() if key not in found}
        if not given:
            plain.append(part)
    for part in plain if found and beside else ():
        for field in _beside([field for field in fields if field.ask.asked], found, first):
            try:
                found[field.key] = field.parse(part, today)
                break
            except Misfit:
                continue
    return found


def apart(fields: Sequence[FormField], text: str, today: date) -> tuple[dict[str, Any], str]:
    """Of a story: what it gives by name (“我叫…，电话…”), and the rest of it, the story."""
    found: dict[str, Any] = {}
    for part in _parts(text):
        given = _by_name(fields, part, today)
        if given and given[0] not in found:
            found[given[0]] = given[1]
            text = text.replace(part, "", 1)
    return found, _EMPTY.sub(r"\1", text).strip(" ,，。;；") if found else text


def with_place(fields: Sequence[FormField], first: FormField, text: str, today: date) -> dict[str, Any]:
    """“美家家具店，临夏市红园路12号”: a name and behind it the place that would be asked for next."""
    head, *rest = _parts(text)
    after = fields[fields.index(first) + 1 :][:NEAR] if first in fields else ()
    place = next((field for field in after if field.trait.place), None)
    if place is None or not rest or first.trait.place or not _ROAD.search(rest[0]):
        return {}
    try:
        return {first.key: first.parse(head, today), place.key: place.parse("，".join(rest), today)}
    except Misfit:
        return {}


def _nearest(fields: Sequence[FormField], first: FormField | None) -> list[FormField]:
    """A bare phone number is the citizen's own before it is a shop's that nobody asked for; but behind the
    shop's name or address it is the shop's.
    """
    here = fields.index(first) if first in fields else len(fields)
    return sorted(
        fields, key=lambda field: not field.ask.asked and not 0 < fields.index(field) - here <= CLOSE
    )


def _parts(text: str) -> list[str]:
    return [part for part in (part.strip() for part in _PARTS.split(text)) if part]


def _beside(
    fields: Sequence[FormField], found: Mapping[str, Any], first: FormField | None
) -> list[FormField]:
    """The loose fields in one row with those found: name and address around a phone."""
    asked = first is not None and first.trait.nature == "loose" and first.key not in found
    taken: list[FormField] = [first] if first is not None and asked else []
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
    for field in fields:
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
