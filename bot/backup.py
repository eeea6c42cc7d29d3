"""Consistent copies of everything that must not be lost, and back again.

Order matters: the database first, then the files it speaks of. Files are written before their rows and never
changed, so every row of the copy finds its file. The keys go elsewhere: who has the copy alone can read no
personal data, who has the keys alone has nothing to read.
"""

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.engine import URL, make_url

from bot.valkey import ValkeyServer
from config.settings import Settings

MANIFEST = "manifest.json"
FOLDERS = ("evidence", "papers", "covers")
DATABASE, DUMP, VALKEY, KEY = "linxia.db", "linxia.pgdump", "valkey", "pii.key"
AOF = "appendonlydir"


class BackupError(Exception):
    """It cannot be done; the message says why, to the operator."""


@dataclass(frozen=True, slots=True)
class Made:
    """A copy that was made."""

    folder: Path
    files: int
    bytes: int
    notes: tuple[str, ...]


class Backup:
    """Copies one installation."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._data = settings, settings.data_dir

    def make(self, target: Path, now: datetime, keys: Path | None = None) -> Made:
        """A copy in a new folder below `target`; the key file, if asked for, into `keys`.

        Raises:
            BackupError: the target is inside the data folder, or a part cannot be copied.
        """
        if target.resolve().is_relative_to(self._data.resolve()):
            raise BackupError("备份不能放在数据文件夹里面，请换一个地方。")
        folder = target / f"linxia-{now:%Y%m%d-%H%M%S}"
        folder.mkdir(parents=True, mode=0o700)
        notes = [self._database(folder), self._valkey(folder / VALKEY)]
        for name in FOLDERS:
            _copy_files(self._data / name, folder / name)
        notes.append(self._keys(keys))
        files = _manifest(folder, now)
        return Made(
            folder, len(files), sum(each["size"] for each in files.values()), tuple(filter(None, notes))
        )

    def _database(self, folder: Path) -> str:
        url = make_url(self._settings.sql_url)
        if url.get_backend_name() == "sqlite":
            _copy_sqlite(Path(url.database or ""), folder / DATABASE)
            return ""
        _postgres("pg_dump", url, "--format=custom", "--no-owner", f"--file={folder / DUMP}")
        (folder / DUMP).chmod(0o600)
        return ""

    def _valkey(self, target: Path) -> str:
        """The append-only files, while no rewriting goes on; a torn last command is left out when loading."""
        if self._settings.redis_url:
            return "REDIS_URL 是外部的Redis：请按它自己的办法备份（会话和草稿在里面）。"
        server = ValkeyServer(self._data)
        source = server.folder / AOF
        if not source.exists():
            return ""
        with _no_rewriting(server.url):
            _copy_files(source, target / AOF)
        return ""

    def _keys(self, keys: Path | None) -> str:
        source = self._data / KEY
        if not source.exists():
            return "密钥在环境变量 PII_KEY 里：请另外妥善保存，没有它备份读不出来。"
        if keys is None:
            return f"密钥 {source} 没有放进备份：请用 --keys 存到另外的地方，没有它备份读不出来。"
        keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy2(source, keys / KEY)
        (keys / KEY).chmod(0o600)
        return f"密钥已另存到 {keys / KEY}，不要和备份放在一起。"


@contextlib.contextmanager
def _no_rewriting(url: str) -> Iterator[None]:
    """Keep Valkey from rewriting its files while they are copied; one that does not run writes nothing."""
    with Redis.from_url(url) as client:
        try:
            client.config_set("auto-aof-rewrite-percentage", "0")
            rewriting = bool(client.info("persistence").get("aof_rewrite_in_progress"))
        except RedisError:
            yield
            return
        try:
            if rewriting:
                raise BackupError("Valkey 正在重写日志，请过一分钟再备份。")
            yield
        finally:
            client.config_set("auto-aof-rewrite-percentage", "100")


def _copy_files(source: Path, target: Path) -> None:
    """Copy a folder; a file that is deleted meanwhile belongs to nothing any more."""
    for path in sorted(source.rglob("*")) if source.exists() else ():
        if path.is_file():
            there = target / path.relative_to(source)
            there.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with contextlib.suppress(FileNotFoundError):
                shutil.copy2(path, there)


def verify(folder: Path) -> int:
    """How many files there are, all as they were when copied.

    Raises:
        BackupError: a file is missing, changed, or the database is damaged.
    """
    if not (folder / MANIFEST).exists():
        raise BackupError(f"{folder} 里没有 {MANIFEST}，不是完整的备份。")
    files: dict[str, dict[str, Any]] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    for name, held in files.items():
        if not (folder / name).exists() or _digest(folder / name) != held["sha256"]:
            raise BackupError(f"{name} 缺失或被改过。")
    if (folder / DATABASE).exists():
        _check_sqlite(folder / DATABASE)
    return len(files)


def restore(folder: Path, settings: Settings, keys: Path | None) -> int:
    """Put a verified copy into an empty data folder, and into the empty PostgreSQL that `DATABASE_URL` names;
    how many files the copy has.

    Raises:
        BackupError: the copy is damaged, the folder or the database is not empty, or they do not fit.
    """
    count, data = verify(folder), settings.data_dir
    if data.exists() and any(data.iterdir()):
        raise BackupError(f"{data} 不是空的。恢复只往空文件夹里放，请先把它移走。")
    _restore_postgres(folder, make_url(settings.sql_url))
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in (*FOLDERS, VALKEY):
        if (folder / name).exists():
            shutil.copytree(folder / name, data / name)
    if (folder / DATABASE).exists():
        shutil.copy2(folder / DATABASE, data / DATABASE)
    if keys is not None:
        shutil.copy2(keys / KEY if keys.is_dir() else keys, data / KEY)
        (data / KEY).chmod(0o600)
    return count


def _restore_postgres(folder: Path, url: URL) -> None:
    """All or nothing. A database that holds something already refuses the first table."""
    if (folder / DUMP).exists() == (url.get_backend_name() == "sqlite"):
        kind = "PostgreSQL" if (folder / DUMP).exists() else "SQLite"
        raise BackupError(f"这份备份的数据库是{kind}，和现在的 DATABASE_URL 对不上。")
    if (folder / DUMP).exists():
        options = ("--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={url.database}")
        _postgres("pg_restore", url, *options, str(folder / DUMP))


def _postgres(name: str, url: URL, *options: str) -> None:
    """Run one of PostgreSQL's client programs against the database."""
    program = shutil.which(name)
    if program is None:
        raise BackupError(f"数据库是PostgreSQL，但这台机器没有 {name}。请安装 postgresql-client 再来。")
    # The password goes through the environment: arguments can be read by every user of the machine.
    given = {
        "PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password,
        "PGDATABASE": url.database, "PGSSLMODE": url.query.get("ssl") or url.query.get("sslmode"),
    }  # fmt: skip
    env = {**os.environ, **{key: str(value) for key, value in given.items() if value}}
    if subprocess.run([program, *options], env=env, check=False).returncode:  # noqa: S603 our own arguments
        raise BackupError(f"{name} 没有成功，原因见上面。")


def _copy_sqlite(source: Path, target: Path) -> None:
    """SQLite's own backup: a consistent state, while others read and write."""
    if not source.exists():
        raise BackupError(f"没有数据库 {source}，没有可备份的。")
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as held, sqlite3.connect(target) as copy:
        held.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    held.close()
    copy.close()
    target.chmod(0o600)
    _check_sqlite(target)


def _check_sqlite(path: Path) -> None:
    held = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        found = held.execute("PRAGMA integrity_check").fetchone()
    finally:
        held.close()
    if found != ("ok",):
        raise BackupError(f"数据库 {path.name} 损坏：{found}")


def _manifest(folder: Path, now: datetime) -> dict[str, dict[str, Any]]:
    files = {
        str(path.relative_to(folder)): {"size": path.stat().st_size, "sha256": _digest(path)}
        for path in sorted(_files(folder))
    }
    held = json.dumps({"made": now.isoformat(), "files": files}, indent=1)
    (folder / MANIFEST).write_text(held, encoding="utf-8")
    return files


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
