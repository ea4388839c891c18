"""The one seam to SQLAlchemy's cache key: what it must tell apart, and what is done without it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import select
from sqlalchemy.orm import Mapped, with_loader_criteria

from demijohn.batteries.database import statement_key as seam
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, field
from demijohn.kernel.schema import Schema


class Name(Schema):
    """What is read."""

    name: str


@pytest.fixture
def thing(base: Any, engines: Engines) -> Any:
    """A model with rows."""

    class Thing(base):
        name: Mapped[str] = field(max_length=20)
        number: Mapped[int]

    base.metadata.create_all(engines.sync)
    with DB(engines.sync) as db:
        db.bulk_insert(Thing, [{"name": f"n{number}", "number": number} for number in range(9)])
        db.commit()
    return Thing


def test_the_version_that_is_installed_is_known() -> None:
    """Who moves to another series looks at the seam: until then nothing passes by the session."""
    assert seam.is_known(sqlalchemy.__version__)
    assert not seam.is_known("2.2.0")


def test_shapes_are_told_apart_by_all_but_values(thing: Any) -> None:
    """Two values make one shape, and come in the order of the statement; all else makes another."""
    statements = [
        select(thing).where(thing.number == 1, thing.name == "a"),
        select(thing).where(thing.name == "a", thing.number == 1),
        select(thing).where(thing.number > 1, thing.name == "a"),
        select(thing.name).where(thing.number == 1, thing.name == "a"),
        select(thing).where(thing.number == 1, thing.name == "a").order_by(thing.id),
        select(thing).where(thing.number == 1, thing.name == "a").limit(1),
        select(thing).where(thing.number == 1, thing.name == "a").distinct(),
        select(thing).where(thing.number == 1, thing.name == "a").with_for_update(),
        select(thing).where(thing.number == 1, thing.name == "a").options(with_loader_criteria(thing, thing.id > 1)),
    ]
    keys = [seam.statement_key(statement) for statement in statements]
    assert all(key is not None for key in keys)
    assert len({key.shape for key in keys if key}) == len(statements)
    other = seam.statement_key(select(thing).where(thing.number == 2, thing.name == "b"))
    assert keys[0] is not None
    assert other is not None
    assert other.shape == keys[0].shape
    assert [bind.effective_value for bind in other.binds] == [2, "b"]


def test_without_keys_the_session_gives_the_same(thing: Any, engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a series that is not known, and with statements that have none."""
    statement = select(thing).where(thing.number > 4).order_by(thing.id)
    with DB(engines.sync) as db:
        expected = db.read(Name, statement)
        assert not db.in_transaction()
    assert len(expected) == 4
    monkeypatch.setattr(seam, "_KNOWN", False)
    assert seam.statement_key(statement) is None
    with DB(engines.sync) as db:
        assert db.read(Name, statement) == expected
        assert db.in_transaction()
    assert seam.statement_key(object()) is None
