"""The database: engine, transactions, migrations."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, Update, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

MIGRATIONS = Path(__file__).parent / "migrations"
_WRITE = "linxia_write"

# Written as the last thing in the transaction that it belongs to.
Addition = Callable[[AsyncConnection], Awaitable[None]]
_ADDITIONS: ContextVar[list[Addition] | None] = ContextVar("additions", default=None)


@contextmanager
def adding(addition: Addition) -> Iterator[None]:
    """Let the first transaction that the block commits carry `addition`: both are stored or neither is.
    A block that writes nothing carries nothing; after a rollback the next try carries it.
    """
    mark = _ADDITIONS.set([addition])
    try:
        yield
    finally:
        _ADDITIONS.reset(mark)


class Database:
    """One engine. `read` gives a connection to look with, `write` one in a transaction that is committed at
    its end. `ping`: before each use of a connection see whether the server is still at its other end.
    """

    def __init__(self, url: str, *, ping: bool = True) -> None:
        self.url = url
        self.sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite(url) if self.sqlite else create_async_engine(url, pool_pre_ping=ping)
        # PostgreSQL without BEGIN and COMMIT: two of three ways to the server and back are saved. Under READ
        # COMMITTED each SELECT sees what is committed when it begins, in a transaction as without one.
        self._single = (
            self.engine if self.sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        )
        self._eyes = _sqlite_eyes(url) if self.sqlite else None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that only looks."""
        async with self._single.connect() as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A transaction to look with, in which everything is as it was when it began."""
        async with self.engine.connect() as connection:
            if not self.sqlite:
                await connection.execution_options(isolation_level="REPEATABLE READ")
            async with connection.begin():
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes; it takes SQLite's one write lock at once, so it can wait its turn."""
        async with self.engine.connect() as connection:
            await connection.execution_options(**{_WRITE: True})
            waiting = _ADDITIONS.get() or []
            async with connection.begin():
                yield connection
                for addition in waiting:
                    await addition(connection)
            waiting.clear()

    async def change(self, statement: Update) -> int:
        """Carry out one statement that is a transaction by itself. Returns how many rows it changed."""
        if self.sqlite or _ADDITIONS.get():
            async with self.write() as connection:
                return (await connection.execute(statement)).rowcount
        async with self._single.connect() as connection, connection.begin():
            return (await connection.execute(statement)).rowcount

    async def look(
        self, statement: Select[*tuple[Any, ...]], **names: object
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """The rows of one SELECT, `names` being its bound parameters. Each message asks such questions: on
        SQLite this takes one step through a thread, where a transaction through aiosqlite takes nine.
        """
        if self._eyes is not None:
            return await asyncio.to_thread(_rows, self._eyes, statement, names)
        async with self.read() as connection:
            rows: Sequence[Row[*tuple[Any, ...]]] = (await connection.execute(statement, names)).all()
        return rows

    async def migrate(self) -> None:
        """Bring the schema up to date; two processes that start at once do not get in each other's way."""
        async with self.engine.connect() as connection:
            await connection.execution_options(**{_WRITE: True})
            async with connection.begin():
                if not self.sqlite:
                    await connection.execute(text("SELECT pg_advisory_xact_lock(20260415)"))
                await connection.run_sync(_upgrade)

    async def ping(self) -> None:
        """Raise if the database does not answer."""
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        if self._eyes is not None:
            await asyncio.to_thread(self._eyes.dispose)


def _sqlite_eyes(url: str) -> Engine | None:
    """A second way into the same file, without an event loop between; none into a database in memory."""
    if not make_url(url).database:
        return None
    engine = create_engine(make_url(url).set(drivername="sqlite"))
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _rows(
    engine: Engine, statement: Select[*tuple[Any, ...]], names: Mapping[str, object]
) -> Sequence[Row[*tuple[Any, ...]]]:
    with engine.connect() as connection:
        return connection.execute(statement, names).all()


def _upgrade(connection: Connection) -> None:
    if _version(connection) == _newest():
        return  # without loading Alembic: 11 MB and a third of a second
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _newest() -> str:
    """The last migration: their files are named by their numbers."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py")).split("_")[0]


def _sqlite(url: str) -> AsyncEngine:
    file = make_url(url).database
    if file:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url)
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself: `_begin_sqlite` says how each one begins.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000",
                   "secure_delete=ON"):  # fmt: skip
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
