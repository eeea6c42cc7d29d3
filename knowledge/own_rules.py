"""Answers against the bureau's own rules (`config/rules.toml`): a time limit that no rule in force knows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from config.rules import Rule, load_rules
from knowledge.entries import Entry
from knowledge.numerals import as_digits
from knowledge.text import plain

_WORKING = r"(?<!\d)(?P<days>\d+)个?工作日"
_NATURAL = r"(?<!\d)(?P<days>\d+)(?:个?自然日|日|天)"


@dataclass(frozen=True, slots=True)
class _Saying:
    """How answers state a limit. `laws`: an answer that cites none of these speaks of something else."""

    rule: str
    pattern: re.Pattern[str]
    laws: frozenset[str]
    extension: bool = False


_DISCLOSURE, _CONSUMER, _CASES = frozenset({"TL", "guide"}), frozenset({"BF"}), frozenset({"CX"})


def _saying(rule: str, pattern: str, laws: frozenset[str], *, extension: bool = False) -> _Saying:
    return _Saying(rule, re.compile(pattern), laws, extension)


_SAYINGS = (
    _saying("disclosure.reply", rf"(?:延长|延期|再加)[^。;]{{0,12}}?{_WORKING}", _DISCLOSURE, extension=True),
    _saying("disclosure.reply", rf"收到申请之日起{_WORKING}内?(?:予以)?(?:答复|回复)", _DISCLOSURE),
    _saying(
        "disclosure.correction_notice",
        rf"{_WORKING}内[^。;]{{0,8}}[一1]次性告知[^。;]{{0,6}}补正",
        _DISCLOSURE,
    ),
    _saying(
        "disclosure.third_party",
        rf"第[三3]方[^。;]{{0,14}}{_WORKING}内[^。;]{{0,4}}(?:提出|答复|回复)",
        _DISCLOSURE,
    ),
    _saying("complaint.acceptance", rf"{_WORKING}内[^。;]{{0,14}}受理", _CONSUMER),
    _saying("complaint.mediation", rf"受理[^。;]{{0,10}}{_NATURAL}内", _CONSUMER),
    _saying("complaint.termination_notice", rf"终止调解决定之日起{_WORKING}", _CONSUMER),
    _saying("report.verification", rf"{_WORKING}内[^。;]{{0,8}}(?:核查|核实|立案)", _CASES),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """An answer says `said` days where the rule in force says `days`."""

    entry: str
    text: str
    said: int
    days: int
    rule: Rule


def differences(entry: Entry, today: date) -> Iterator[Difference]:
    """Limits in the answer that differ from the rule; one that gives the right figure as well explains it."""
    cited = {source.law or source.document for source in entry.sources}
    answer = plain(as_digits(entry.answer))
    for saying in _SAYINGS:
        rule = _in_force(saying.rule, today)
        if rule is None or not cited & saying.laws:
            continue
        days = rule.extend.days if saying.extension and rule.extend else rule.amount
        found = list(saying.pattern.finditer(answer))
        said = {int(match["days"]) for match in found}
        if said and days not in said:
            for match in found:
                yield Difference(entry.id, match.group(), int(match["days"]), days, rule)


def _in_force(id: str, today: date) -> Rule | None:
    return next((rule for rule in load_rules() if rule.id == id and rule.in_force(today)), None)
