"""A worker in a process of its own, to be killed.

`python -m tests.outbox_process FOLDER URL KEY VALKEY API TIME LANES`
"""

import asyncio
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.outbox.channels import channels
from bot.outbox.notices import NoticeSender
from bot.outbox.store import OutboxStore
from bot.outbox.windows import Windows
from bot.outbox.worker import Worker
from bot.redis_client import connect
from bot.store.database import Database
from bot.vault import Vault
from bot.wechat_api import WeChatApi
from config.settings import Settings
from tests.wechat_lab import ACCOUNT


@dataclass
class Still:
    """A clock that stands where the test's clock stands."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


async def main(arguments: list[str]) -> None:
    folder, url, key, valkey, api, now, lanes = arguments
    settings = Settings.model_validate(
        {
            "data_dir": Path(folder),
            "wechat_app_id": ACCOUNT.app_id,
            "wechat_app_secret": ACCOUNT.secret,
            "wechat_api_base": api,
        }
    )
    vault, redis, clock = Vault([bytes.fromhex(key)]), connect(valkey), Still(datetime.fromisoformat(now))
    wechat = WeChatApi.open(settings, redis, vault, clock)
    sender = NoticeSender(channels(settings, wechat, Windows(redis, vault), clock), clock)
    worker = Worker(OutboxStore(Database(url), vault), {"notice": sender}, clock, lanes=int(lanes))
    await worker.run_once()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
