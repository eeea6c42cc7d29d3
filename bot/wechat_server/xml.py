"""The XML of callbacks and replies, as WeChat writes and reads it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

# What XML 1.0 cannot hold; WeChat's client does not let it be typed.
UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Value = str | int | float | Mapping[str, Any] | Sequence[Mapping[str, Any]]


def to_xml(fields: Mapping[str, Value]) -> str:
    """`<xml>` with one element a field: numbers bare, texts as CDATA, mappings nested, lists as `<item>`s."""
    return "<xml>" + "".join(_element(name, value) for name, value in fields.items()) + "</xml>"


def from_xml(text: str) -> dict[str, str]:
    """The leaf elements below the root by name. ValueError for anything that is not plain XML."""
    return {child.tag: child.text or "" for child in parse(text)}


def parse(text: str) -> Element:
    """The root element. ValueError for what does not parse or brings a DTD."""
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException) as error:
        raise ValueError(type(error).__name__) from error
    return root


def articles(text: str) -> list[dict[str, str]]:
    """The articles of a news reply."""
    return [{leaf.tag: leaf.text or "" for leaf in item} for item in parse(text).iterfind("./Articles/item")]


def _element(name: str, value: Value) -> str:
    return f"<{name}>{_content(value)}</{name}>"


def _content(value: Value) -> str:
    if isinstance(value, str):
        # A CDATA section cannot hold its own end; it is closed and opened again in the middle.
        return f"<![CDATA[{UNSPEAKABLE.sub('', value).replace(']]>', ']]]]><![CDATA[>')}]]>"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Mapping):
        return "".join(_element(name, inner) for name, inner in value.items())
    return "".join(_element("item", item) for item in value)
