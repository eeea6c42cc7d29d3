"""The sentences of `texts.toml`."""

import tomllib
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "texts.toml"


@cache
def _sentences() -> dict[str, str]:
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {f"{table}.{key}": text.strip() for table, texts in tables.items() for key, text in texts.items()}


def say(key: str, **names: object) -> str:
    """The sentence `table.key` with its {names} filled in.

    Raises:
        KeyError: there is no such sentence, or a name is missing.
    """
    return _sentences()[key].format(**names) if names else _sentences()[key]
