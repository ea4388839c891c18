"""Models of tests stand on a base of their own each, so that no test sees another's tables."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.model import ModelBase
from demijohn.batteries.database.naming import NAMING_CONVENTION
from demijohn.batteries.database.types import ANNOTATIONS, BIG_KEY
from demijohn.database import field

from .server_databases import server_url


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


@pytest.fixture(params=["sqlite", "postgresql", "psycopg", "mariadb"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engines]:
    """The engines of a database of its own, on each kind of server and driver: `postgresql` is psycopg for `DB` and
    asyncpg for `AsyncDB`, `psycopg` both."""
    for url in server_url(request.param, tmp_path):
        made = Engines(url, pool_size=5, max_overflow=0, pool_timeout=0.5)
        yield made
        asyncio.run(made.aclose())
        made.close()
