"""Tables at the start of an app."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.tables import create_tables, drop_tables, missing_tables, require_tables
from demijohn.database import belongs_to, field
from demijohn.foundation.errors import SetupError

from .server_databases import server_url


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


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mariadb"])
def test_all_tables_are_dropped_whatever_points_where(kind: str, tmp_path: Path) -> None:
    """With rows that point at each other, and a view; foreign keys are looked at again afterwards."""
    for url in server_url(kind, tmp_path):
        engines = Engines(url, pool_size=1, max_overflow=0)
        lines = [
            "CREATE TABLE a (id INTEGER PRIMARY KEY, b_id INTEGER)",
            "CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER, FOREIGN KEY (a_id) REFERENCES a (id))",
            "CREATE VIEW v AS SELECT id FROM a",
            "INSERT INTO a (id) VALUES (1)",
            "INSERT INTO b VALUES (1, 1)",
            "UPDATE a SET b_id = 1",
        ]
        if kind != "sqlite":
            lines.append("ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b_id) REFERENCES b (id)")
        with engines.sync.begin() as connection:
            for line in lines:
                connection.execute(text(line))
        assert drop_tables(engines.sync) == 2
        assert inspect(engines.sync).get_table_names() == inspect(engines.sync).get_view_names() == []
        with engines.sync.begin() as connection:
            own = "FOREIGN KEY (c_id) REFERENCES c (id)"
            connection.execute(text(f"CREATE TABLE c (id INTEGER PRIMARY KEY, c_id INTEGER, {own})"))
        with pytest.raises(IntegrityError), engines.sync.begin() as connection:
            connection.execute(text("INSERT INTO c VALUES (1, 9)"))
        engines.close()
