"""A position on the map: where our office is, how far, and which county it was sent from."""

import json
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

import config
from config.texts import say
from handlers.deps import Deps
from handlers.message import Message
from handlers.turn import Session, Turn

OFFICE = (35.6012, 103.2106)  # 临夏市 town centre (GCJ-02); good for "about how far", not for the door
EARTH_KM = 6371.0
NEAR_KM = 300.0  # beyond this the distance helps nobody
PREFECTURE = "临夏"


async def location(message: Message, session: Session, deps: Deps) -> Turn:
    """Answer with the office, the distance, and whose area the place is in."""
    parts = [say("location.office"), _distance(message), _area(message.text)]
    text = "\n".join(part for part in parts if part)
    return Turn(replies=(text,), session=session, intent="location")


def _distance(message: Message) -> str:
    if message.latitude is None or message.longitude is None:
        return ""
    km = kilometres((message.latitude, message.longitude), OFFICE)
    if km > NEAR_KM:
        return ""
    return say("location.distance", distance=f"{km:.0f}公里" if km >= 1 else "不到1公里")


def _area(label: str) -> str:
    """Labels read like 甘肃省临夏回族自治州东乡族自治县锁南镇…; without one nothing is said."""
    if not label:
        return ""
    county = next((name for name in _counties() if name in label), "")
    if county:
        return say("location.county", county=county)
    outside = "省" in label and PREFECTURE not in label
    return say("location.outside") if outside else ""


def kilometres(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Great-circle distance between two points (latitude, longitude in degrees)."""
    (lat1, lon1), (lat2, lon2) = (map(radians, here), map(radians, there))
    chord = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(chord))


@cache
def _counties() -> tuple[str, ...]:
    path = Path(config.__file__).parent / "law" / "divisions.json"
    return tuple(division["name"] for division in json.loads(path.read_text(encoding="utf-8")))
