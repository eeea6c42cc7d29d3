"""An entry of the knowledge as a form, and back: sources and wordings one a line."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bot.staff.frame import Visit
from knowledge.base import Knowledge
from knowledge.entries import Entry, Source

INTENTS = {
    "faq": "办事问答",
    "law": "法律规定",
    "policy": "政策原文",
    "smalltalk": "寒暄",
    "oos": "不归我们管",
}
FIELDS = ("id", "intent", "title", "answer", "wordings", "sources", "valid_from", "valid_until", "related")
LABELS = {
    "id": "条目编号",
    "intent": "类型",
    "title": "标题",
    "answer": "答案",
    "wordings": "问法",
    "sources": "来源",
    "valid_from": "生效日",
    "valid_until": "失效日",
    "related": "相关条目",
}
_SPLIT = re.compile(r"[,，、\s]+")


def shown(entry: Entry) -> dict[str, str]:
    """The fields as they are edited."""
    return {
        "id": entry.id,
        "intent": entry.intent,
        "title": entry.title,
        "answer": entry.answer.strip(),
        "wordings": "\n".join(entry.wordings),
        "sources": "\n".join(source_line(source) for source in entry.sources),
        "valid_from": str(entry.valid_from or ""),
        "valid_until": str(entry.valid_until or ""),
        "related": " ".join(entry.related),
    }


def source_line(source: Source) -> str:
    """“guide 28,29” or “TL 33(2)”."""
    if source.document:
        return f"{source.document} {','.join(map(str, source.lines))}"
    return f"{source.law} {source.article}"


def entered(visit: Visit, id: str = "") -> dict[str, str]:
    """What was entered; `id` that of an entry that is there already."""
    values = {name: visit.text(name, 20_000) for name in FIELDS}
    return values | {"id": id} if id else values


def entry_of(values: Mapping[str, str], knowledge: Knowledge) -> Entry:
    """The entry that was entered.

    Raises:
        ValueError: it does not fit; the text says what is wrong, one thing a line.
    """
    raw: dict[str, Any] = {name: values[name] for name in ("id", "intent", "title", "answer")}
    raw["wordings"] = tuple(dict.fromkeys(_lines(values["wordings"])))
    raw["sources"] = tuple(_source(line, knowledge) for line in _lines(values["sources"]))
    raw["related"] = tuple(part for part in _SPLIT.split(values["related"]) if part)
    for day in ("valid_from", "valid_until"):
        raw[day] = values[day] or None
    try:
        return Entry.model_validate(raw)
    except ValidationError as error:
        told = [f"{_label(each['loc'])}：{_words(each['type'], each['msg'])}" for each in error.errors()]
        raise ValueError("\n".join(dict.fromkeys(told))) from error


def _source(line: str, knowledge: Knowledge) -> dict[str, Any]:
    name, _, rest = line.partition(" ")
    if name in knowledge.documents:
        numbers = [part for part in _SPLIT.split(rest) if part]
        if not numbers or not all(number.isdecimal() for number in numbers):
            raise ValueError(f"来源：“{line}”要写行号，比如“{name} 28,29”")
        return {"document": name, "lines": tuple(int(number) for number in numbers)}
    if name not in knowledge.law.sources or not rest.strip():
        raise ValueError(f"来源：“{line}”看不懂，写“文件 行号”或“法规代码 条款”，比如“guide 28,29”“TL 33(2)”")
    return {"law": name, "article": rest.strip()}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _label(place: tuple[int | str, ...]) -> str:
    return LABELS.get(str(place[0]), "条目") if place else "来源"


def _words(type: str, text: str) -> str:
    known = {
        "string_too_short": "太短或没有填",
        "string_too_long": "太长",
        "too_short": "至少要一条",
        "string_pattern_mismatch": "只能用小写字母、数字、下划线和点，比如 guide.office.hours",
        "literal_error": "请选一个",
    }
    if "date" in type:
        return "日期看不懂"
    return "回答要写明来源" if "needs its source" in text else known.get(type, text)
