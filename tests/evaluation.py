"""How well questions are answered: the rules by which a set in `tests/questions` is scored.

A row is right when the reply holds every string of `must` (one of its `|` alternatives) and none of
`must_not`, under an intent that answers; a flow, small talk and a refusal are right by their intent. `accept`
names another intent that is right too where the reply holds its strings.
`python -m tests.evaluation [SET …]` prints figures.
"""

import json
import sys
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.commands.ask import as_dict
from intents.decision import Decision
from knowledge.base import Knowledge
from knowledge.entries import ANSWERS

SETS = Path(__file__).parent / "questions"
Row = dict[str, Any]


@dataclass
class Score:
    """What came of a set: verdicts by kind and by style, the misses, seconds a question."""

    by_kind: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    by_style: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    misses: list[tuple[str, Row, Row]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def share(self, kind: str | None = None) -> float:
        """Right answers in all questions, or in those of a kind."""
        counted = [self.by_kind[kind]] if kind else list(self.by_kind.values())
        return sum(c["right"] for c in counted) / sum(c.total() for c in counted)

    @property
    def false_answers(self) -> float:
        """Questions out of scope that got an answer, in all questions."""
        return sum(c["false_answer"] for c in self.by_kind.values()) / len(self.seconds)


def rows(name: str) -> list[Row]:
    """The questions of a set in `tests/questions`."""
    return [json.loads(line) for line in (SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def fold(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def holds(reply: str, wanted: Iterable[str]) -> bool:
    reply = fold(reply)
    return all(any(fold(part) in reply for part in each.split("|")) for each in wanted)


def clean(reply: str, banned: Iterable[str]) -> bool:
    reply = fold(reply)
    return not any(fold(part) in reply for part in banned)


def judge(row: Row, out: Row) -> str:
    """One of right, offered, wrong, declined, false_answer."""
    intent, reply = out["intent"], out["reply"]
    if intent in row.get("accept", {}) and holds(reply, row["accept"][intent]):
        return "right"
    if row["kind"] in ("faq", "policy"):
        return _judge_answer(row, out)
    if row["kind"] == "oos":
        if intent == "oos":
            return "right" if clean(reply, row["must_not"]) else "false_answer"
        return "wrong" if intent in ("clarify", "smalltalk", "flow:human") else "false_answer"
    if intent == row["kind"]:
        return "right"
    return "declined" if intent == "oos" else "wrong"


def _judge_answer(row: Row, out: Row) -> str:
    def good(reply: str) -> bool:
        return holds(reply, row["must"]) and clean(reply, row["must_not"])

    if out["intent"] in ANSWERS and good(out["reply"]):
        return "right"
    if out["intent"] == "clarify":
        return "offered" if any(good(option["reply"]) for option in out["options"][:3]) else "wrong"
    return "declined" if out["intent"] == "oos" else "wrong"


def score(questions: Iterable[Row], decide: Callable[[str], Decision], knowledge: Knowledge) -> Score:
    """Ask every question and judge what comes back."""
    result = Score()
    for row in questions:
        started = time.perf_counter()
        decision = decide(row["q"])
        result.seconds.append(time.perf_counter() - started)
        out = as_dict(row["q"], decision, knowledge)
        verdict = judge(row, out)
        result.by_kind[row["kind"].split(":")[0]][verdict] += 1
        result.by_style[row["style"]][verdict] += 1
        if verdict != "right":
            result.misses.append((verdict, row, out))
    return result


def report(result: Score) -> str:
    """The figures as lines of text."""
    lines = [f"{kind:10} {dict(c)}" for kind, c in sorted(result.by_kind.items())]
    styles = ", ".join(f"{s} {c['right']}/{c.total()}" for s, c in sorted(result.by_style.items()))
    spent = sorted(result.seconds)
    lines += [f"right {result.share():.1%}, false answers {result.false_answers:.1%}", styles]
    lines.append(f"ms a question: mean {1000 * sum(spent) / len(spent):.1f}, slowest {1000 * spent[-1]:.1f}")
    return "\n".join(lines)


def main(paths: list[str]) -> None:
    """Print the figures and the misses of the sets named (`open`, `own`)."""
    from bot.brain import Brain
    from config.settings import Settings

    brain = Brain.load(Settings().data_dir)
    for name in paths or ["open"]:
        result = score(rows(name), brain.understanding.decide, brain.knowledge)
        print(name, report(result), sep="\n")
        for verdict, row, out in result.misses:
            print(f"{verdict:12} {row['id']} {row['kind']} {row['q'][:50]} -> {out['intent']} {out['entry']}")


if __name__ == "__main__":
    main(sys.argv[1:])
