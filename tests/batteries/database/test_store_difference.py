"""A model and a record of the same fields answer the same, whatever is asked: by SQL, and by plain Python."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped

from demijohn import Schema
from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.model import ModelBase
from demijohn.batteries.database.naming import NAMING_CONVENTION
from demijohn.batteries.database.types import ANNOTATIONS, BIG_KEY
from demijohn.database import DB, SQLStore, field
from demijohn.stores import MemoryStore, Query, Where


class Mood(enum.Enum):
    """Stored as text."""

    CALM = "calm"
    ANGRY = "angry"


class Base(ModelBase, DeclarativeBase):
    """Of this file alone."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = ANNOTATIONS


class Stored(Base):
    """In a table."""

    id: Mapped[int] = field(BIG_KEY, primary_key=True)
    title: Mapped[str] = field(max_length=20)
    pages: Mapped[int | None] = field()
    day: Mapped[dt.date | None] = field()
    mood: Mapped[Mood] = field()
    done: Mapped[bool] = field()


class Kept(Schema):
    """In memory."""

    id: int
    title: str
    pages: int | None
    day: dt.date | None
    mood: Mood
    done: bool


TITLES = some.text("ab%_ B", max_size=3)
DAYS = some.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 4))
PAGES = some.integers(-1, 2)
ROWS = some.lists(
    some.fixed_dictionaries({
        "title": TITLES, "pages": some.none() | PAGES, "day": some.none() | DAYS, "mood": some.sampled_from(Mood),
        "done": some.booleans(),
    }),
    max_size=12,
)  # fmt: skip
EQUALITY = some.sampled_from(["eq", "ne"])
ANY_ORDER = some.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"])
CONDITIONS = some.one_of(
    some.builds(Where, some.just("title"), ANY_ORDER | some.sampled_from(["contains", "starts"]), TITLES),
    some.builds(Where, some.just("pages"), ANY_ORDER, PAGES),
    some.builds(Where, some.just("pages"), EQUALITY, some.none() | PAGES.map(str)),
    some.builds(Where, some.just("pages"), some.just("in"), some.lists(some.none() | PAGES, max_size=3)),
    some.builds(Where, some.just("day"), ANY_ORDER, DAYS),
    some.builds(Where, some.sampled_from(["day", "pages"]), some.just("null"), some.booleans()),
    some.builds(Where, some.just("mood"), EQUALITY, some.sampled_from([*Mood, "calm"])),
    some.builds(Where, some.just("done"), EQUALITY, some.booleans()),
)
NAMES = some.sampled_from(["title", "-title", "pages", "-pages", "day", "-day", "done", "-mood"])
QUERIES = some.builds(
    Query, where=some.lists(CONDITIONS, max_size=2).map(tuple), order=some.lists(NAMES, max_size=2).map(tuple),
    search=some.just("") | TITLES,
)  # fmt: skip


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """An SQLite file."""
    folder: Path = tmp_path_factory.mktemp("difference")
    made = Engines(f"sqlite:///{folder / 'rows.sqlite'}", pool_size=1)
    Base.metadata.create_all(made.sync)
    yield made
    made.close()


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, query=QUERIES, size=some.integers(1, 5))
@example(
    rows=[{"title": "", "pages": None, "day": None, "mood": Mood.CALM, "done": done} for done in (True, False)],
    query=Query(order=("done",)),
    size=1,
)
def test_the_same_things_in_the_same_order(
    engines: Engines, rows: list[dict[str, Any]], query: Query, size: int
) -> None:
    """All of them, page by page, by number and by cursor."""
    kept = MemoryStore(Kept, [Kept(id=number, **row) for number, row in enumerate(rows, 1)])
    with DB(engines.sync) as db:
        db.add_all([Stored(id=number, **row) for number, row in enumerate(rows, 1)])
        db.flush()
        stored = SQLStore(Stored, db)
        after, number = "", 1
        while True:
            ours = stored.page(query, size=size, after=after)
            theirs = kept.page(query, size=size, after=after)
            assert [one.id for one in ours] == [one.id for one in theirs]
            assert (ours.total, ours.after) == (theirs.total, theirs.after)
            assert [one.id for one in stored.page(query, size=size, number=number)] == [one.id for one in ours]
            if not ours.after:
                break
            after, number = ours.after, number + 1
