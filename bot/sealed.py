"""Encrypted files in the data folder: random names, mode 600, written whole or not at all."""

import asyncio
import os
import secrets
import tempfile
import time
from collections.abc import Collection
from pathlib import Path

from bot.vault import Vault

ID_BYTES = 16
UNRECORDED_SECONDS = 86_400  # a file without a row for so long: the process died in between


def new_id() -> str:
    """A name that tells nothing and cannot be guessed (32 hex digits)."""
    return secrets.token_hex(ID_BYTES)


class SealedFolder:
    """`folder/<two hex>/<id>`; each file is bound to its folder and id, so none can stand in for another."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self.folder, self._vault = folder, vault

    async def write(self, id: str, content: bytes) -> None:
        """Store `content`; it is on the disk when this returns."""
        await asyncio.to_thread(self._write, id, content)

    async def read(self, id: str) -> bytes:
        """What was stored. FileNotFoundError, or VaultError if the file was tampered with."""
        return await asyncio.to_thread(self._read, id)

    async def delete(self, id: str) -> None:
        """Delete; it does not matter if it is gone already."""
        await asyncio.to_thread(self._path(id).unlink, missing_ok=True)

    async def sweep(self, known: Collection[str]) -> int:
        """Delete files that are no `known` ones and were not written just now; how many."""
        return await asyncio.to_thread(self._sweep, frozenset(known))

    def _sweep(self, known: frozenset[str]) -> int:
        # The age of a file is told by the machine's clock, which the sandbox does not move.
        before = time.time() - UNRECORDED_SECONDS
        lost = [
            path
            for path in self.folder.glob("??/*")
            if path.name not in known and path.stat().st_mtime < before
        ]
        for path in lost:
            path.unlink(missing_ok=True)
        return len(lost)

    def _write(self, id: str, content: bytes) -> None:
        path = self._path(id)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{id[:2]}-")  # mkstemp gives mode 600
        with os.fdopen(handle, "wb") as file:
            file.write(self._vault.encrypt(content, self._place(id)))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        _sync(path.parent)

    def _read(self, id: str) -> bytes:
        return self._vault.decrypt(self._path(id).read_bytes(), self._place(id))

    def _path(self, id: str) -> Path:
        return self.folder / id[:2] / id

    def _place(self, id: str) -> bytes:
        return f"{self.folder.name}:{id}".encode()


def _sync(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
