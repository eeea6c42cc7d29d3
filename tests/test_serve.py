"""`python -m bot serve` as an operator runs it: progress, refusals, logs, a clean end."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot.valkey import ValkeyServer
from tests.wechat_signing import APP_ID, KEY, TOKEN, USER, WeChat

ACCOUNT = {"WECHAT_APP_ID": APP_ID, "WECHAT_TOKEN": TOKEN, "WECHAT_ENCODING_AES_KEY": KEY}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def program(data_dir: Path, port: int, **environment: str) -> AsyncIterator[Process]:
    own = {name: text for name, text in os.environ.items() if not name.startswith(("WECHAT_", "SANDBOX"))}
    own |= {"DATA_DIR": str(data_dir), "PORT": str(port)} | environment
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "serve", stdout=PIPE, stderr=PIPE, env=own
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def lines_until(process: Process, word: str) -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(60):
        while line := (await process.stdout.readline()).decode():
            lines.append(line)
            if word in line:
                return lines
    assert process.stderr is not None
    raise AssertionError(lines, (await process.stderr.read()).decode())


async def ended(process: Process) -> tuple[int, str, str]:
    async with asyncio.timeout(90):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_it_starts_answers_logs_and_stops(trained: Path) -> None:
    port = free_port()
    async with program(trained, port, **ACCOUNT) as process:
        lines = await lines_until(process, "Ctrl-C")
        for number in range(1, 5):
            assert any(line.startswith(f"[{number}/4]") and "好了" in line for line in lines)
        assert not any("sandbox" in line for line in lines)
        async with aiohttp.ClientSession() as http:
            wechat = WeChat(f"http://127.0.0.1:{port}", http)
            assert "8:30" in await wechat.say("几点上班")
            assert await wechat.say("我叫马小花，电话13993012345")
            assert (await wechat.get("/readyz"))[0] == 200
            assert (await wechat.get("/sandbox/"))[0] == 404
            query, body = wechat.envelope(wechat.message(Content="x"))
            await wechat.post(query | {"msg_signature": "0" * 40}, body)
        process.send_signal(signal.SIGTERM)
        code, out, err = await ended(process)
    assert code == 0
    assert "正在停止" in out
    assert ValkeyServer(trained).pid is None
    assert_tells_nothing(out + err)
    entries = [json.loads(line) for line in err.splitlines()]
    message, _ = [entry for entry in entries if entry["event"] == "message"]
    assert (message["kind"], message["intent"]) == ("text", "faq")
    assert len(message["request"]) == 32
    assert any(entry["event"] == "request_refused" for entry in entries)


def assert_tells_nothing(text: str) -> None:
    """No personal data and no secret in what the program writes."""
    for secret in (USER, "马小花", "13993012345", "几点上班", TOKEN, KEY):
        assert secret not in text


async def test_ctrl_c_finishes_what_is_in_flight(trained: Path) -> None:
    port = free_port()
    async with program(trained, port, **ACCOUNT) as process, aiohttp.ClientSession() as http:
        await lines_until(process, "Ctrl-C")
        wechat = WeChat(f"http://127.0.0.1:{port}", http)
        await wechat.say("几点上班")
        xmls = [wechat.message(Content="几点上班", user=f"oUser{n}") for n in range(20)]
        sent = [asyncio.create_task(wechat.deliver(xml)) for xml in xmls]
        await asyncio.sleep(0.1)
        process.send_signal(signal.SIGINT)
        answers = await asyncio.gather(*sent, return_exceptions=True)
        code, _, err = await ended(process)
    assert code == 0
    assert "Traceback" not in err
    # Each one was answered, put off or never taken in: an answer that was begun is not cut off.
    for answer in answers:
        if isinstance(answer, BaseException):
            assert isinstance(answer, aiohttp.ClientConnectionError)
        else:
            assert answer.status == 503 or "8:30" in (answer.text or "")
    assert any(not isinstance(answer, BaseException) for answer in answers)


async def test_a_killed_service_starts_again_and_remembers(trained: Path) -> None:
    port = free_port()
    async with aiohttp.ClientSession() as http:
        wechat = WeChat(f"http://127.0.0.1:{port}", http)
        async with program(trained, port, **ACCOUNT) as process:
            await lines_until(process, "Ctrl-C")
            xml = wechat.message(Content="几点上班")
            first = await wechat.deliver(xml)
            process.kill()
            await process.wait()
        async with program(trained, port, **ACCOUNT) as process:
            await lines_until(process, "Ctrl-C")
            again = await wechat.deliver(xml)
            assert again.text == first.text
            assert await wechat.counted("linxia_shared_results") == 1
            process.send_signal(signal.SIGTERM)
            await ended(process)


async def test_valkey_that_dies_under_it_is_started_again(trained: Path) -> None:
    port = free_port()
    async with program(trained, port, **ACCOUNT) as process, aiohttp.ClientSession() as http:
        await lines_until(process, "Ctrl-C")
        wechat = WeChat(f"http://127.0.0.1:{port}", http)
        assert "8:30" in await wechat.say("几点上班")
        pid = ValkeyServer(trained).pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert "8:30" in await wechat.say("几点上班")
        process.send_signal(signal.SIGTERM)
        assert (await ended(process))[0] == 0


async def test_the_sandbox_makes_up_its_account_and_keeps_it(trained: Path) -> None:
    port = free_port()
    secrets = []
    for _ in range(2):
        async with program(trained, port, SANDBOX="1") as process:
            lines = await lines_until(process, "Ctrl-C")
            assert any(f"http://127.0.0.1:{port}/sandbox/" in line for line in lines)
            process.send_signal(signal.SIGTERM)
            _, out, err = await ended(process)
            kept = (trained / "sandbox.json").read_text(encoding="utf-8")
            secrets.append(kept)
            assert json.loads(kept)["wechat_token"] not in out + err
    assert secrets[0] == secrets[1]
    for name in ("sandbox.json", "pii.key"):
        assert (trained / name).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "WECHAT_TOKEN"),
        ({"WECHAT_TOKEN": TOKEN, "WECHAT_ENCODING_AES_KEY": KEY}, "WECHAT_APP_ID"),
        ({"WECHAT_TOKEN": TOKEN, "WECHAT_APP_ID": APP_ID}, "WECHAT_ENCODING_AES_KEY"),
        (ACCOUNT | {"WECHAT_ENCODING_AES_KEY": KEY[:-1]}, "43"),
        (ACCOUNT | {"WECHAT_PREVIOUS_ENCODING_AES_KEY": "short"}, "43"),
        (ACCOUNT | {"PII_KEY": "password"}, "PII_KEY"),
        (ACCOUNT | {"WECHAT_MODE": "secret"}, "WECHAT_MODE"),
    ],
)
async def test_it_refuses_to_serve_without_what_keeps_it_safe(
    tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    async with program(tmp_path, free_port(), **environment) as process:
        code, _, err = await ended(process)
    assert code == 1
    assert said in err
    assert "Traceback" not in err
    assert not (tmp_path / "valkey").exists()


async def test_a_database_that_is_not_there_is_said_in_words(trained: Path) -> None:
    gone = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    async with program(trained, free_port(), DATABASE_URL=gone, **ACCOUNT) as process:
        code, _, err = await ended(process)
    assert code == 1
    assert "数据库" in err
    assert "Traceback" not in err
    assert ValkeyServer(trained).pid is None


async def test_a_port_in_use_is_said_in_words(trained: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with program(trained, taken.getsockname()[1], **ACCOUNT) as process:
            code, _, err = await ended(process)
    assert code == 1
    assert "换一个端口" in err
    assert "Traceback" not in err
    assert ValkeyServer(trained).pid is None
