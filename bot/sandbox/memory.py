"""What else the sandbox remembers over a restart: people, platform, clock."""

from datetime import timedelta

from pydantic import BaseModel, ValidationError
from redis.asyncio import Redis

from bot.vault import Vault, VaultError
from bot.wechat_server.platform import Snapshot
from config.sandbox import Person, cast

KEY = "sandbox:memory"


class Memory(BaseModel):
    """Kept as one encrypted value."""

    people: tuple[Person, ...] = ()
    platform: Snapshot = Snapshot()
    ahead: timedelta = timedelta(0)

    def everyone(self) -> tuple[Person, ...]:
        """The cast of `config/sandbox.toml`, then whoever was added."""
        return (*cast().person, *self.people)


async def load(redis: Redis, vault: Vault) -> Memory:
    """The memory; an empty one when there is none that can be read."""
    sealed = await redis.get(KEY)
    if not isinstance(sealed, bytes):
        return Memory()
    try:
        return Memory.model_validate_json(vault.decrypt(sealed, KEY.encode()))
    except (VaultError, ValidationError):
        return Memory()


async def save(redis: Redis, vault: Vault, memory: Memory) -> None:
    """Keep the memory."""
    await redis.set(KEY, vault.encrypt(memory.model_dump_json().encode(), KEY.encode()))
