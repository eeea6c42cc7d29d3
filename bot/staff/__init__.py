"""The clerks' console under /staff: cases, people, conversations; server-rendered, plain forms.

setup_staff(app)      # one call in bot/app.py, after the stores stand in `app`
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp_jinja2
import jinja2
import structlog
from aiohttp import web

from bot.outbox.channels import CustomerService
from bot.outbox.notices import NoticeSender
from bot.staff.console import CONSOLE, Console, open_console
from bot.staff.format import FILTERS, GLOBALS
from bot.staff.frame import Guard, Refused
from bot.staff.passwords import Passwords
from bot.staff.security import protect
from bot.staff.talking import TalkJob
from bot.stores import STORE_AWAY

__all__ = ["CONSOLE", "Console", "open_console", "setup_staff"]

HERE = Path(__file__).parent
AWAY = "数据库或者缓存暂时连不上，刚才的操作没有执行。请过一分钟再试。"
FAILED = "程序出错了，刚才的操作没有完成，已经记下来。请返回再试一次；还不行，请告诉管理员是哪一页、几点。"
NOT_FOUND = "没有这个页面，可能是地址写错了，或者它已经不在了。"
TOO_LARGE = "内容太大，没有收下。图片最多10 MB，请换一张小一点的再试。"
PROBLEMS = {404: NOT_FOUND, 405: NOT_FOUND, 413: TOO_LARGE}

log = structlog.get_logger()


def setup_staff(app: web.Application, passwords: Passwords | None = None) -> None:
    """Mount the console into the service (wants the keys that `bot.app` sets)."""
    console = app[CONSOLE] = open_console(app, passwords)
    job = TalkJob(console.talking.desk, console.parts.evidence, console.clock)
    app.on_startup.append(job.start)
    app.on_shutdown.append(job.stop)
    # What is said about a conversation goes as a customer-service message or waits for the next contact.
    by_hand = CustomerService(console.talking.wechat, console.outbox.windows, console.clock)
    console.outbox.worker.senders["talk"] = NoticeSender((by_hand,), console.clock)
    app.router.add_get("/staff", _to_start)
    app.add_subapp("/staff/", console_app())


def console_app() -> web.Application:
    """All pages below /staff/."""
    from bot.staff.pages import all_pages

    app = web.Application(middlewares=[_careful])
    for page in all_pages():
        app.router.add_route(page.method, page.path, Guard(page).__call__)
    app.router.add_static("/static", HERE / "static")
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        filters=FILTERS,
    )
    aiohttp_jinja2.get_env(app).globals.update(GLOBALS)
    return app


async def _to_start(request: web.Request) -> web.Response:
    raise web.HTTPFound("/staff/")


@web.middleware
async def _careful(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Headers on everything; what goes wrong becomes a page that says what to do."""
    try:
        response = await handler(request)
    except Refused as refused:
        response = _told(request, refused.status, refused.text)
    except web.HTTPException as problem:
        if problem.status < 400:
            raise
        response = _told(request, problem.status, PROBLEMS.get(problem.status, problem.reason))
    except STORE_AWAY as problem:
        log.warning("console_store_away", exc_info=problem)
        response = _told(request, 503, AWAY)
    except Exception as problem:  # a fault of ours: the log tells of it, the clerk what is the case
        log.error("console_failed", path=request.path, exc_info=problem)
        response = _told(request, 500, FAILED)
    if not response.prepared:
        protect(request, response)
    return response


def _told(request: web.Request, status: int, text: str) -> web.Response:
    context = {"status": status, "text": text, "visit": None}
    return aiohttp_jinja2.render_template("refused.html", request, context, status=status)
