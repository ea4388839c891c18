"""What a read costs, counted in calls: between the user's line and the driver stands as little as may be."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Mapped

from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, field, query
from demijohn.kernel.schema import Schema

WARM = 8
"""How often each thing is done before it is counted: psycopg prepares a statement when it comes for the sixth time."""


class Name(Schema):
    """What is read."""

    name: str


@pytest.fixture
def thing(base: Any, engines: Engines) -> Any:
    """A model with a row."""

    class Thing(base):
        name: Mapped[str] = field(max_length=20)

    base.metadata.create_all(engines.sync)
    with DB(engines.sync) as db:
        db.save(Thing(name="one"))
        db.commit()
    return Thing


def counted(call: Callable[[], Any]) -> tuple[list[str], list[str]]:
    """The Python functions that a call runs here and in SQLAlchemy, and the C functions, by name."""
    for _ in range(WARM):
        call()
    ran: list[str] = []
    in_c: list[str] = []

    def profile(frame: FrameType, event: str, what: Any) -> None:
        if event == "call":
            file = frame.f_code.co_filename
            if "/demijohn/" in file or "/sqlalchemy/" in file:
                ran.append(f"{file.rpartition('/')[2]}:{frame.f_code.co_name}")
        elif event == "c_call":
            in_c.append(what.__name__)

    gc.disable()
    sys.setprofile(profile)
    try:
        call()
    finally:
        sys.setprofile(None)
        gc.enable()
    return ran, in_c


def test_reads_on_a_held_connection(thing: Any, engines: Engines) -> None:
    """A query, a statement made once, one built for each read, all rows of a model, and an object by its key; none
    makes a cursor of its own, nor a key of SQLAlchemy's."""

    @query
    def by_key(key: int) -> Any:
        return select(thing).where(thing.id == key)

    once = select(thing).where(thing.id == 1)
    built = iter([select(thing).where(thing.id == 1) for _ in range(WARM + 1)])
    listed = iter([select(thing).where(thing.id > 0).order_by(thing.id.desc()).limit(5) for _ in range(WARM + 1)])
    with DB(engines.sync) as db:
        for most, call in (
            (18, lambda: db.read_one(Name, by_key(1))),
            (24, lambda: db.read_one(Name, once)),
            (24, lambda: db.read_one(Name, next(built))),
            (28, lambda: db.read(Name, next(listed))),
            (20, lambda: db.read(Name, thing)),
            (40, lambda: db.get_or_404(thing, 1)),
            (40, lambda: db.get(thing, 1)),
        ):
            ran, in_c = counted(call)
            assert len(ran) <= most, (len(ran), ran)
            assert in_c.count("execute") == 1
            assert "cursor" not in in_c
            assert "cache_key.py:_generate_cache_key" not in ran


def test_a_unit_that_reads_once(thing: Any, engines: Engines) -> None:
    """Made, asked, ended: most of it is SQLAlchemy's session and pool."""

    @query
    def by_key(key: int) -> Any:
        return select(thing).where(thing.id == key)

    def unit() -> None:
        db = DB(engines.sync)
        assert db.read_one(Name, by_key(1)) == Name(name="one")
        db.finish()
        db.leave()

    ran, in_c = counted(unit)
    assert len(ran) <= 68, (len(ran), ran)
    assert in_c.count("execute") == 1
    assert "cursor" not in in_c


def test_an_answer_that_is_large_is_not_kept(thing: Any, engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cursor that stays with a connection holds its last rows."""
    monkeypatch.setattr("demijohn.batteries.database.direct.KEPT_ROWS", 2)
    with DB(engines.sync) as db:
        db.read(Name, thing)
        assert db._held is not None
        kept = db._held.opened
        db.bulk_insert(thing, [{"name": "two"}, {"name": "three"}])
        db.commit()
        assert len(db.read(Name, thing)) == 3
        assert db._held.opened is None
        assert len(db.read(Name, select(thing).where(thing.id == 1))) == 1
        assert db._held.opened is not kept
