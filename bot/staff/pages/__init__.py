"""The pages of the console: one module a subject, each with `pages`, and `MENU` if it stands in the menu."""

from types import ModuleType

from bot.staff.frame import MenuItem, Page
from bot.staff.pages import (
    accounts,
    acts,
    audit,
    calendar,
    case,
    cases,
    entries,
    login,
    numbers,
    own,
    papers,
    platform,
    questions,
    register,
    remedies,
    settings,
    talks,
    undelivered,
    warnings,
)

# A new subject is one more name here.
MODULES: tuple[ModuleType, ...] = (
    login, own, cases, case, acts, register, papers, platform, talks, undelivered,
    accounts, calendar, settings, audit,
    warnings, questions, entries, numbers, remedies,
)  # fmt: skip


def all_pages() -> list[Page]:
    """Every page and action; two of the same address would be a mistake of ours."""
    found: list[Page] = [page for module in MODULES for page in module.pages]
    addresses = [(page.method, page.path) for page in found]
    if len(set(addresses)) != len(addresses):
        raise ValueError("two pages have the same address")
    return found


def menu() -> list[MenuItem]:
    """The entries of the menu, in order."""
    items = [item for module in MODULES if (item := getattr(module, "MENU", None))]
    return sorted(items, key=lambda item: item.order)
