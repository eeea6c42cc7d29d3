"""Typed access to the law as data (`config/law/*.json`): what an article says, and whether it was read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from knowledge.articles import references

FOLDER = Path(str(files("config"))) / "law"


class LawError(ValueError):
    """A law file cannot be read; the message names it and what is wrong."""


@dataclass(frozen=True, slots=True)
class LawSource:
    """A law or notice: its code, its title as one cites it, and what was read of it."""

    code: str
    title: str  # without order number and dates: 中华人民共和国政府信息公开条例
    number: str  # where the title is printed after one: 国办公开办函〔2015〕207号
    printed: str  # with them
    read: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing an article says. `data` is the file's item, `context` what stands around it unsourced."""

    law: str
    article: str
    file: str
    verified: bool
    quote: str
    in_force: bool
    data: dict[str, Any] = field(hash=False, compare=False)
    context: tuple[Any, ...] = field(default=(), hash=False, compare=False)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Where the bureau's guide differs from the law in force (`correct` is false), or agrees with it."""

    lines: tuple[int, ...]
    summary: str  # what the guide says and what is in force, in Chinese
    correct: bool | None
    law: str
    article: str
    about: tuple[str, ...] = ()  # words of what it is about, where the line says other things besides

    def concerns(self, text: str) -> bool:
        """Whether a text that rests on the line may be wrong with it."""
        return not self.about or any(word in text for word in self.about)


class Law:
    """All that `config/law` holds."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Read every file of `folder`.

        Raises:
            LawError: a file is missing or is not JSON.
        """
        self.data = {path.stem: _json(path) for path in sorted(folder.glob("*.json"))}
        if "sources" not in self.data:
            raise LawError(f"{folder} holds no sources.json")
        self.sources = {code: _source(code, item) for code, item in self.data["sources"].items()}
        self.facts = tuple(
            fact for name, data in self.data.items() for fact in _facts(_rules(name, data), name)
        )
        self.conflicts = tuple(_conflict(item) for item in self.data.get("guide_conflicts", []))

    def articles(self, law: str, article: str) -> tuple[Fact, ...]:
        """The facts of an article and of its parts: “33” gives those of 33(2) too."""
        wanted = references(article)
        return tuple(
            fact
            for fact in self.facts
            if fact.law == law
            and (
                fact.article == article
                or any(one.covers(other) for one in wanted for other in references(fact.article))
            )
        )

    def around(self, law: str, article: str) -> tuple[Fact, ...]:
        """The facts of the whole articles that `article` names: for 33(2) those of 33(3) too."""
        numbers = {reference.article for reference in references(article)}
        return tuple(
            fact
            for fact in self.facts
            if fact.law == law
            and (fact.article == article or numbers & {one.article for one in references(fact.article)})
        )

    def verified(self, law: str, article: str) -> bool:
        """Whether the text of the article was read. What is not, is shown with 待核实."""
        facts = self.articles(law, article)
        return bool(facts) and all(fact.verified for fact in facts)

    def conflicts_at(self, line: int) -> tuple[Conflict, ...]:
        """Where the guide's line differs from the law in force."""
        return tuple(one for one in self.conflicts if one.correct is False and line in one.lines)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise LawError(f"{path.name}: {error}") from error


def _rules(name: str, data: Any) -> Any:
    """What a file states as law. Of the guide's errors only the correction is law."""
    if name == "guide_conflicts":
        kept = ("fix", "source", "article", "verified")
        return [{key: item[key] for key in kept} for item in data if item["correct"] is False]
    return data


def _source(code: str, item: dict[str, str]) -> LawSource:
    printed = item["title"]
    number, _, title = printed.rpartition("号 ")
    title = title.split("（")[0].split(" - ")[0].strip()
    return LawSource(code, title, f"{number}号" if number else "", printed, item.get("read", ""))


def _facts(node: Any, file: str, context: tuple[Any, ...] = ()) -> Iterator[Fact]:
    if isinstance(node, list):
        for item in node:
            yield from _facts(item, file)
    elif isinstance(node, dict):
        if "source" in node and "article" in node:
            yield _fact(node, file, context)
        beside = tuple(value for value in node.values() if not _sourced(value))
        for value in node.values():
            yield from _facts(value, file, beside)


def _sourced(node: Any) -> bool:
    if isinstance(node, list):
        return any(_sourced(item) for item in node)
    return isinstance(node, dict) and ("source" in node or any(_sourced(value) for value in node.values()))


def _fact(item: dict[str, Any], file: str, context: tuple[Any, ...]) -> Fact:
    return Fact(
        law=item["source"],
        article=str(item["article"]),
        file=file,
        verified=bool(item.get("verified")),
        quote=item.get("quote", ""),
        in_force=item.get("in_force", True),
        data=item,
        context=context,
    )


def _conflict(item: dict[str, Any]) -> Conflict:
    lines: list[int] = []
    for part in str(item["guide_line"]).split(","):
        first, _, last = part.strip().partition("-")
        lines += range(int(first), int(last or first) + 1)
    about = tuple(item.get("about", ()))
    return Conflict(tuple(lines), item["zh"], item["correct"], item["source"], item["article"], about)
