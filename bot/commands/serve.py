"""`python -m bot serve`: Valkey, database, knowledge, web server; one line for each slow step."""

import argparse
import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiohttp import web
from pydantic import ValidationError
from threadpoolctl import threadpool_limits

from bot import allocator
from bot.app import create_app
from bot.brain import THREADS, Brain
from bot.calendar_check import at_start
from bot.clock import SystemClock
from bot.logs import configure
from bot.sandbox_settings import with_sandbox_secrets
from bot.start_check import errors
from bot.store.database import Database
from bot.stores import STORE_AWAY
from bot.valkey import ValkeyError, ValkeyServer
from bot.vault import Vault, VaultError
from bot.webhook.envelope import Seal, SealError
from bot.webhook.parse import NAME
from config.settings import Settings
from knowledge.base import Knowledge

STEPS = 4
DRAIN_SECONDS = 10.0
BLAS_THREADS = 1  # of a decision: more of them halve the messages that two cores can answer
SWITCH_SECONDS = 0.001  # how long a computing thread may keep the interpreter from the event loop


class CannotServe(Exception):  # noqa: N818 what the operator reads, not a fault of the program
    """Something the operator has to set right first; the message says what, in a sentence."""


def run(argv: list[str]) -> int:
    """Serve until a signal ends it. Returns the exit code."""
    argparse.ArgumentParser(prog="bot serve", description=__doc__).parse_args(argv)
    try:
        settings = Settings()
    except ValidationError as problem:
        wrong = "，".join(str(error["loc"][0]).upper() for error in problem.errors())
        print(f"无法启动：环境变量 {wrong} 的值不对（README“设置”一节有说明）。", file=sys.stderr)
        return 1
    configure(settings.log_level)
    sys.setswitchinterval(SWITCH_SECONDS)
    allocator.settle()
    threadpool_limits(BLAS_THREADS, "blas")
    try:
        settings = _checked(with_sandbox_secrets(settings))
        began = time.monotonic()
        with _step(1, "核对知识、装载问答"):  # before the event loop runs, so that Ctrl-C ends it at once
            brain = _brain(settings)
        asyncio.run(_serve(settings, brain, began))
    except KeyboardInterrupt:
        print("\n已停止。", flush=True)
    except (CannotServe, ValkeyError) as problem:
        print(f"无法启动：{problem}", file=sys.stderr)
        return 1
    except STORE_AWAY as problem:
        print(f"无法启动：数据库或 Redis 连不上（{type(problem).__name__}）。", file=sys.stderr)
        return 1
    return 0


def _checked(settings: Settings) -> Settings:
    """Refuse to run with an account that could be forged or a key that encrypts nothing."""
    if not NAME.fullmatch(settings.wechat_token.get_secret_value()):
        raise CannotServe(
            "没有设置 WECHAT_TOKEN，任何人都能冒充微信。"
            "请在环境变量中填入公众号后台的令牌，或用 SANDBOX=1 试用。"
        )
    if settings.wechat_mode != "plain":
        if settings.wechat_app_id == Settings.model_fields["wechat_app_id"].default:
            raise CannotServe("没有设置 WECHAT_APP_ID。")
        for key in (settings.wechat_encoding_aes_key, settings.wechat_previous_encoding_aes_key):
            _check_key(settings, key.get_secret_value(), required=key is settings.wechat_encoding_aes_key)
    try:
        Vault.open(settings)
    except (VaultError, OSError) as problem:
        raise CannotServe(str(problem)) from problem
    return settings


def _check_key(settings: Settings, key: str, *, required: bool) -> None:
    if not key and not required:
        return
    try:
        Seal.of("token", settings.wechat_app_id, key)
    except SealError as problem:
        raise CannotServe(
            f"WECHAT_MODE={settings.wechat_mode} 需要 43 位的 WECHAT_ENCODING_AES_KEY"
            "（在公众号后台“消息加解密密钥”里）。"
        ) from problem


async def _serve(settings: Settings, brain: Brain, began: float) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    async with _redis(settings) as redis_url:
        database = Database(settings.sql_url)
        with _step(3, "准备数据库"):
            await database.migrate()
        with _step(4, "启动网页服务"):
            runner = web.AppRunner(
                create_app(settings, redis_url=redis_url, database=database, brain=brain),
                access_log=None,  # the query string carries signatures
                shutdown_timeout=DRAIN_SECONDS,
            )
            await runner.setup()
            await _listen(runner, settings)
        for line in await at_start(settings, database, SystemClock().now().date()):
            print(line, flush=True)
        _greet(settings, time.monotonic() - began)
        THREADS.submit(brain.warm_up)
        await _until_told_to_stop()
        print("正在停止：等处理中的消息办完…", flush=True)
        await runner.cleanup()


@asynccontextmanager
async def _redis(settings: Settings) -> AsyncIterator[str]:
    """The conversation store: the server that is set, or our own Valkey, watched and stopped."""
    if settings.redis_url:
        print(f"[2/{STEPS}] 使用外部 Redis（REDIS_URL）", flush=True)
        yield settings.redis_url
        return
    server = ValkeyServer(settings.data_dir)
    with _step(2, "启动 Valkey（会话存储）"):
        await asyncio.to_thread(server.start)
    watch = asyncio.create_task(server.watch())
    try:
        yield server.url
    finally:
        watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watch
        await asyncio.to_thread(server.stop)


def _brain(settings: Settings) -> Brain:
    """The knowledge, looked through: a figure that is not in its source must not reach a citizen."""

    def look(knowledge: Knowledge) -> None:
        found = errors(knowledge, SystemClock().now().date(), settings.data_dir / "cache" / "looked-through")
        if found:
            shown = "\n  ".join(found[:10])
            raise CannotServe(f"知识里有 {len(found)} 处错误（python -m bot check 看全部）：\n  {shown}")

    try:
        return Brain.load(settings.data_dir, lambda text: print(f"\n  {text}", end="", flush=True), look)
    except ValueError as problem:  # EntryError, DocumentError, LawError: the message names the file
        raise CannotServe(f"知识没能读进来：{problem}") from problem


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as problem:
        await runner.cleanup()
        raise CannotServe(
            f"{settings.host}:{settings.port} 用不了（{problem.strerror}）。换一个端口：PORT=8081 make run"
        ) from problem


@contextmanager
def _step(number: int, what: str) -> Iterator[None]:
    print(f"[{number}/{STEPS}] {what}…", end="", flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print(" 没有成功", flush=True)
        raise
    print(f" 好了（{time.monotonic() - began:.1f} 秒）", flush=True)


def _greet(settings: Settings, seconds: float) -> None:
    here = f"http://{settings.host}:{settings.port}"
    print(f"已启动（{seconds:.1f} 秒）。微信回调地址：{here}/wechat", flush=True)
    if settings.sandbox:
        print(f"在浏览器里试用：{here}/sandbox/", flush=True)
    print("按 Ctrl-C 停止。", flush=True)


async def _until_told_to_stop() -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()
