"""A server that is made to be killed, as often as wanted and quickly back.

`python -m tests.killing` (settings from the environment) loads the understanding once; for each line on its
standard input it forks a process that serves the whole application, and prints its pid. Killing that one
with SIGKILL is what a crash of the machine's process looks like: nothing is flushed, closed or told.
"""

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

from bot import brain as brains
from bot.app import DATABASE, REDIS, create_app
from bot.brain import Brain
from bot.logs import configure
from bot.store.database import Database
from config.settings import ROOT, Settings


async def warm_up(settings: Settings, brain: Brain) -> None:
    """Import what an application imports, so that no child has to."""
    app = create_app(settings, database=Database(settings.sql_url), brain=brain)
    await app[DATABASE].close()
    await app[REDIS].aclose()


async def serve(settings: Settings, brain: Brain) -> None:
    """Serve until killed."""
    app = create_app(settings, database=Database(settings.sql_url), brain=brain)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, settings.host, settings.port).start()
    await asyncio.Event().wait()


def main() -> None:
    """Fork a server for each line."""
    settings = Settings()
    configure(settings.log_level)
    brain = Brain.load(ROOT / "var")
    asyncio.run(warm_up(settings, brain))
    print("ready", flush=True)
    child = 0
    for _ in sys.stdin:
        if child:
            os.waitpid(child, 0)  # killed by who asks for the next one
        child = os.fork()
        if not child:
            brains.THREADS = ThreadPoolExecutor(2)  # the parent's threads did not come along
            asyncio.run(serve(settings, brain))
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
