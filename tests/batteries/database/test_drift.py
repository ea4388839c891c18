"""What the models have and the database lacks, as `demijohn dev` tells it: without a scratch database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Column, Enum, ForeignKey, Integer, MetaData, String, Table, inspect

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.migrations import History, drift
from demijohn.batteries.database.naming import NAMING_CONVENTION


def models(*, extra: bool = False, stars: int = 5, states: Sequence[str] = ("new", "old")) -> MetaData:
    """The tables of an app in one of its states."""
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    Table("author", metadata, Column("id", Integer, primary_key=True))
    Table(
        "book",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("stars", Integer),
        Column("state", Enum(*states, name="state", create_constraint=True)),
        Column("author_id", ForeignKey("author.id")),
        *([Column("isbn", String(20), index=True)] if extra else []),
        CheckConstraint(f"stars <= {stars}", name="few_stars"),
    )
    if extra:
        Table("shelf", metadata, Column("id", Integer, primary_key=True), Column("place", String(20), unique=True))
    return metadata


@pytest.mark.parametrize("served", ["sqlite", "postgresql", "mariadb"], indirect=True)
def test_checks_and_choices_drift_too(served: Engines, tmp_path: Path) -> None:
    """What is added, what is changed, whether it only adds; nothing is left behind."""
    models().create_all(served.sync)
    tables, schemas = names(served)

    def found(**changes: Any) -> tuple[set[str], bool]:
        seen = drift(History(served, models(**changes), tmp_path))
        return set(seen.words), seen.only_adds

    assert found() == (set(), True)
    added = {"the table shelf", "the column book.isbn", "the index ix_book_isbn"}
    assert found(extra=True) == (added, True)
    assert found(stars=6) == ({"a change of the constraint ck_book_few_stars"}, False)
    grown, only_adds = found(states=["new", "old", "lost"])
    if served.url.get_backend_name() == "postgresql":
        assert (grown, only_adds) == ({"lost in the type state"}, True)
        assert found(states=["new"]) == ({"a change of the type state"}, False)
    else:
        assert grown
        assert not only_adds
    assert names(served) == (tables, schemas)
    assert served.sync.pool.checkedout() == 0  # type: ignore[attr-defined]


def names(engines: Engines) -> tuple[list[str], list[str]]:
    """The tables and schemas that there are; MariaDB's schemas are databases, which others make and drop."""
    inspector = inspect(engines.sync)
    schemas = [] if engines.url.get_backend_name() == "mariadb" else inspector.get_schema_names()
    return sorted(inspector.get_table_names()), sorted(schemas)


def test_what_is_gone_or_changed_is_not_an_addition(engines: Engines, tmp_path: Path) -> None:
    """A column that is gone, one of another type; tables of others are nobody's business."""
    metadata = models(extra=True)
    metadata.create_all(engines.sync)
    with engines.sync.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE others (id INTEGER)")
    seen = drift(History(engines, models(), tmp_path))
    assert not seen.only_adds
    assert set(seen.words) == {"a change of book.isbn", "a change of the index ix_book_isbn"}
