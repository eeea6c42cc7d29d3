"""The fitted understanding, kept under `DATA_DIR/cache`: only a change of the knowledge costs a fit."""

import ctypes
import fcntl
import hashlib
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from bot.late_encoder import LateEncoder
from config.settings import ROOT
from intents.encoder import WIDTH, Encoder, Floats, SentenceEncoder
from intents.encoder import load as load_encoder
from intents.understanding import Understanding
from knowledge.entries import Entry

# What a change of makes old models worthless. The rest of `intents` only asks the model.
_FITTED_BY = (
    "config/words.toml",
    "knowledge/search.py",
    "knowledge/text.py",
    "intents/coverage.py",
    "intents/encoder.py",
    "intents/evidence.py",
    "intents/fitting.py",
    "intents/lexicon.py",
    "intents/logit.py",
    "intents/normalise.py",
    "intents/packing.py",
    "intents/postings.py",
    "intents/query.py",
    "intents/ridge.py",
    "intents/segment.py",
    "intents/sounds.py",
    "intents/spelling.py",
)
_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
_KEPT = 3  # models of former states that are kept: tests and a running service may hold different knowledge


def understanding(
    entries: tuple[Entry, ...],
    encoder: Encoder | None,
    folder: Path,
    tell: Callable[[str], None] = lambda _: None,
    *,
    aside: bool = True,
) -> Understanding:
    """Load the model that belongs to `entries`, or fit it and keep it; `tell` hears of the wait.

    Fitting takes 600 MB. `aside`, in a process of its own, they are given back; a service may not pass 400.
    """
    path = _path(folder, entries, encoder)
    if (found := _load(path, entries, encoder)) is not None:
        return found
    if isinstance(encoder, LateEncoder):
        encoder = encoder.wait()
        path = _path(folder, entries, encoder)
    with _alone(folder):
        # Another process may have fitted it while this one waited.
        found = _load(path, entries, encoder)
        if found is None:
            tell("知识有变化，正在重新学习（约一分钟，只有这一次）/ fitting to the changed knowledge, once")
            found = (aside and _fit_aside(path, entries, encoder)) or _fit_here(path, entries, encoder)
        return found


def _path(folder: Path, entries: tuple[Entry, ...], encoder: Encoder | None) -> Path:
    return folder / f"understanding-{key(entries, with_encoder=encoder is not None)}.npz"


def _load(path: Path, entries: tuple[Entry, ...], encoder: Encoder | None) -> Understanding | None:
    held = _read(path)
    if held is None:
        return None
    try:
        return Understanding.from_arrays(held, entries, encoder)
    except (KeyError, ValueError):
        path.unlink(missing_ok=True)  # cut off or of another kind: fit again
        return None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One fit at a time on a machine: it takes all the cores there are."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "fit.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fit_aside(path: Path, entries: tuple[Entry, ...], encoder: Encoder | None) -> Understanding | None:
    """Fit in another process; None where none can be begun (a script on standard input)."""
    if not isinstance(encoder, SentenceEncoder):
        return None
    fitter = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_end_with_parent)
    with suppress(BrokenProcessPool), fitter:
        fitter.submit(_fit_alone, path, entries).result()
    return _load(path, entries, encoder)


def _fit_alone(path: Path, entries: tuple[Entry, ...]) -> None:
    _fit_here(path, entries, load_encoder())


def _end_with_parent() -> None:
    """A service that is killed while it fits leaves no process behind (on Linux)."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _fit_here(path: Path, entries: tuple[Entry, ...], encoder: Encoder | None) -> Understanding:
    remembering = RememberingEncoder(encoder, path.parent / "meanings.npz") if encoder else None
    fitted = Understanding.fit(entries, remembering)
    if remembering:
        remembering.save()
    _write(path, fitted.to_arrays())
    _forget_old(path.parent)
    return fitted.with_encoder(encoder)


def key(entries: tuple[Entry, ...], *, with_encoder: bool) -> str:
    """Changes with the entries and with everything that turns them into a model."""
    digest = hashlib.sha256(b"encoder" if with_encoder else b"words")
    for entry in entries:
        digest.update(entry.model_dump_json().encode())
    for name in _FITTED_BY:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()[:16]


class RememberingEncoder:
    """An encoder that keeps what it has encoded: after a change only new wordings cost anything."""

    def __init__(self, encoder: Encoder, path: Path) -> None:
        self._encoder, self._path = encoder, path
        self._known: dict[str, Floats] = {}
        self._used: set[str] = set()
        if (held := _read(path)) is not None and {"keys", "rows"} <= held.keys():
            self._known = dict(zip(held["keys"].tolist(), held["rows"].astype(np.float32), strict=True))

    def encode(self, texts: Sequence[str]) -> Floats:
        """See `intents.encoder.Encoder`."""
        keys = [hashlib.sha256(t.encode()).hexdigest()[:24] for t in texts]
        new = {k: t for k, t in zip(keys, texts, strict=True) if k not in self._known}
        if new:
            self._known |= dict(zip(new, self._encoder.encode(list(new.values())), strict=True))
        self._used.update(keys)
        return np.stack([self._known[k] for k in keys]) if keys else np.zeros((0, WIDTH), np.float32)

    def save(self) -> None:
        """Keep what was used; what belongs to wordings that are gone is dropped."""
        used = sorted(self._used)
        rows = np.stack([self._known[k] for k in used]).astype(np.float16)
        _write(self._path, {"keys": np.array(used), "rows": rows})


def _read(path: Path) -> dict[str, np.ndarray] | None:
    try:
        with np.load(path, allow_pickle=False) as held:
            return {name: held[name] for name in held.files}
    except (OSError, ValueError, EOFError, KeyError):
        return None


def _write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write beside and rename: a start that is killed leaves no half model behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    Path(beside).replace(path)


def _forget_old(folder: Path) -> None:
    models = sorted(folder.glob("understanding-*.npz"), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in models[_KEPT:]:
        old.unlink(missing_ok=True)
