"""Migrations that are killed in the middle: what is noted is what is there, and the next run ends it or says where."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.migrations import History, MigrationError
from demijohn.batteries.database.model import BareModel

from .server_databases import server_url

STEPS = '''"""five steps"""
import os
import signal

from alembic import op

revision = "0001_five"
down_revision = None


def die(number):
    if os.environ.get("DIE_AT") == str(number):
        os.kill(os.getpid(), signal.SIGKILL)


def upgrade():
    die(0)
    op.execute("CREATE TABLE a (id INTEGER)")
    die(1)
    op.execute("INSERT INTO a VALUES (1)")
    die(2)
    op.execute("CREATE TABLE b (id INTEGER)")
    die(3)
    op.execute("INSERT INTO b VALUES (1)")
    die(4)
    op.execute("INSERT INTO b VALUES (2)")
    die(5)


def downgrade():
    op.execute("DROP TABLE b")
    die(6)
    op.execute("DROP TABLE a")
    die(7)
'''
RUN = """
import sys
from pathlib import Path
from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.migrations import History
from demijohn.batteries.database.model import BareModel
history = History(Engines(sys.argv[1]), BareModel.metadata, Path(sys.argv[2]))
history.move(sys.argv[3], lambda done: None, back=sys.argv[3] == "base")
"""


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engines]:
    """An empty database on each kind of server."""
    for url in server_url(request.param, tmp_path):
        (tmp_path / "migrations").mkdir()
        (tmp_path / "migrations" / "0001_five.py").write_text(STEPS)
        engines = Engines(url, pool_size=3)
        yield engines
        engines.close()


def told(place: Engines, folder: Path) -> History:
    """The history, as a new process sees it."""
    return History(place, BareModel.metadata, folder / "migrations")


def kill(place: Engines, folder: Path, at: int, goal: str = "head") -> None:
    """Run the migrations in a process that kills itself at a step."""
    url = place.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", RUN, url, str(folder / "migrations"), goal]
    done = subprocess.run(command, env={**os.environ, "DIE_AT": str(at)}, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL


def rows(place: Engines) -> list[int]:
    """What the five steps leave."""
    with place.sync.connect() as connection:
        return [*connection.execute(text("SELECT id FROM a UNION ALL SELECT id + 10 FROM b ORDER BY 1")).scalars()]


@pytest.mark.parametrize("at", range(6))
def test_the_next_run_ends_what_was_killed(place: Engines, tmp_path: Path, at: int) -> None:
    """Nothing is noted as applied that is not, no step is done twice, and none is left out."""
    kill(place, tmp_path, at)
    history = told(place, tmp_path)
    assert history.pending() == ["0001_five"]
    if place.url.get_backend_name() != "mariadb":
        assert not {"a", "b"} & set(inspect(place.sync).get_table_names())
    history.move("head", lambda _: None)
    assert history.pending() == []
    assert rows(place) == [1, 11, 12]
    assert set(inspect(place.sync).get_table_names()) == {"a", "b", "alembic_version"}


@pytest.mark.parametrize("at", [6, 7])
def test_the_next_run_ends_what_was_killed_on_the_way_back(place: Engines, tmp_path: Path, at: int) -> None:
    """As on the way there."""
    told(place, tmp_path).move("head", lambda _: None)
    kill(place, tmp_path, at, "base")
    history = told(place, tmp_path)
    assert history.applied() == ["0001_five"]
    history.move("base", lambda _: None, back=True)
    assert history.applied() == []
    assert set(inspect(place.sync).get_table_names()) == {"alembic_version"}


@pytest.fixture
def mariadb(tmp_path: Path) -> Iterator[Engines]:
    """A database that commits with every change of a table, and a migration that was killed in it."""
    for url in server_url("mariadb", tmp_path):
        (tmp_path / "migrations").mkdir()
        (tmp_path / "migrations" / "0001_five.py").write_text(STEPS)
        engines = Engines(url, pool_size=3)
        kill(engines, tmp_path, 3)
        yield engines
        engines.close()


def test_a_file_that_changed_in_what_was_done_is_refused(mariadb: Engines, tmp_path: Path) -> None:
    """With both statements, and nothing is executed."""
    (tmp_path / "migrations" / "0001_five.py").write_text(STEPS.replace("CREATE TABLE b ", "CREATE TABLE c "))
    with pytest.raises(MigrationError) as caught:
        told(mariadb, tmp_path).move("head", lambda _: None)
    assert "Statement 3 was:  CREATE TABLE b (id INTEGER);" in caught.value.what
    assert "and is now:       CREATE TABLE c (id INTEGER);" in caught.value.what
    assert "drop the table demijohn_migration_journal" in caught.value.fix
    assert "c" not in inspect(mariadb.sync).get_table_names()
    (tmp_path / "migrations" / "0001_five.py").write_text(STEPS)
    told(mariadb, tmp_path).move("head", lambda _: None)
    assert rows(mariadb) == [1, 11, 12]


def test_another_migration_waits_for_the_one_that_was_left(mariadb: Engines, tmp_path: Path) -> None:
    """And is told what is there."""
    other = STEPS.replace("0001_five", "0000_other").replace("TABLE a", "TABLE other_a").replace("TABLE b", "TABLE o")
    (tmp_path / "migrations" / "0000_other.py").write_text(other)
    with pytest.raises(MigrationError) as caught:
        told(mariadb, tmp_path).move("head", lambda _: None, ask=lambda _: True)
    assert "0001_five was interrupted" in caught.value.what
    assert "  1. CREATE TABLE a (id INTEGER);\n  2. INSERT INTO a VALUES (1);" in caught.value.what
