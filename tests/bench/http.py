"""Messages per second and latency over encrypted HTTP: bare echo, edge alone, whole bot, in one run.

The edge is everything but the understanding: signature, decryption, dedupe, the turn, session, stores. The
bot is asked what people ask most (wordings it knows) and what nobody has asked before (tests/questions).
"""

import asyncio
import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from knowledge.entries import load_entries
from tests.wechat_signing import WeChat

USERS = 400
LOADS = ((1, 2.0), (16, 4.0))  # connections at once, seconds
PREPARED = 5000
QUESTIONS = Path(__file__).parent.parent / "questions" / "own.jsonl"

Request = tuple[dict[str, str], bytes]


@dataclass(frozen=True)
class Measured:
    """One server under one load. `put_off` answers were 503: not there in time, WeChat asks again."""

    at_once: int
    per_second: float
    p50_ms: float
    p99_ms: float
    put_off: int


def run() -> Iterator[str]:
    """The table, line by line."""
    known = [entry.wordings[0] for entry in load_entries() if entry.intent in ("faq", "law")]
    new = [json.loads(line)["q"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    rows = (
        ("echo", "echo", known),
        ("edge", "edge", known),
        ("bot, known", "bot", known),
        ("bot, new", "bot", new),
    )
    yield f"{'':<12}{'at once':>8}{'messages/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'of echo':>9}{'put off':>9}"
    echo: dict[int, float] = {}
    for name, kind, texts in rows:
        for got in asyncio.run(_measure(kind, texts)):
            share = got.per_second / echo.setdefault(got.at_once, got.per_second)
            yield (
                f"{name:<12}{got.at_once:>8}{got.per_second:>12.0f}{got.p50_ms:>9.1f}{got.p99_ms:>9.1f}"
                f"{share:>9.1%}{got.put_off:>9}"
            )


async def _measure(kind: str, texts: Sequence[str]) -> list[Measured]:
    with tempfile.TemporaryDirectory() as folder:
        async with _server(kind, folder) as url, aiohttp.ClientSession() as http:
            wechat = WeChat(url, http)
            requests = _prepared(wechat, texts)
            # The echo does not mind hearing a thing twice; to the bot that would be a redelivery.
            prepared = itertools.cycle(requests) if kind == "echo" else iter(requests)
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


def _prepared(wechat: WeChat, texts: Sequence[str]) -> list[Request]:
    """Signed and encrypted beforehand, so that the client does not eat what it measures."""
    dice = random.Random(20260415)
    chosen = (dice.choice(texts) for _ in range(PREPARED))
    return [
        wechat.envelope(wechat.message(Content=text, user=f"oBench{dice.randrange(USERS)}"))
        for text in chosen
    ]


async def _load(wechat: WeChat, prepared: Iterator[Request], at_once: int, seconds: float) -> Measured:
    end, took, put_off = time.perf_counter() + seconds, list[float](), 0

    async def send() -> None:
        nonlocal put_off
        while (began := time.perf_counter()) < end and (request := next(prepared, None)):
            query, body = request
            async with wechat.http.post(f"{wechat.url}/wechat", params=query, data=body) as response:
                await response.read()
                assert response.status in (200, 503), response.status
                put_off += response.status == 503
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(at_once)))
    per_second = len(took) / (time.perf_counter() - began)
    took.sort()
    p50, p99 = took[len(took) // 2] * 1000, took[int(len(took) * 0.99)] * 1000
    return Measured(at_once, per_second, p50, p99, put_off)
