"""Steps that change rows: with the tables of their point of the history, in batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.migrations import History, Maker, MigrationError
from demijohn.batteries.database.model import BareModel
from demijohn.database import DataStep

from .server_databases import server_url

FIRST = '''"""first"""
import sqlalchemy as sa
from alembic import op

revision = "0001_first"
down_revision = None


def upgrade():
    op.create_table("post", sa.Column("id", sa.Integer, primary_key=True), sa.Column("title", sa.String(40)))
    op.execute("CREATE TABLE bare (id INTEGER)")


def downgrade():
    op.drop_table("post")
    op.drop_table("bare")
'''
SECOND = '''"""second"""
import sqlalchemy as sa
from alembic import op

from demijohn.database import DataStep

revision = "0002_second"
down_revision = "0001_first"


def upgrade():
    op.add_column("post", sa.Column("slug", sa.String(40)))
    step = DataStep(op.get_bind(), size=10)
    with op.get_context().autocommit_block():
        changed = step.update("post", lambda row: {"slug": row.title.lower()} if row.id % 2 else None, "slug IS NULL")
    step.insert("post", [{"id": 1000 + changed, "title": "counted"}])


def downgrade():
    with op.batch_alter_table("post") as batch:
        batch.drop_column("slug")
'''


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engines]:
    """A database with a table of a hundred rows, and a second migration to come."""
    for url in server_url(request.param, tmp_path):
        engines = Engines(url, pool_size=3)
        history = told(engines, tmp_path)
        (tmp_path / "0001_first.py").write_text(FIRST)
        history.move("head", lambda _: None)
        with engines.sync.begin() as connection:
            rows = [{"id": number, "title": f"T{number}"} for number in range(1, 101)]
            connection.execute(text("INSERT INTO post (id, title) VALUES (:id, :title)"), rows)
        (tmp_path / "0002_second.py").write_text(SECOND)
        yield engines
        engines.close()


def told(engines: Engines, folder: Path) -> History:
    """The history in a folder."""
    return History(engines, BareModel.metadata, folder)


def test_rows_are_changed_in_batches(place: Engines, tmp_path: Path) -> None:
    """With a column that the same migration added, and none of the models."""
    told(place, tmp_path).move("head", lambda _: None)
    with place.sync.connect() as connection:
        found = connection.execute(text("SELECT count(*), min(slug) FROM post WHERE slug IS NOT NULL")).one()
        assert tuple(found) == (50, "t1")
        assert connection.execute(text("SELECT title FROM post WHERE id = 1050")).scalar_one() == "counted"
    told(place, tmp_path).move("0001_first", lambda _: None, back=True)
    assert told(place, tmp_path).pending() == ["0002_second"]


def test_it_runs_in_the_scratch_database_too(place: Engines, tmp_path: Path) -> None:
    """Where nobody has rows."""
    assert {one.danger.code for one in Maker(told(place, tmp_path)).judge()} == set()


def test_what_cannot_be_is_said(place: Engines, tmp_path: Path) -> None:
    """A table that is not there, one without a key, and SQL for somebody else."""
    with place.sync.connect() as connection:
        step = DataStep(connection)
        with pytest.raises(MigrationError, match="asks for the table lost"):
            step.table("lost")
        with pytest.raises(MigrationError, match="has no primary key"):
            list(step.batches("bare"))
    if not place.is_sqlite:
        with pytest.raises(MigrationError, match="cannot be written as SQL"):
            told(place, tmp_path).offline_sql()
    nothing: Any = None
    with pytest.raises(MigrationError, match="cannot be written as SQL"):
        DataStep(nothing)
