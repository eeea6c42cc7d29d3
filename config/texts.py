"""The sentences of `texts.toml` and its companions (`texts_*.toml`, one a part of the product)."""

import tomllib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def _sentences() -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted(FOLDER.glob("texts*.toml")):
        for table, texts in tomllib.loads(file.read_text(encoding="utf-8")).items():
            found |= {f"{table}.{key}": text.strip() for key, text in texts.items()}
    return found


def say(key: str, **names: object) -> str:
    """The sentence `table.key` with its {names} filled in.

    Raises:
        KeyError: there is no such sentence, or a name is missing.
    """
    return _sentences()[key].format(**names) if names else _sentences()[key]
