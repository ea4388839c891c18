"""Tables at the start of an app."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect
from sqlalchemy.orm import Mapped

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.tables import create_tables, missing_tables, require_tables
from demijohn.database import belongs_to, field
from demijohn.foundation.errors import SetupError


@pytest.fixture
def metadata(base: Any) -> Any:
    """Three tables, of which one refers to another."""

    class Owner(base):
        name: Mapped[str] = field(max_length=9, unique=True)

    class Pet(base):
        owner: Mapped[Owner] = belongs_to()

    class Toy(base):
        word: Mapped[str] = field(max_length=9, index=True)

    return base.metadata


def test_only_what_is_missing_is_made(metadata: Any, engine: Engine) -> None:
    """Each table once, those that others refer to first."""
    metadata.tables["toy"].create(engine)
    assert [table.name for table in missing_tables(engine, metadata)] == ["owner", "pet"]
    assert create_tables(engine, metadata) == ["owner", "pet"]
    assert create_tables(engine, metadata) == []
    assert inspect(engine).get_table_names() == ["owner", "pet", "toy"]


def test_a_view_stands_for_a_table(metadata: Any, engine: Engine) -> None:
    """A model may be mapped to a view: it is there."""
    create_tables(engine, metadata)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE toy RENAME TO plaything")
        connection.exec_driver_sql("CREATE VIEW toy AS SELECT * FROM plaything")
    assert missing_tables(engine, metadata) == []


def test_missing_tables_are_named(metadata: Any, engine: Engine) -> None:
    """All of them, and nothing is raised when all are there."""
    metadata.tables["toy"].create(engine)
    with pytest.raises(SetupError, match="lacks 2 of the models' tables: owner, pet"):
        require_tables(engine, metadata)
    create_tables(engine, metadata)
    require_tables(engine, metadata)


def test_processes_that_start_together_do_not_fail(metadata: Any, tmp_path: Path) -> None:
    """Several workers find the tables missing at the same moment; one makes them, all go on."""
    errors: list[BaseException] = []
    barrier = threading.Barrier(6)

    def start() -> None:
        engines = Engines(f"sqlite:///{tmp_path / 'together.sqlite'}")
        try:
            barrier.wait(10)
            create_tables(engines.sync, metadata)
            require_tables(engines.sync, metadata)
        except BaseException as error:
            errors.append(error)
        finally:
            engines.close()

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
