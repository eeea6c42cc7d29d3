"""Runs the parts one after the other and prints their tables."""

import importlib
import sys
import time

PARTS = {
    "http": "messages over encrypted HTTP, beside the bare echo",
    "entries": "a decision, by the number of entries",
    "agenda": "what is due, by the number of open cases",
}


def main() -> None:
    """Run the parts that are named, or all."""
    chosen = sys.argv[1:] or list(PARTS)
    unknown = set(chosen) - set(PARTS)
    if unknown:
        sys.exit(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    began = time.perf_counter()
    for name in chosen:
        print(f"\n== {name}: {PARTS[name]}", flush=True)
        for line in importlib.import_module(f"tests.bench.{name}").run():
            print(line, flush=True)
    print(f"\n{time.perf_counter() - began:.0f} s in all")


if __name__ == "__main__":
    main()
