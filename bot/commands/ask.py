"""`python -m bot ask [问题 …]`: answers as the account would; `--json` reads lines of standard input."""

import argparse
import json
import sys
from collections.abc import Iterator

from bot import model_cache
from bot.late_encoder import LateEncoder
from config.settings import Settings
from handlers.answers import reply, said
from intents import encoder
from intents.decision import Decision
from knowledge.base import Knowledge, load


def run(argv: list[str]) -> int:
    """One question a line in, one answer out: text for people, or JSON objects. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="bot ask", description=__doc__)
    parser.add_argument("question", nargs="*", help="without one, questions are read from standard input")
    parser.add_argument("--json", action="store_true", help="one JSON object a question")
    options = parser.parse_args(argv)
    cache = Settings().data_dir / "cache"
    meanings = LateEncoder(cache) if encoder.there() else None
    knowledge = load()
    understanding = model_cache.understanding(tuple(knowledge.entries.values()), meanings, cache, _tell)
    understanding = understanding.with_search(lambda: knowledge.search)
    asked = [" ".join(options.question)] if options.question else _lines()
    for question in asked:
        decision = understanding.decide(question)
        print(
            _json(question, decision, knowledge) if options.json else reply(decision, knowledge), flush=True
        )
        if not options.json and not options.question:
            print(flush=True)
    return 0


def as_dict(question: str, decision: Decision, knowledge: Knowledge) -> dict[str, object]:
    """What `--json` prints for a question."""
    first = decision.hits[0] if decision.hits else None
    return {
        "text": question,
        "intent": decision.intent,
        "entry": (first.entry or first.passage) if first else "",
        "confidence": round(decision.confidence, 4),
        "reply": reply(decision, knowledge),
        "sources": [s for s in dict.fromkeys(said(h, knowledge).source for h in decision.hits) if s],
        "options": [
            {"entry": hit.entry or hit.passage, "reply": said(hit, knowledge).whole}
            for hit in decision.options
        ],
    }


def _json(question: str, decision: Decision, knowledge: Knowledge) -> str:
    return json.dumps(as_dict(question, decision, knowledge), ensure_ascii=False)


def _lines() -> Iterator[str]:
    for line in sys.stdin:
        yield line.rstrip("\n")


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
