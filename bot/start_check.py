"""The check of the knowledge when the service starts; what was found sound is not looked through again.

The check takes most of a second, a start has three. What it finds wrong depends on nothing but the files of
`knowledge/` and `config/`, so their fingerprint stands for it.
"""

import hashlib
from contextlib import suppress
from datetime import date
from pathlib import Path

from config.settings import ROOT
from knowledge.base import Knowledge
from knowledge.check import findings

_LOOKED_AT = ("knowledge", "config")  # data and the code that checks it
_LEFT_OUT = "__pycache__"


def errors(knowledge: Knowledge, today: date, kept: Path, root: Path = ROOT) -> list[str]:
    """What must not reach a citizen, a line each. The fingerprint of sound files is kept in `kept`."""
    seen = fingerprint(root)
    with suppress(OSError):
        if kept.read_text(encoding="ascii") == seen:
            return []
    found = [f"{one.where}：{one.text}" for one in findings(knowledge, today) if one.level == "error"]
    if not found:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(seen, encoding="ascii")
    return found


def fingerprint(root: Path) -> str:
    """Changes with any file that the check reads or is made of."""
    digest = hashlib.sha256()
    for folder in _LOOKED_AT:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and _LEFT_OUT not in path.parts:
                digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()
