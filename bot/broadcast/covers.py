"""Cover pictures of warnings: checked like evidence, kept under DATA_DIR/covers."""

import asyncio
from pathlib import Path

from bot.evidence.pictures import Picture, cleaned
from bot.sealed import SealedFolder, new_id
from bot.vault import Vault

JPEG = b"\xff\xd8"


class Covers:
    """The folder of cover pictures."""

    def __init__(self, data_dir: Path, vault: Vault) -> None:
        self._folder = SealedFolder(data_dir / "covers", vault)

    async def keep(self, content: bytes) -> str:
        """Store a picture, written anew; gives its id.

        Raises:
            RefusedPicture: it is none that we keep.
        """
        picture = await asyncio.to_thread(cleaned, content)
        id = new_id()
        await self._folder.write(id, picture.content)
        return id

    async def read(self, id: str) -> Picture:
        """The picture. FileNotFoundError if there is none."""
        content = await self._folder.read(id)
        return Picture(content, "image/jpeg" if content.startswith(JPEG) else "image/png")
