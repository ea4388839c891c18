"""Databases of a server for one test after the other: emptied in between, for to make one costs ten times as much."""

from __future__ import annotations

import atexit
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import OperationalError

from demijohn.batteries.database.engines import Engines
from demijohn.foundation.errors import SetupError

SERVERS = {
    "postgresql": "postgresql://postgres@127.0.0.1:5432",
    "psycopg": "postgresql+psycopg://postgres@127.0.0.1:5432",
    "mariadb": "mariadb://root@127.0.0.1:3306",
}
"""By variable `DEMIJOHN_TEST_<NAME>`, else here."""

_free: dict[str, list[str]] = {}


def server_url(kind: str, folder: Path) -> Iterator[str]:
    """A database that is empty and nobody else's, on a kind of server; skips, but not in CI, without one."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'served.sqlite'}"
        return
    url = make_url(os.environ.get(f"DEMIJOHN_TEST_{kind.upper()}", SERVERS[kind]))
    free = _free.setdefault(url.get_backend_name(), [])
    try:
        name = free.pop() if free else _made(url)
    except (OperationalError, SetupError) as error:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"no {kind}: {error}")
    yield url.set(database=name).render_as_string(hide_password=False)
    _empty(url, name)
    free.append(name)


def _execute(url: URL, *statements: str) -> None:
    server = Engines(url, pool_size=1).sync.execution_options(isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    server.dispose()


def _home(url: URL) -> URL:
    """Where one is while a database is made or dropped."""
    return url.set(database="mysql" if _is_mysql(url) else "postgres")


def _is_mysql(url: URL) -> bool:
    return url.get_backend_name() in {"mysql", "mariadb"}


def _made(url: URL) -> str:
    name = f"demijohn_{uuid.uuid4().hex[:12]}"
    _execute(_home(url), f"CREATE DATABASE {name}")
    force = "" if _is_mysql(url) else " WITH (FORCE)"
    atexit.register(_execute, _home(url), f"DROP DATABASE {name}{force}")
    return name


def _empty(url: URL, name: str) -> None:
    if _is_mysql(url):
        _execute(_home(url), f"DROP DATABASE {name}", f"CREATE DATABASE {name}")
        return
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    _execute(
        url.set(database=name),
        f"{others} AND pid <> pg_backend_pid()",
        "DROP SCHEMA public CASCADE",
        "CREATE SCHEMA public",
    )
