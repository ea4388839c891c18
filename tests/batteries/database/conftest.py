"""Models of tests stand on a base of their own each, so that no test sees another's tables."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.model import ModelBase
from demijohn.batteries.database.naming import NAMING_CONVENTION
from demijohn.batteries.database.types import ANNOTATIONS, BIG_KEY
from demijohn.database import field
from demijohn.foundation.errors import SetupError


@pytest.fixture
def bare() -> Iterator[Any]:
    """A base without a key."""

    class Base(ModelBase, DeclarativeBase):
        metadata = MetaData(naming_convention=NAMING_CONVENTION)
        type_annotation_map = ANNOTATIONS

    yield Base
    Base.registry.dispose()


@pytest.fixture
def base(bare: Any) -> Any:
    """A base with the usual key."""

    class KeyedModel(bare):
        __abstract__ = True
        id: Mapped[int] = field(BIG_KEY, primary_key=True, init=False, sort_order=-1000)

    return KeyedModel


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[Engines]:
    """The engines of an SQLite file."""
    made = Engines(f"sqlite:///{tmp_path / 'test.sqlite'}", pool_size=5, max_overflow=0, pool_timeout=0.2)
    yield made
    made.close()


@pytest.fixture
def engine(engines: Engines) -> Engine:
    """The sync one of them."""
    return engines.sync


SERVERS = {
    "postgresql": "postgresql://postgres@127.0.0.1:5432",
    "psycopg": "postgresql+psycopg://postgres@127.0.0.1:5432",
    "mariadb": "mariadb://root@127.0.0.1:3306",
}
"""By variable `DEMIJOHN_TEST_<NAME>`, else here."""


def server_url(kind: str, folder: Path) -> Iterator[str]:
    """A database of its own on a kind of server, dropped afterwards; skips, but not in CI, without one."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'served.sqlite'}"
        return
    url = make_url(os.environ.get(f"DEMIJOHN_TEST_{kind.upper()}", SERVERS[kind]))
    name = f"demijohn_{uuid.uuid4().hex[:12]}"
    home = url.set(database="postgres" if kind != "mariadb" else "mysql")
    try:
        server = Engines(home, pool_size=1).sync.execution_options(isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except (OperationalError, SetupError) as error:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"no {kind}: {error}")
    yield url.set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name}" + ("" if kind == "mariadb" else " WITH (FORCE)")))
    server.dispose()


@pytest.fixture(params=["sqlite", "postgresql", "psycopg", "mariadb"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engines]:
    """The engines of a database of its own, on each kind of server and driver: `postgresql` is psycopg for `DB` and
    asyncpg for `AsyncDB`, `psycopg` both."""
    for url in server_url(request.param, tmp_path):
        made = Engines(url, pool_size=5, max_overflow=0, pool_timeout=0.5)
        yield made
        asyncio.run(made.aclose())
        made.close()
