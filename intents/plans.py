"""Which of the plans a question names, however loosely: “认证检测的规划”, “数字经济‘十四五’那份规划”."""

import re
from functools import cache

from config.words import words

_NEAR = 9  # characters between what a plan is about and the word for it: “……的‘十四五’那份”
_PAPERS = "(?:规划|计划|文件|通知|方案)"
_BETWEEN = rf"(?:(?!{_PAPERS})[^,.;:!?\n]){{0,{_NEAR}}}"
_BEFORE = (
    r"(?:国家|省上|省里|全国|那个|那份|这个|这份|听说|根据|按照?|对照|查了?|看了?|十四五|[\"'“”‘’《》 的])*"
)
_AFTER = r"[\"'“”‘’《》 ]*(?:里面|里头|里边|里|中|上面|上头|上)?"


def plan_named(text: str) -> str:
    """The document (its id), or “” where none is named or more than one."""
    found = {plan for plan, pattern in _patterns().items() if pattern.search(text)}
    return found.pop() if len(found) == 1 else ""


def unframed(normal: str) -> str:
    """The question (`Query.normal`) without the name of the plan: every passage has something of that."""
    return _frame().sub(" ", normal).strip()


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {
        plan: re.compile(f"(?:{'|'.join(map(re.escape, subjects))}){_BETWEEN}{_PAPERS}")
        for plan, subjects in words().plans.items()
    }


@cache
def _frame() -> re.Pattern[str]:
    subjects = "|".join(re.escape(subject) for held in words().plans.values() for subject in held)
    return re.compile(f"{_BEFORE}(?:(?:{subjects}){_BETWEEN})?{_PAPERS}{_AFTER}")
