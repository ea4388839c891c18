"""Engines: from a URL to the right drivers, and pools that fail soon."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from demijohn.batteries.database.engines import DRIVERS, Engines, driver_url, read_url
from demijohn.foundation.errors import SetupError


@pytest.mark.parametrize(
    ("url", "sync", "asynchronous"),
    [
        ("sqlite:///a.db", "sqlite+pysqlite", "sqlite+pysqlite_async"),
        ("sqlite+pysqlite:///a.db", "sqlite+pysqlite", "sqlite+pysqlite_async"),
        ("sqlite+aiosqlite:///a.db", "sqlite+pysqlite", "sqlite+aiosqlite"),
        ("postgres://h/d", "postgresql+psycopg", "postgresql+asyncpg"),
        ("postgresql://h/d", "postgresql+psycopg", "postgresql+asyncpg"),
        ("postgresql://h/d?sslmode=require", "postgresql+psycopg", "postgresql+asyncpg"),
        ("postgresql://h/d?application_name=shop", "postgresql+psycopg", "postgresql+psycopg"),
        ("postgresql:///d?host=/run/postgresql", "postgresql+psycopg", "postgresql+psycopg"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg", "postgresql+psycopg"),
        ("postgresql+asyncpg://h/d", "postgresql+psycopg", "postgresql+asyncpg"),
        ("postgresql+psycopg2://h/d", "postgresql+psycopg2", "postgresql+psycopg"),
        ("mysql://h/d", "mysql+pymysql", "mysql+asyncmy"),
        ("mysql+aiomysql://h/d", "mysql+pymysql", "mysql+aiomysql"),
        ("mariadb://h/d", "mariadb+pymysql", "mariadb+asyncmy"),
        ("oracle+oracledb://h/d", "oracle+oracledb", "oracle+oracledb"),
    ],
)
def test_each_mode_has_its_driver(url: str, sync: str, asynchronous: str) -> None:
    """A URL without driver gets one per mode; one with a driver keeps it where it fits."""
    assert driver_url(make_url(url), asynchronous=False).drivername == sync
    assert driver_url(make_url(url), asynchronous=True).drivername == asynchronous


def test_asyncpg_is_told_of_tls_in_its_own_words() -> None:
    """The rest of the URL is as it was."""
    url = driver_url(make_url("postgresql://ann:secret@h:5433/d?sslmode=require"), asynchronous=True)
    assert url.render_as_string(hide_password=False) == "postgresql+asyncpg://ann:secret@h:5433/d?ssl=require"


def test_psycopg_serves_both_where_asyncpg_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """One driver is enough."""
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    assert driver_url(make_url("postgresql://h/d"), asynchronous=True).drivername == "postgresql+psycopg"


@pytest.mark.parametrize("url", ["", "nonsense", "://", "postgresql//secret@host"])
def test_a_broken_url_is_told_without_its_password(url: str) -> None:
    """The error shows the form, never what was in the variable."""
    with pytest.raises(SetupError, match="DMJ0521") as caught:
        read_url(url)
    assert "secret" not in str(caught.value)


def test_an_unknown_database_lists_the_known() -> None:
    """A misspelt scheme is no import error."""
    with pytest.raises(SetupError, match="DMJ0521") as caught:
        Engines("postgre://ann:secret@host/shop").check_driver(asynchronous=False)
    assert "postgresql" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "asynchronous", "package", "extra"),
    [
        ("postgresql://h/d", False, "psycopg", "postgresql"),
        ("postgresql://h/d", True, "psycopg", "postgresql"),
        ("mysql://h/d", False, "pymysql", "mysql"),
        ("mariadb://h/d", True, "asyncmy", "mysql"),
    ],
)
def test_a_missing_driver_names_the_extra(
    url: str, asynchronous: bool, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not installed is told at start, with the line to type."""
    for absent in (package, "asyncpg"):
        monkeypatch.setitem(sys.modules, absent, None)  # as if it were not
    engines = Engines(url)
    with pytest.raises(SetupError, match="DMJ0520") as caught:
        engines.check_driver(asynchronous=asynchronous)
    assert f"demijohn[{extra}]" in str(caught.value)
    with pytest.raises(SetupError, match="DMJ0520"):
        _ = engines.asynchronous if asynchronous else engines.sync


def test_the_embedded_drivers_are_there(engines: Engines) -> None:
    """SQLite needs nothing but what the standard extra brings."""
    engines.check_driver(asynchronous=False)
    engines.check_driver(asynchronous=True)


def test_an_exhausted_pool_fails_soon_and_recovers(tmp_path: Path) -> None:
    """Nobody waits for ever for a connection, and one given back is handed out again."""
    engines = Engines(f"sqlite:///{tmp_path / 'a.db'}", pool_size=1, max_overflow=0, pool_timeout=0.05)
    with engines.sync.connect(), pytest.raises(PoolTimeout):
        engines.sync.connect()
    with engines.sync.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engines.close()


def test_memory_is_one_database_for_both_modes_and_gone_when_closed() -> None:
    """Threads, connections and modes see the same tables until the engines close."""
    engines = Engines("sqlite://")
    with engines.sync.begin() as connection:
        connection.execute(text("CREATE TABLE a (b INTEGER)"))
        file = Path(str(engines.sync.url.database))
    assert file.exists()

    async def count() -> Any:
        async with engines.asynchronous.connect() as connection:
            return await connection.scalar(text("SELECT count(*) FROM a"))

    async def main() -> None:
        assert await count() == 0
        await engines.aclose()

    asyncio.run(main())
    engines.close()
    assert not file.exists()


def test_engines_open_again_after_closing(engines: Engines) -> None:
    """A stopped app may be started again."""
    with engines.sync.connect() as connection:
        connection.execute(text("SELECT 1"))
    engines.close()
    with engines.sync.connect() as connection:
        assert connection.scalar(text("SELECT 2")) == 2


def test_servers_are_asked_whether_they_still_listen() -> None:
    """Lost connections are replaced before they are used; a file cannot be lost."""
    assert Engines("postgresql://h/d").options["pool_pre_ping"] is True
    assert "pool_pre_ping" not in Engines("sqlite:///a.db").options


def test_every_kind_of_database_names_packages() -> None:
    """The table of drivers is complete in itself."""
    for drivers in DRIVERS.values():
        assert drivers.sync
        assert drivers.asynchronous
        assert drivers.extra


POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"


def test_postgresql_answers_both_ways() -> None:
    """One URL, two modes."""
    try:
        socket.create_connection(("127.0.0.1", 5432), timeout=2).close()
    except OSError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("no PostgreSQL listens on 127.0.0.1:5432")
    engines = Engines(POSTGRES)
    with engines.sync.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engines.close()

    async def main() -> None:
        async with engines.asynchronous.connect() as connection:
            assert await connection.scalar(text("SELECT 1")) == 1
        await engines.aclose()

    asyncio.run(main())
