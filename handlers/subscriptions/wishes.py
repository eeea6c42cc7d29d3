"""What somebody is subscribed to: pairs of a category and a place, kept without repetition."""

from collections.abc import Iterable
from typing import NamedTuple

from config.warnings import ALL, warning_rules


class Wish(NamedTuple):
    """Warnings of one category (or `all`) for one county (or the whole prefecture), by their codes."""

    category: str
    place: str


Wishes = frozenset[Wish]


def tidy(wishes: Iterable[Wish]) -> Wishes:
    """Without those that a wider wish contains."""
    held = frozenset(wishes)
    return frozenset(wish for wish in held if not any(_wider(other, wish) for other in held))


def _wider(one: Wish, other: Wish) -> bool:
    return one != other and one.category in (other.category, ALL) and one.place in (other.place, _whole())


def _whole() -> str:
    return warning_rules().whole.code


def added(held: Wishes, categories: Iterable[str], places: Iterable[str]) -> Wishes:
    """`held` with each of `categories` in each of `places`."""
    places = tuple(places)
    return tidy([*held, *(Wish(category, place) for category in categories for place in places)])


def without(held: Wishes, categories: Iterable[str]) -> Wishes:
    """`held` without `categories`; who had everything keeps all the others."""
    leaving = set(categories)
    if ALL in leaving:
        return frozenset()
    others = [id for id in warning_rules().categories if id != ALL]
    spread = [
        Wish(category, wish.place)
        for wish in held
        for category in (others if wish.category == ALL else [wish.category])
    ]
    if not any(wish.category in leaving for wish in spread):
        return held
    return tidy(wish for wish in spread if wish.category not in leaving)


def wants(held: Wishes, category: str) -> bool:
    """Whether any wish covers `category`."""
    return any(wish.category in (category, ALL) for wish in held)


def lines(held: Wishes) -> tuple[str, ...]:
    """In words, one line a category, in the order of the numbers: “食品（临夏市、康乐县）”."""
    rules = warning_rules()
    found = []
    for id, category in rules.categories.items():
        places = [place.name for code, place in rules.places.items() if Wish(id, code) in held]
        if places:
            found.append(f"{category.name}（{'、'.join(places)}）")
    return tuple(found)


def tags(held: Wishes) -> frozenset[str]:
    """The WeChat tags that mirror the wishes: one a category, one a county; 18 of the 20 a user may have."""
    rules = warning_rules()
    names = {rules.categories[wish.category].name for wish in held}
    return frozenset(names | {rules.places[wish.place].name for wish in held})
