"""The Valkey of a data folder: started once, shared, found again, restarted, stopped by the last to leave."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from bot.valkey import ValkeyError, ValkeyServer, _left_running


@pytest.fixture
def server(tmp_path: Path) -> ValkeyServer:
    return ValkeyServer(tmp_path)


def client(server: ValkeyServer) -> redis.Redis:
    return redis.Redis.from_url(server.url)


def comes_true(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def kill(server: ValkeyServer) -> None:
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)


def test_every_write_is_on_disk_before_it_is_acknowledged(server: ValkeyServer) -> None:
    server.start()
    with client(server) as valkey:
        assert valkey.config_get("append*")["appendonly"] == "yes"
        assert valkey.config_get("appendfsync")["appendfsync"] == "always"
        for number in range(50):
            valkey.set(f"key{number}", number)
    kill(server)
    server.start()
    with client(server) as valkey:
        assert valkey.dbsize() == 50
    server.stop()


def test_only_we_may_talk_to_it(server: ValkeyServer) -> None:
    server.start()
    assert server.socket.stat().st_mode & 0o077 == 0
    assert server.folder.stat().st_mode & 0o077 == 0
    with client(server) as valkey:
        assert valkey.config_get("port")["port"] == "0"
    server.stop()


def test_a_second_user_shares_it_and_the_last_one_stops_it(server: ValkeyServer, tmp_path: Path) -> None:
    other = ValkeyServer(tmp_path)
    assert server.start() is True
    assert other.start() is False
    server.stop()
    assert other.pid is not None
    other.stop()
    assert other.pid is None
    other.stop()  # twice is harmless
    for process in _left_running:
        process.wait(5)


def test_one_left_behind_by_a_killed_process_is_used_again(server: ValkeyServer, tmp_path: Path) -> None:
    code = "import sys,time; from pathlib import Path; from bot.valkey import ValkeyServer\n"
    code += "ValkeyServer(Path(sys.argv[1])).start(); print('up', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.kill()
    left = server.pid
    assert left is not None
    assert server.start() is False
    assert server.pid == left
    server.stop()
    assert comes_true(lambda: server.pid is None)


async def test_it_is_started_again_when_it_dies(server: ValkeyServer) -> None:
    await asyncio.to_thread(server.start)
    watch = asyncio.create_task(server.watch())
    first = server.pid
    kill(server)
    assert await asyncio.to_thread(comes_true, lambda: server.pid not in (None, first))
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)
    server.stop()


def test_a_long_data_folder_gets_a_short_socket(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path / ("很长的目录" * 10))
    server.start()
    assert len(os.fsencode(server.socket)) < 100
    with client(server) as valkey:
        assert valkey.ping()
    server.stop()
    server.socket.parent.rmdir()


def test_a_folder_with_spaces_is_fine(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path / "my data")
    server.start()
    assert server.pid is not None
    server.stop()


def test_what_keeps_it_from_starting_is_said(server: ValkeyServer) -> None:
    server.folder.mkdir(parents=True)
    (server.folder / "appendonlydir").write_text("not a folder")
    with pytest.raises(ValkeyError, match=r"valkey\.log"):
        server.start()
    server.stop()
