"""`python -m bot.living.refit FOLDER`: fits the understanding to the entries on standard input, into FOLDER.

A process of its own: fitting is half a minute of Python, during which no message would be answered in time.
"""

import json
import os
import sys
from pathlib import Path

from bot import model_cache
from intents import encoder
from knowledge.entries import Entry

NICENESS = 10  # answers go first


def main() -> None:
    """Read entries as a JSON list, fit, and leave the model in the folder's cache."""
    os.nice(NICENESS)
    entries = tuple(Entry.model_validate(item) for item in json.load(sys.stdin))
    model_cache.understanding(entries, encoder.load(), Path(sys.argv[1]), aside=False)


if __name__ == "__main__":
    main()
