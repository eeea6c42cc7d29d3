"""`python -m bot purge`: remove personal data whose time is over, and say what went."""

import argparse
import asyncio

from bot.clock import SystemClock
from bot.evidence import EvidenceStore, Fetch
from bot.logs import configure
from bot.papers import Shelf
from bot.purge import Purge, Purged
from bot.redis_client import connect
from bot.store.database import Database
from bot.store.questions import QuestionStore
from bot.store.talk_desk import TalkDesk
from bot.store.talk_rows import TalkRows
from bot.vault import Vault
from bot.wechat_api import WeChatApi
from config.settings import Settings


def run(argv: list[str]) -> int:
    """Purge; with --dry-run only say which cases are due."""
    parser = argparse.ArgumentParser(prog="bot purge", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="只看哪些到期，不清除 / only say what is due")
    args = parser.parse_args(argv)
    settings = Settings()
    configure("WARNING")
    print(asyncio.run(_purge(settings, dry=args.dry_run)))
    return 0


async def _purge(settings: Settings, *, dry: bool) -> str:
    database, vault, clock = Database(settings.sql_url), Vault.open(settings), SystemClock()
    redis = connect(
        settings.redis_url or "redis://127.0.0.1:1"
    )  # nothing is asked of it: no picture is fetched
    api = WeChatApi.open(settings, redis, vault, clock)
    purge = Purge(
        database=database,
        vault=vault,
        settings=settings,
        evidence=EvidenceStore(
            database, vault, Fetch(api.media, settings.wechat_api_base), settings.data_dir, clock
        ),
        shelf=Shelf(database, vault, settings.data_dir, clock),
        questions=QuestionStore(database, vault),
        talks=TalkDesk(database, TalkRows(vault, clock)),
        clock=clock,
    )
    try:
        await database.migrate()
        if dry:
            return _due(await purge.due(), settings)
        return told(await purge.run(), settings)
    finally:
        await api.close()
        await redis.aclose()
        await database.close()


def _due(numbers: tuple[str, ...], settings: Settings) -> str:
    head = f"办结满{settings.purge_days}天、个人信息到期的案件：{len(numbers)}件。"
    return "\n".join([head, *numbers])


def told(purged: Purged, settings: Settings) -> str:
    """What went, in words."""
    return "\n".join(
        (
            f"案件：{purged.cases}件（办结满{settings.purge_days}天）的个人信息已清除，统计数字保留；"
            f"证据图片{purged.pictures}张、文书{purged.papers}份已删除。",
            f"市民的提问：删除{purged.questions}条（满{settings.question_days}天）。人工会话：删除{purged.talks}段。",
            f"发完的消息：删除{purged.messages}条。警示的收件名单：删除{purged.recipients}条。",
        )
    )
