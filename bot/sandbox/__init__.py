"""A WeChat of one's own to try the bot in: a chat page, people to be, a clock to move. Only with `SANDBOX=1`.

The page talks to this package, this package plays WeChat: it signs and encrypts what people do and posts it
to the real webhook over HTTP; what the bot sends goes to the local WeChat API mounted below `API_PATH`.
"""

from collections.abc import AsyncIterator

from aiohttp import web

from bot.clock import ShiftedClock
from bot.sandbox.journal import Journal
from bot.sandbox.routes import Routes
from bot.sandbox.world import World
from bot.sandbox_settings import API_PATH, own_address
from bot.wechat_server import Account, Platform, create_app
from config.demo import CROWD
from config.settings import Settings

__all__ = ["API_PATH", "WORLD", "setup_sandbox"]

WORLD = web.AppKey("sandbox_world", World)


def setup_sandbox(app: web.Application) -> None:
    """Mount the chat page and the local WeChat API into the service.

    Wants the keys that `bot.app` sets: settings with a complete account, Redis, vault, and a clock that can
    be moved (`ShiftedClock`).
    """
    from bot.app import CLOCK, REDIS, SETTINGS, VAULT

    clock = app[CLOCK]
    if not isinstance(clock, ShiftedClock):
        raise TypeError("the sandbox needs a ShiftedClock")
    platform = Platform(_account(app[SETTINGS]), clock)
    world = World(platform, clock, app[REDIS], app[VAULT], Journal(app[REDIS], app[VAULT]))
    app[WORLD] = world
    # What `python -m bot demo` tells of has happened: these people follow, and warnings are seen to arrive.
    platform.followers.made_up = lambda openid: openid.startswith(CROWD) or world.person(openid) is not None
    app.router.add_get("/sandbox", _to_page)
    app.add_subapp(API_PATH, create_app(platform))
    app.add_subapp("/sandbox/", Routes(world).app())
    app.cleanup_ctx.append(_lifetime)
    app.on_shutdown.append(_send_home)


def _account(settings: Settings) -> Account:
    return Account(
        app_id=settings.wechat_app_id,
        secret=settings.wechat_app_secret.get_secret_value(),
        token=settings.wechat_token.get_secret_value(),
        aes_key=settings.wechat_encoding_aes_key.get_secret_value(),
        mode=settings.wechat_mode,
        webhook_url=f"{own_address(settings)}/wechat",
        kind=settings.wechat_account,
        verified=settings.wechat_verified,
    )


async def _to_page(request: web.Request) -> web.Response:
    raise web.HTTPFound("/sandbox/")


async def _lifetime(app: web.Application) -> AsyncIterator[None]:
    await app[WORLD].open()
    yield
    await app[WORLD].close()


async def _send_home(app: web.Application) -> None:
    app[WORLD].journal.close()  # else the server would wait for every open page
