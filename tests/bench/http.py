"""Messages per second and latency over encrypted HTTP: bare echo, edge alone, whole bot, in one run."""

import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.bench.servers import KINDS
from tests.wechat_signing import WeChat

USERS = 400
LOADS = ((1, 2.0), (32, 5.0))  # connections at once, seconds
PREPARED = 6000
QUESTIONS = Path(__file__).parent.parent / "questions" / "own.jsonl"

Request = tuple[dict[str, str], bytes]


@dataclass(frozen=True)
class Measured:
    """One server under one load."""

    per_second: float
    p50_ms: float
    p99_ms: float


def run() -> Iterator[str]:
    """The table, line by line."""
    yield f"{'server':<8}{'at once':>8}{'messages/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'of echo':>9}"
    echo: dict[int, float] = {}
    for kind in KINDS:
        for (at_once, _), measured in zip(LOADS, asyncio.run(_measure(kind)), strict=True):
            base = echo.setdefault(at_once, measured.per_second)
            yield (
                f"{kind:<8}{at_once:>8}{measured.per_second:>12.0f}{measured.p50_ms:>9.1f}"
                f"{measured.p99_ms:>9.1f}{measured.per_second / base:>9.0%}"
            )


async def _measure(kind: str) -> list[Measured]:
    with tempfile.TemporaryDirectory() as folder:
        async with _server(kind, folder) as url, aiohttp.ClientSession() as http:
            wechat = WeChat(url, http)
            prepared = iter(_prepared(wechat))
            await _load(wechat, prepared, 8, 1.0)  # warm up
            return [await _load(wechat, prepared, at_once, seconds) for at_once, seconds in LOADS]


@asynccontextmanager
async def _server(kind: str, folder: str) -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.bench.servers", kind, folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(await process.stdout.readline())}"
    finally:
        process.stdin.close()
        await process.wait()


def _prepared(wechat: WeChat) -> list[Request]:
    """Signed and encrypted beforehand, so that the client does not eat what it measures."""
    dice = random.Random(20260415)
    questions = [json.loads(line)["q"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    texts = (dice.choice(questions) for _ in range(PREPARED))
    return [
        wechat.envelope(wechat.message(Content=text, user=f"oBench{dice.randrange(USERS)}")) for text in texts
    ]


async def _load(wechat: WeChat, prepared: Iterator[Request], at_once: int, seconds: float) -> Measured:
    end, took = time.perf_counter() + seconds, list[float]()

    async def send() -> None:
        while (began := time.perf_counter()) < end and (request := next(prepared, None)):
            query, body = request
            async with wechat.http.post(f"{wechat.url}/wechat", params=query, data=body) as response:
                await response.read()
                assert response.status == 200, response.status
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(at_once)))
    per_second = len(took) / (time.perf_counter() - began)
    took.sort()
    return Measured(per_second, took[len(took) // 2] * 1000, took[int(len(took) * 0.99)] * 1000)
