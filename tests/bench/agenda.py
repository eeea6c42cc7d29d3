"""Finding what is due among 10 k, 100 k and 1 M open cases, on SQLite and PostgreSQL.

Each open case has its three rows on the agenda, spread over the next 60 days; 200 rows are due now, whatever
the size. Measured: finding the due cases (what each round of the jobs does), nothing being due (what most
rounds do), and taking the due rows off. `AGENDA_SIZES=10000,100000` chooses other sizes.
"""

import asyncio
import os
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store.agenda import numbers_due, remove_due, rows_due
from bot.store.database import Database
from tests.postgres import postgres

SIZES = (10_000, 100_000, 1_000_000)
DUE = 200
ROUNDS = 30
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
SPREAD = 60 * 24 * 3600  # seconds over which what is not due yet is spread

TABLES = "('cases', 'agenda')"
_CASES = """
INSERT INTO cases (number, kind, draft, filer, filer_blob, code, stage, outcome, county, applicant, assignee,
                   number_12315, submitted, received, due, provisional, closed, version)
SELECT 'XK' || (20260000000 + n), 'disclosure', 'd' || n, 'f' || n, {blob}, '', 'received', '', '',
       'natural', '', '', {base}, '2026-11-02', '2026-11-30', {false}, NULL, 3
FROM {numbers}
"""
_AGENDA = """
INSERT INTO agenda (number, notice, version, moment, day)
SELECT 'XK' || (20260000000 + n), notice, 'disclosure.reply@2026-11-30', {moment}, '2026-11-30'
FROM {numbers}, (SELECT 'soon' AS notice, 0 AS place UNION ALL SELECT 'due_today', 1 UNION ALL
                 SELECT 'overdue', 2) AS notices
"""
_LITE = {
    "blob": "x''",
    "false": "0",
    "base": "'2026-11-02 02:00:00.000000'",
    "numbers": "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {size}) "
    "SELECT n FROM c)",
    "moment": "strftime('%Y-%m-%d %H:%M:%S.000000', CASE WHEN place = 0 AND n <= {due} "
    "THEN '2026-11-24 01:00:00' ELSE "
    "datetime('2026-11-24 03:00:00', ((n * 7919 + place * 104729) % {spread}) || ' seconds') END)",
}
_POSTGRES = {
    "blob": "''::bytea",
    "false": "false",
    "base": "'2026-11-02T02:00:00Z'::timestamptz",
    "numbers": "generate_series(1, {size}) AS n",
    "moment": "CASE WHEN place = 0 AND n <= {due} THEN '2026-11-24T01:00:00Z'::timestamptz ELSE "
    "'2026-11-24T03:00:00Z'::timestamptz + ((n::bigint * 7919 + place * 104729) % {spread}) "
    "* interval '1 second' END",
}


async def fill(database: Database, size: int) -> None:
    """`size` open cases, `DUE` rows of them due now; made by the database itself, for speed: indexes are
    put down first and built again at the end, and nothing is kept for the case of a crash.
    """
    if database.sqlite:
        await database.engine.dispose()  # the file is ours alone while it is being filled
        await asyncio.to_thread(_fill_sqlite, str(database.engine.url.database), size)
    else:
        await _fill_postgres(database, size)


def _filling(words: Mapping[str, str], size: int) -> tuple[str, str]:
    numbers = {name: word.format(size=size, due=DUE, spread=SPREAD) for name, word in words.items()}
    return _CASES.format(**numbers), _AGENDA.format(**numbers)


def _fill_sqlite(file: str, size: int) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for setting in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {setting}")
        wanted = (
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL AND tbl_name IN {}"
        )
        indexes = connection.execute(wanted.format(TABLES)).fetchall()
        dropped, built = [f"DROP INDEX {name}" for name, _ in indexes], [sql for _, sql in indexes]
        for statement in ("BEGIN", *dropped, *_filling(_LITE, size), *built, "COMMIT", "ANALYZE"):
            connection.execute(statement)


async def _fill_postgres(database: Database, size: int) -> None:
    key = "PRIMARY KEY (number, notice, version)"
    async with database.write() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))  # keys are right
        await connection.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
        wanted = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN {} "
            "AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
        indexes = (await connection.execute(text(wanted.format(TABLES)))).all()
        dropped, built = [f"DROP INDEX {row[0]}" for row in indexes], [row[1] for row in indexes]
        dropped.append("ALTER TABLE agenda DROP CONSTRAINT pk_agenda")
        built.append(f"ALTER TABLE agenda ADD CONSTRAINT pk_agenda {key}")
        for statement in (*dropped, *_filling(_POSTGRES, size), *built):
            await connection.execute(text(statement))
    async with database.write() as connection:
        await connection.execute(text("ANALYZE cases, agenda"))


async def measure(database: Database, size: int) -> str:
    """One line of the table."""

    async def look(now: datetime) -> int:
        async with database.read() as connection:
            return len(await numbers_due(connection, now, DUE))

    async def take() -> None:
        async with database.write() as connection:
            numbers = await numbers_due(connection, NOW, DUE)
            assert len(await rows_due(connection, numbers, NOW)) == DUE
            await remove_due(connection, numbers, NOW)

    assert await look(NOW) == DUE
    found = await _milliseconds(lambda: look(NOW))
    nothing = await _milliseconds(lambda: look(NOW - timedelta(days=1)))
    began = time.perf_counter()
    await take()
    took = (time.perf_counter() - began) * 1000
    kind = "SQLite" if database.sqlite else "PostgreSQL"
    return (
        f"{kind:10} {size:>9,} open cases: {DUE} due found in {found:5.2f} ms, "
        f"nothing due in {nothing:5.2f} ms, {DUE} taken off in {took:6.1f} ms"
    )


async def _milliseconds(work: Callable[[], Awaitable[object]]) -> float:
    """The best of some rounds: what else the machine does is not measured."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await work()
        times.append((time.perf_counter() - began) * 1000)
    return min(times)


async def _of(url: str, size: int) -> str:
    database = Database(url)
    try:
        await database.migrate()
        await fill(database, size)
        return await measure(database, size)
    finally:
        await database.close()


def run() -> Iterator[str]:
    """The table, line by line."""
    sizes = [int(size) for size in os.environ.get("AGENDA_SIZES", "").split(",") if size] or SIZES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in sizes:
            yield asyncio.run(_of(f"sqlite+aiosqlite:///{folder / f'{size}.db'}", size))
        with postgres(folder / "postgres") as plain:
            url = plain.replace("postgresql://", "postgresql+asyncpg://")
            for size in sizes:
                asyncio.run(_create(url, size))
                yield asyncio.run(_of(f"{url}{size}", size))


async def _create(url: str, size: int) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE postgres{size}"))
    await engine.dispose()
