"""Migrations on real databases: made, applied, taken back, refused where they would do harm."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.operations.ops import CreateTableOp, ModifyTableOps
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, inspect, text

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.migrations import Applied, History, Maker, MigrationError, Renames
from demijohn.batteries.database.migrations.rendering import describe, slug
from demijohn.batteries.database.naming import NAMING_CONVENTION

from .server_databases import server_url


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engines]:
    """An empty database on each kind of server."""
    for url in server_url(request.param, tmp_path):
        engines = Engines(url, pool_size=3, max_overflow=0, pool_timeout=1)
        yield engines
        engines.close()


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Engines]:
    """An empty SQLite file."""
    engines = Engines(f"sqlite:///{tmp_path / 'lite.sqlite'}")
    yield engines
    engines.close()


def shop(title: str = "title", table: str = "post", *columns: Column[Any]) -> MetaData:
    """Two tables, one of which points to the other."""
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    Table("author", metadata, Column("id", Integer, primary_key=True), Column("name", String(50), nullable=False))
    Table(
        table,
        metadata,
        Column("id", Integer, primary_key=True),
        Column(title, String(80), nullable=False, index=True),
        Column("author_id", ForeignKey("author.id", ondelete="CASCADE"), nullable=False),
        *columns,
    )
    return metadata


def grow(engines: Engines, folder: Path, metadata: MetaData, renames: Renames | None = None) -> History:
    """Make the next migration and apply it."""
    history = History(engines, metadata, folder / "migrations")
    draft = Maker(history).draft("", renames or Renames())
    assert draft is not None
    Maker(history).write(draft, {})
    history.move("head", lambda _: None)
    return history


def columns_of(engines: Engines, table: str) -> set[str]:
    """The columns that the database has."""
    return {column["name"] for column in inspect(engines.sync).get_columns(table)}


def fill(engines: Engines) -> None:
    """One author with one post."""
    with engines.sync.begin() as connection:
        connection.execute(text("INSERT INTO author (id, name) VALUES (1, 'Ann')"))
        connection.execute(text("INSERT INTO post (id, title, author_id) VALUES (1, 'Hello', 1)"))


def test_models_become_tables_and_agree_with_them(place, tmp_path):
    """What is made and applied leaves nothing to make, and can be taken back."""
    history = grow(place, tmp_path, shop())
    assert [step.revision for step in history.steps()] == ["0001_create_author_and_post"]
    assert Maker(history).draft("", Renames()) is None
    assert history.pending() == []
    history.move("base", lambda _: None, back=True)
    assert set(inspect(place.sync).get_table_names()) == {"alembic_version"}
    assert history.pending() == ["0001_create_author_and_post"]


def test_a_renamed_column_and_a_renamed_table_keep_their_rows(place, tmp_path):
    """Both at once, there and back."""
    grow(place, tmp_path, shop())
    fill(place)
    known = {"post": "article", "article.title": "article.headline"}
    history = grow(place, tmp_path, shop("headline", "article"), Renames(known))
    with place.sync.connect() as connection:
        assert connection.execute(text("SELECT headline FROM article")).scalar_one() == "Hello"
    assert Maker(history).draft("", Renames()) is None
    history.move("0001_create_author_and_post", lambda _: None, back=True)
    with place.sync.connect() as connection:
        assert connection.execute(text("SELECT title FROM post")).scalar_one() == "Hello"


def test_a_rename_that_nobody_told_is_refused(lite, tmp_path):
    """Without a terminal: the lines to type, and no file."""
    grow(lite, tmp_path, shop())
    history = History(lite, shop("headline"), tmp_path / "migrations")
    with pytest.raises(MigrationError) as caught:
        Maker(history).draft("", Renames())
    assert "demijohn db make --rename post.title=post.headline" in caught.value.fix
    assert "demijohn db make --drop post.title" in caught.value.fix


@pytest.mark.parametrize("renames", [Renames({"post.titel": "post.headline"}), Renames(dropped={"pots"})])
def test_a_name_that_was_misspelt_is_told(lite, tmp_path, renames):
    """Instead of being ignored."""
    grow(lite, tmp_path, shop())
    history = History(lite, shop("title", "post", Column("more", Integer)), tmp_path / "migrations")
    with pytest.raises(MigrationError, match="is not gone from the models"):
        Maker(history).draft("", renames)


@pytest.mark.parametrize("yes", [True, False])
def test_at_a_terminal_renames_are_asked(lite, tmp_path, yes):
    """Yes renames, no drops and adds."""
    grow(lite, tmp_path, shop())
    asked: list[str] = []
    history = History(lite, shop("headline"), tmp_path / "migrations")
    draft = Maker(history).draft("", Renames(ask=lambda question: asked.append(question) or yes))
    assert asked == ["Was the column post.title renamed to post.headline?"]
    assert ("RENAME COLUMN" in draft.text) is yes
    assert any(danger.code == "drop-column" for danger in draft.dangers) is not yes


def test_rebuilding_a_table_of_sqlite_keeps_what_points_to_it(lite, tmp_path):
    """Foreign keys that cascade must not fire when the old table goes, and are on again afterwards."""
    grow(lite, tmp_path, shop())
    fill(lite)
    longer = shop()
    longer.tables["author"].columns["name"].type = String(90)
    grow(lite, tmp_path, longer)
    with lite.sync.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM post")).scalar_one() == 1
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_types_defaults_and_constraints_are_seen(place, tmp_path):
    """Each is a difference."""
    grow(place, tmp_path, shop())
    for change in (
        Column("views", Integer, server_default="0", nullable=False),
        Column("slug", String(20), unique=True),
    ):
        assert (
            Maker(History(place, shop("title", "post", change), tmp_path / "migrations")).draft("", Renames())
            is not None
        )
    longer = shop()
    longer.tables["post"].columns["title"].type = String(90)
    draft = Maker(History(place, longer, tmp_path / "migrations")).draft("", Renames())
    assert [danger.code for danger in draft.dangers] == (
        ["change-type"] if place.url.get_backend_name() == "mariadb" else []
    )


def test_a_longer_member_of_an_enum_is_seen(lite, tmp_path):
    """Enums are text here, as long as their longest member."""
    from sqlalchemy import Enum

    short = enum.Enum("State", ["draft"])
    long = enum.Enum("State", ["draft", "published"])
    grow(lite, tmp_path, shop("title", "post", Column("state", Enum(short, native_enum=False))))
    changed = shop("title", "post", Column("state", Enum(long, native_enum=False)))
    assert "published" in Maker(History(lite, changed, tmp_path / "migrations")).draft("", Renames()).text


BROKEN = '''"""broken"""
from alembic import op

revision = "0002_broken"
down_revision = "0001_create_author_and_post"


def upgrade():
    op.execute("CREATE TABLE first_table (id INTEGER)")
    op.execute("CREATE TABLE author (id INTEGER)")
'''


def test_a_migration_that_dies_half_way_says_what_was_applied(place, tmp_path):
    """PostgreSQL and SQLite keep nothing; MariaDB keeps what was done, and each statement is told."""
    history = grow(place, tmp_path, shop())
    (tmp_path / "migrations" / "0002_broken.py").write_text(BROKEN)
    with pytest.raises(MigrationError) as caught:
        history.move("head", lambda _: None)
    kept = "first_table" in inspect(place.sync).get_table_names()
    assert kept is (place.url.get_backend_name() == "mariadb")
    assert ("1. CREATE TABLE first_table (id INTEGER);" in caught.value.what) is kept
    assert ("Nothing of it was kept" in caught.value.what) is not kept
    assert "CREATE TABLE author" in caught.value.what
    assert "demijohn db migrate" in caught.value.fix
    assert history.current() == "0001_create_author_and_post"
    with place.sync.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS first_table"))
    mended = BROKEN.replace("CREATE TABLE author", "CREATE TABLE second_table")
    (tmp_path / "migrations" / "0002_broken.py").write_text(mended)
    told: list[Applied] = []
    history.move("head", told.append)
    assert [done.revision for done in told] == ["0002_broken"]


def test_tables_that_were_there_are_adopted_if_they_agree(place, tmp_path):
    """As those that development made at start; others are refused, with what to do."""
    metadata = shop()
    metadata.create_all(place.sync)
    with place.sync.begin() as connection:
        connection.execute(text("CREATE TABLE of_another_program (id INTEGER)"))
    history = History(place, metadata, tmp_path / "migrations")
    Maker(history).write(Maker(history).draft("", Renames()), {})
    other = History(place, shop("title", "post", Column("more", Integer)), tmp_path / "migrations")
    with pytest.raises(MigrationError, match="no migration made"):
        other.adopt(Maker(other).differs)
    assert history.adopt(Maker(history).differs)
    assert history.pending() == []
    assert not history.adopt(Maker(history).differs)


BRANCH = '''"""{name}"""
import sqlalchemy as sa
from alembic import op

revision = "{name}"
down_revision = "0001_create_author_and_post"


def upgrade():
    op.create_table("{table}", sa.Column("id", sa.Integer, primary_key=True))
    {more}


def downgrade():
    op.drop_table("{table}")
'''


def branch(folder: Path, name: str, table: str, more: str = "pass") -> None:
    """A migration as another branch of the code adds it."""
    (folder / "migrations" / f"{name}.py").write_text(BRANCH.format(name=name, table=table, more=more))


def test_branches_need_no_file_that_merges_them(place, tmp_path):
    """Both are applied, whichever came first; the next one follows both; each is taken back alone."""
    history = grow(place, tmp_path, shop())
    branch(tmp_path, "0002_b", "of_b")
    history.move("head", lambda _: None)
    branch(tmp_path, "0002_a", "of_a")
    assert history.pending() == ["0002_a"]
    told: list[Applied] = []
    history.move("head", told.append)
    assert [done.revision for done in told] == ["0002_a"]
    assert history.applied() == ["0001_create_author_and_post", "0002_a", "0002_b"]
    models = shop("title", "post", Column("more", Integer))
    for table in ("of_a", "of_b"):
        Table(table, models, Column("id", Integer, primary_key=True))
    history = grow(place, tmp_path, models)
    assert history.heads() == ["0003_change_post"]
    assert set(history.steps()[-1]._all_down_revisions) == {"0002_a", "0002_b"}
    assert history.pending() == []
    history.move("0002_b", lambda _: None, back=True)
    history.move("0002_a", lambda _: None, back=True)
    assert history.applied() == ["0001_create_author_and_post", "0002_a"]
    history.move("base", lambda _: None, back=True)
    assert history.applied() == []
    history.move("head", lambda _: None)
    assert history.pending() == []


def test_branches_with_sql_of_their_own_ask_for_their_order(lite, tmp_path):
    """As nobody can know what it touches; without a terminal nothing is applied."""
    history = grow(lite, tmp_path, shop())
    branch(tmp_path, "0002_a", "of_a")
    branch(tmp_path, "0002_b", "of_b", 'op.execute("UPDATE post SET title = 1")')
    with pytest.raises(MigrationError) as caught:
        history.move("head", lambda _: None)
    assert 'in 0002_b.py write down_revision = "0002_a"' in caught.value.fix
    with pytest.raises(MigrationError, match="Nothing was applied"):
        history.move("head", lambda _: None, ask=lambda _: False)
    asked: list[str] = []
    history.move("head", lambda _: None, ask=lambda question: not asked.append(question))
    assert asked == ["0002_a and 0002_b do not know of each other, and 0002_b has SQL or a data step of its own. "
                     "Is it right to apply 0002_a first?"]  # fmt: skip
    assert history.pending() == []


def test_dangers_are_named_with_their_safe_ways(place, tmp_path):
    """What is dangerous depends on the database."""
    grow(place, tmp_path, shop())
    changed = MetaData(naming_convention=NAMING_CONVENTION)
    Table("author", changed, Column("id", Integer, primary_key=True), Column("age", Integer, nullable=False))
    draft = Maker(History(place, changed, tmp_path / "migrations")).draft("", Renames(dropped={"author.name"}))
    assert {danger.code for danger in draft.dangers} == {"drop-table", "drop-column", "not-null"}
    assert all(danger.instead for danger in draft.dangers)
    grown = shop("title", "post", Column("slug", String(20), index=True), Column("nick", String(9), unique=True))
    codes = {d.code for d in Maker(History(place, grown, tmp_path / "migrations")).draft("", Renames()).dangers}
    assert codes == ({"index", "unique"} if place.url.get_backend_name() == "postgresql" else set())


def test_tables_of_another_schema_are_left_alone(lite, tmp_path):
    """They are made by whoever makes the schema."""
    metadata = MetaData()
    Table("elsewhere", metadata, Column("id", Integer, primary_key=True), schema="other")
    assert Maker(History(lite, metadata, tmp_path / "migrations")).draft("", Renames()) is None


def test_all_of_it_as_sql(place, tmp_path):
    """For whoever applies it by hand."""
    sql = grow(place, tmp_path, shop()).offline_sql()
    assert "CREATE TABLE post" in sql
    assert "INSERT INTO alembic_version" in sql


def test_a_migration_is_called_after_what_it_does_first():
    """An index belongs to its new table; of many steps the number says that there are more."""

    def title(*names: str) -> str:
        tables = [CreateTableOp(name, []) for name in names]
        return describe([*tables, ModifyTableOps("post", [])], [], [])

    assert title("post") == "create post"
    assert title("tag") == "create tag and change post"
    assert describe([CreateTableOp("author", []), CreateTableOp("post", [])], [], []) == "create author and post"
    assert title("post", "tag", "author") == "create post and 2 more"
    assert slug("create post and 2 more") == "create_post_and_2_more"
    assert slug("create notification and 12 more") == "create_notification"
