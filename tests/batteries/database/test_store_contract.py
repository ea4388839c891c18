"""Models keep the contract of stores, on every database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.model import ModelBase
from demijohn.batteries.database.naming import NAMING_CONVENTION
from demijohn.batteries.database.types import ANNOTATIONS, BIG_KEY
from demijohn.database import DB, SoftDelete, SQLStore, Timestamps, Versioned, field
from demijohn.stores import Store
from demijohn.testing import StoreContract

from .server_databases import server_url


class Base(ModelBase, DeclarativeBase):
    """Of this file alone."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = ANNOTATIONS


class Note(Base):
    """A model of ours."""

    id: Mapped[int] = field(BIG_KEY, primary_key=True, init=False)
    title: Mapped[str] = field(max_length=40)
    pages: Mapped[int | None] = field(default=None)


class Box(Base):
    """A key of two parts, and a column that counts versions."""

    shelf: Mapped[str] = field(max_length=20, primary_key=True)
    number: Mapped[int] = field(primary_key=True)
    title: Mapped[str] = field(max_length=40)
    version: Mapped[int] = field(init=False)
    __mapper_args__ = {"version_id_col": version}


class Kept(SoftDelete, Versioned, Timestamps, Base):
    """What is deleted in name only, and counts its changes."""

    id: Mapped[int] = field(BIG_KEY, primary_key=True, init=False)
    title: Mapped[str] = field(max_length=40)


class Plain(DeclarativeBase):
    """SQLAlchemy's own, with nothing of ours."""


class Letter(Plain):
    """A plain model."""

    __tablename__ = "letter"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(40))


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"], scope="module")
def engines(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """The engines of a database of its own, with the tables of this file's models."""
    for url in server_url(request.param, tmp_path_factory.mktemp("stores")):
        made = Engines(url, pool_size=2)
        for base in (Base, Plain):
            base.metadata.create_all(made.sync)
        yield made
        made.close()


class OnEachDatabase(StoreContract):
    """A store in a unit of work that is never committed."""

    model: Any

    @pytest.fixture
    def store(self, engines: Engines) -> Iterator[Store[Any]]:
        """An empty one."""
        with DB(engines.sync) as db:
            yield SQLStore(self.model, db)


class TestModels(OnEachDatabase):
    """Models of ours."""

    model = Note

    def values(self, number: int) -> Mapping[str, object]:
        """A note."""
        return {"title": f"Note {number:05}"}


class TestKeysOfSeveralParts(OnEachDatabase):
    """Keys that are given, and a version column."""

    model = Box

    def values(self, number: int) -> Mapping[str, object]:
        """A box."""
        return {"shelf": f"a/{number % 2},ä", "number": -number, "title": f"Box {number:05}"}


class TestMixins(OnEachDatabase):
    """With our mixins."""

    model = Kept

    def values(self, number: int) -> Mapping[str, object]:
        """A row."""
        return {"title": f"Row {number:05}"}


class TestPlainModels(OnEachDatabase):
    """Models of SQLAlchemy's own base."""

    model = Letter

    def values(self, number: int) -> Mapping[str, object]:
        """A letter."""
        return {"title": f"Letter {number:05}"}
