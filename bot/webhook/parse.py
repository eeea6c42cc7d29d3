"""WeChat's XML → `Message`. One strict parser for both (defusedxml: no DTD, no entities)."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import get_args
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pydantic import ValidationError

from bot.clock import SHANGHAI
from bot.webhook.errors import Malformed
from handlers.message import Kind, Message

KINDS: tuple[str, ...] = get_args(Kind)
NAME = re.compile(r"[A-Za-z0-9_@.\-]{1,128}")  # openids and original ids
LAST_SECOND = 2**33
DEPTH = 5  # xml > SubscribeMsgPopupEvent > List > TemplateId is the deepest WeChat has
USED = frozenset({"ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "Event", "EventKey"})


def elements(xml: str | bytes) -> dict[str, str]:
    """The text of each element under `<xml>`; those with children give their leaves' names.

    What repeats inside a list (subscribe_msg events) is numbered: `TemplateId`, `TemplateId#2`.

    Raises:
        Malformed: not XML, a DTD or entity in it, another root, or an element of the message twice.
    """
    try:
        root = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Malformed from error
    tags = [child.tag for child in root]
    if root.tag != "xml" or len(set(tags)) != len(tags):
        raise Malformed
    return _numbered(_leaves(root, DEPTH))


def _leaves(element: Element, depth: int) -> Iterator[tuple[str, str]]:
    if depth == 0:
        raise Malformed
    for child in element:
        if len(child):
            yield from _leaves(child, depth - 1)
        else:
            yield child.tag, child.text or ""


def _numbered(leaves: Iterator[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    times: dict[str, int] = {}
    for tag, text in leaves:
        times[tag] = times.get(tag, 0) + 1
        found[tag if times[tag] == 1 else f"{tag}#{times[tag]}"] = text
    return found


def to_message(xml: str | bytes) -> Message:
    """The message or event of a decrypted body.

    Raises:
        Malformed: what every message must have is missing or is of the wrong kind.
    """
    found = elements(xml)
    try:
        kind = found["MsgType"].lower()
        common = {
            "user": _name(found["FromUserName"]),
            "account": _name(found["ToUserName"]),
            "at": _moment(found["CreateTime"]),
        }
        if kind == "event":
            return Message.model_validate(common | _event(found))
        return Message.model_validate(common | _said(kind, found))
    except (KeyError, ValidationError) as error:
        raise Malformed from error


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise Malformed
    return text


def _moment(text: str) -> datetime:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:12]) < LAST_SECOND and len(text) <= 11):
        raise Malformed
    return datetime.fromtimestamp(int(text), SHANGHAI)


def _event(found: dict[str, str]) -> dict[str, object]:
    event, key = found["Event"].lower(), found.get("EventKey", "")
    # Two template messages of one second finish with the same name: their MsgID keeps them apart.
    parts = (found["FromUserName"], found["CreateTime"], event, key, found.get("MsgID", ""))
    extra = {name: text for name, text in found.items() if name not in USED}
    return {
        "kind": "event",
        "id": "|".join(parts),
        "event": event,
        "event_key": key,
        "extra": extra,
        "latitude": found.get("Latitude") or found.get("Location_X") or None,
        "longitude": found.get("Longitude") or found.get("Location_Y") or None,
    }


def _said(kind: str, found: dict[str, str]) -> dict[str, object]:
    if not NAME.fullmatch(found["MsgId"]):
        raise Malformed
    texts = {"text": "Content", "voice": "Recognition", "location": "Label", "link": "Description"}
    located = kind == "location"
    return {
        "kind": kind if kind in KINDS else "unknown",
        "id": found["MsgId"],
        "text": found.get(texts.get(kind, ""), ""),
        "media_id": found.get("MediaId", ""),
        "media_format": found.get("Format", ""),
        "picture_url": found.get("PicUrl", ""),
        "latitude": found["Location_X"] if located else None,
        "longitude": found["Location_Y"] if located else None,
        "url": found.get("Url", ""),
        "title": found.get("Title", ""),
    }
