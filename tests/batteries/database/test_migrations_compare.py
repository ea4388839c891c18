"""What models say more than columns: checks, members of enums, computed columns, comments, names after a rename."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    Enum,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    inspect,
    text,
)
from sqlalchemy.exc import DBAPIError

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.migrations import Draft, History, Maker, Renames
from demijohn.batteries.database.naming import NAMING_CONVENTION

from .server_databases import server_url


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engines]:
    """An empty database on each kind of server."""
    for url in server_url(request.param, tmp_path):
        engines = Engines(url, pool_size=3, max_overflow=0, pool_timeout=5)
        yield engines
        engines.close()


@pytest.fixture
def grow(place: Engines, tmp_path: Path) -> Callable[..., Draft | None]:
    """Make the next migration and apply it; afterwards there must be nothing left to make."""

    def grow(metadata: MetaData, renames: Renames | None = None) -> Draft | None:
        history = History(place, metadata, tmp_path / "migrations")
        draft = Maker(history).draft("", renames or Renames())
        if draft is not None:
            Maker(history).write(draft, {})
            history.move("head", lambda _: None)
            assert Maker(history).draft("", Renames()) is None
        return draft

    return grow


def back(place: Engines, tmp_path: Path, to: str = "1") -> None:
    """Take back what came after the first migration."""
    history = History(place, MetaData(), tmp_path / "migrations")
    history.move(history.steps()[0].revision, lambda _: None, back=True)


def models(*items: Any) -> MetaData:
    """One table."""
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    Table("post", metadata, Column("id", Integer, primary_key=True), Column("size", Integer), *items)
    return metadata


def insert(place: Engines, size: int) -> bool:
    """Whether a row of that size is taken."""
    try:
        with place.sync.begin() as connection:
            connection.execute(text(f"INSERT INTO post (size) VALUES ({size})"))
    except DBAPIError:
        return False
    return True


def test_a_check_is_made_changed_and_dropped(place, grow, tmp_path):
    """Each is a difference, and can be taken back."""
    grow(models())
    assert insert(place, 1)
    assert grow(models(CheckConstraint("size > 0", "size"))) is not None
    assert (insert(place, 0), insert(place, 5)) == (False, True)
    draft = grow(models(CheckConstraint("size > -5", "size")))
    assert draft.text.count("ck_post_size") >= 2
    assert (insert(place, -1), insert(place, -9)) == (True, False)
    grow(models())
    assert insert(place, -9)
    with place.sync.begin() as connection:
        connection.execute(text("DELETE FROM post"))
    back(place, tmp_path)
    assert insert(place, -9)


def test_signs_that_mean_something_to_drivers_stay_as_they_are(place, grow):
    """In a check of a table that is there, and of a new one."""
    word = [Column("word", String(20)), CheckConstraint("word LIKE 'a%' OR word = ' :b'", "word")]
    grow(models())
    grow(models(*word))
    metadata = models(*[Column("word", String(20)), CheckConstraint("word LIKE 'a%' OR word = ' :b'", "word")])
    Table("page", metadata, Column("id", Integer, primary_key=True), Column("word", String(20)),
          CheckConstraint("word LIKE 'a%'", "word"))  # fmt: skip
    grow(metadata)
    for table in ("post", "page"):
        found = inspect(place.sync).get_check_constraints(table)
        assert "'a%'" in found[0]["sqltext"], found


def state(*members: str, native: bool = False) -> Column[Any]:
    """A column of an enum with a check, or of the server's own type."""
    options: Any = {"native_enum": native, "create_constraint": not native, "length": 20}
    return Column("state", Enum(*members, name="state", **options), server_default=members[0], nullable=False)


def states(place: Engines, *wanted: str) -> list[bool]:
    """Which of some states are taken."""
    found = []
    for value in wanted:
        try:
            with place.sync.begin() as connection:
                connection.execute(text("INSERT INTO post (state) VALUES (:state)"), {"state": value})
            found.append(True)
        except DBAPIError:
            found.append(False)
    return found


@pytest.mark.parametrize(
    ("place", "native"),
    [("sqlite", False), ("postgresql", False), ("postgresql", True), ("mariadb", False), ("mariadb", True)],
    indirect=["place"],
)
def test_members_of_an_enum_come_and_go(place, grow, tmp_path, native):
    """Added without a loss; gone when no row has them; there and back."""
    grow(models())
    grow(models(state("draft", "public", native=native)))
    assert states(place, "public", "secret") == [True, False]
    grow(models(state("draft", "secret", "public", native=native)))
    assert states(place, "public", "secret") == [True, True]
    with place.sync.begin() as connection:
        connection.execute(text("DELETE FROM post WHERE state = 'public'"))
    draft = grow(models(state("draft", "secret", native=native)))
    if native and place.url.get_backend_name() == "postgresql":
        assert "enum" in {danger.code for danger in draft.dangers}
    assert states(place, "public", "secret") == [False, True]
    with place.sync.begin() as connection:
        connection.execute(text("DELETE FROM post"))
    back(place, tmp_path)
    history = History(place, models(), tmp_path / "migrations")
    history.move("head", lambda _: None)
    assert states(place, "public", "secret") == [False, True]


def test_a_type_of_postgresql_in_two_tables_goes_with_the_last(tmp_path):
    """Types are made once, and dropped when nothing has them."""
    for url in server_url("postgresql", tmp_path):
        place = Engines(url)
        metadata = models(state("a", "b", native=True))
        kind = metadata.tables["post"].c.state.type
        Table("page", metadata, Column("id", Integer, primary_key=True), Column("state", kind))
        history = History(place, metadata, tmp_path / "migrations")
        Maker(history).write(Maker(history).draft("", Renames()), {})
        for _ in range(2):
            history.move("head", lambda _: None)
            assert [one["labels"] for one in inspect(place.sync).get_enums()] == [["a", "b"]]
            history.move("base", lambda _: None, back=True)
            assert inspect(place.sync).get_enums() == []
        place.close()


def test_a_computed_column_is_made_anew(place, grow, tmp_path):
    """When its expression changes: its values are computed, so none is lost."""
    persisted = place.url.get_backend_name() == "postgresql"

    def doubled(expression: str) -> Column[Any]:
        return Column("doubled", Integer, Computed(expression, persisted=persisted or None))

    grow(models(doubled("size * 2")))
    insert(place, 7)
    draft = grow(models(doubled("size * 20")))
    assert "drop-column" not in {danger.code for danger in draft.dangers}
    with place.sync.connect() as connection:
        assert connection.execute(text("SELECT doubled FROM post")).scalar_one() == 140
    back(place, tmp_path)
    with place.sync.connect() as connection:
        assert connection.execute(text("SELECT doubled FROM post")).scalar_one() == 14


def test_comments_and_defaults_of_the_server_are_seen(place, grow):
    """Where the database has comments."""
    grow(models(Column("word", String(20), server_default="a")))
    draft = grow(models(Column("word", String(20), server_default="b", comment="what is said")))
    assert "'b'" in draft.text
    if not place.is_sqlite:
        assert "what is said" in draft.text


def test_what_is_named_after_a_table_or_column_is_renamed_too(place, grow, tmp_path):
    """Indexes, unique rules and keys follow, without being made anew; and back."""

    def shop(table: str, title: str) -> MetaData:
        metadata = MetaData(naming_convention=NAMING_CONVENTION)
        Table("author", metadata, Column("id", Integer, primary_key=True))
        Table(
            table, metadata, Column("id", Integer, primary_key=True), Column(title, String(20), index=True),
            Column("slug", String(20)), Column("author_id", ForeignKey("author.id"), nullable=False),
            UniqueConstraint(title, "slug"),
        )  # fmt: skip
        return metadata

    grow(shop("post", "title"))
    draft = grow(shop("article", "headline"), Renames({"post": "article", "article.title": "article.headline"}))
    found = {index["name"] for index in inspect(place.sync).get_indexes("article")}
    assert "ix_article_headline" in found
    assert "ix_post_title" not in found
    assert "uq_article_headline_slug" in {one["name"] for one in inspect(place.sync).get_unique_constraints("article")}
    if not place.is_sqlite:
        assert "create_index" not in draft.text
        assert "create_unique_constraint" not in draft.text
        assert {danger.code for danger in draft.dangers} == {"rename-table", "rename-column"}
    if place.url.get_backend_name() == "postgresql":
        keys = inspect(place.sync).get_foreign_keys("article")
        assert [one["name"] for one in keys] == ["fk_article_author_id"]
        assert inspect(place.sync).get_pk_constraint("article")["name"] == "pk_article"
    back(place, tmp_path)
    assert "uq_post_title_slug" in {one["name"] for one in inspect(place.sync).get_unique_constraints("post")}


def test_the_checks_of_types_are_made_with_a_new_table(place, grow):
    """By the name that the model gives them."""
    grow(models(state("draft", "public")))
    assert states(place, "public", "secret") == [True, False]
    names = {one["name"] for one in inspect(place.sync).get_check_constraints("post")}
    assert "ck_post_state" in names
