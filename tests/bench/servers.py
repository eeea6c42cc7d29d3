"""The measured servers, each in a process of its own: `python -m tests.bench.servers KIND DATA_DIR`.

KIND: `echo` (nothing but HTTP), `edge` (everything but the understanding), `bot` (everything).
"""

import asyncio
import logging
import sys
from pathlib import Path

import structlog
from aiohttp import web
from pydantic import SecretStr

from bot.app import create_app
from bot.brain import Brain
from bot.store.database import Database
from bot.valkey import ValkeyServer
from config.settings import Settings
from tests.fixtures_wechat import Parrot
from tests.wechat_signing import APP_ID, KEY, TOKEN


def main() -> None:
    """Serve until the parent closes our standard input; the port is the first line of output."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    kind, data_dir = sys.argv[1], Path(sys.argv[2])
    asyncio.run(_echo() if kind == "echo" else _bot(kind, data_dir))


async def _echo() -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    app = web.Application()
    app.router.add_post("/wechat", echo)
    await _serve(app)


async def _bot(kind: str, data_dir: Path) -> None:
    settings = Settings(
        data_dir=data_dir,
        wechat_app_id=APP_ID,
        wechat_token=SecretStr(TOKEN),
        wechat_encoding_aes_key=SecretStr(KEY),
        user_messages_per_minute=1_000_000,
    )
    brain = Parrot() if kind == "edge" else Brain.load(Settings().data_dir)
    valkey, database = ValkeyServer(data_dir), Database(settings.sql_url)
    valkey.start()
    await database.migrate()
    try:
        await _serve(create_app(settings, redis_url=valkey.url, database=database, brain=brain))
    finally:
        valkey.stop()


async def _serve(app: web.Application) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    main()
