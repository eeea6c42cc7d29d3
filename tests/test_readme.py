"""The README says what is there: every setting, every command, every page of the documents."""

import re
from itertools import zip_longest
from pathlib import Path

import pytest

from bot.__main__ import COMMANDS
from config.settings import ROOT, Settings

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = sorted((ROOT / "docs").glob("*.md"))


def table(heading: str) -> list[list[str]]:
    """The rows of the table under a heading, as cells."""
    part = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_every_setting_stands_in_the_table_and_nothing_else() -> None:
    named = [name for row in table("Settings") for name in re.findall(r"`([A-Z_]+)`", row[0])]
    assert sorted(named) == sorted(field.upper() for field in Settings.model_fields)


def test_the_defaults_are_those_of_the_program() -> None:
    said: dict[str, str] = {}
    for row in table("Settings"):
        names = re.findall(r"`([A-Z_]+)`", row[0])
        said |= dict(zip_longest(names, row[1].split(", "), fillvalue=""))
    wrong: dict[str, str] = {}
    for name, field in Settings.model_fields.items():
        default = field.default
        plain = str(int(default)) if isinstance(default, bool) else str(default)
        if isinstance(default, bool | int) or name in ("host", "wechat_mode", "wechat_account", "log_level"):
            wrong |= {} if said[name.upper()].split(" ")[0] == plain else {name: said[name.upper()]}
    assert wrong == {}


def test_every_command_stands_in_its_table() -> None:
    assert sorted(row[0].strip("`").split()[0] for row in table("Commands")) == sorted(COMMANDS)


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_every_page_of_the_documents_is_linked(page: Path) -> None:
    assert f"(docs/{page.name})" in README


@pytest.mark.parametrize("page", [ROOT / "README.md", *DOCS], ids=lambda page: page.name)
def test_no_link_leads_nowhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    gone = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert gone == []
