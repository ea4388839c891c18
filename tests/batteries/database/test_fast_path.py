"""The fast path gives way wherever rows are hidden, changed or heard of: the session's answer is the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, with_loader_criteria

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.plans import Planner
from demijohn.database import DB, SoftDelete, field, query
from demijohn.foundation.http.errors import NotFound
from demijohn.kernel.schema import Schema


class Name(Schema):
    """What is read."""

    name: str


def _fill(base: Any, engines: Engines, model: Any) -> None:
    base.metadata.create_all(engines.sync)
    with DB(engines.sync) as db:
        db.add_all(model(name=name) for name in "abc")
        db.commit()


def _all_ways(model: Any) -> list[Callable[[], Any]]:
    @query
    def from_(least: int) -> Any:
        return select(model).where(model.id >= least).order_by(model.id)

    return [lambda: select(model).order_by(model.id), lambda: select(model.name).order_by(model.id), lambda: from_(1)]


def test_deleted_rows_stay_hidden(base: Any, served: Engines) -> None:
    """Lists, queries and keys, in a fresh unit each; and all rows are there for who asks for them."""

    class Thing(SoftDelete, base):
        name: Mapped[str] = field(max_length=10)

    _fill(base, served, Thing)
    for build in _all_ways(Thing):
        with DB(served.sync) as db:
            assert [one.name for one in db.read(Name, build())] == ["a", "b", "c"]
    with DB(served.sync) as db:
        second = db.all(select(Thing.id).order_by(Thing.id))[1]
        db.delete(db.get_or_404(Thing, second))
        db.commit()
    for build in _all_ways(Thing):
        with DB(served.sync) as db:
            assert [one.name for one in db.read(Name, build())] == ["a", "c"]
    with DB(served.sync) as db, pytest.raises(NotFound):
        db.get_or_404(Thing, second)
    with DB(served.sync) as db:
        everything = select(Thing).order_by(Thing.id).execution_options(with_deleted=True)
        assert [one.name for one in db.read(Name, everything)] == ["a", "b", "c"]


def test_classes_that_inherit(base: Any, served: Engines) -> None:
    """A child is read by its own rows, a parent by all, as objects would be."""

    class Thing(base):
        name: Mapped[str] = field(max_length=10)
        kind: Mapped[str] = field(max_length=10, default="thing")
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "thing"}

    class Special(Thing):
        __mapper_args__ = {"polymorphic_identity": "special"}

    _fill(base, served, Thing)
    with DB(served.sync) as db:
        db.add(Special(name="d", kind="special"))
        db.commit()
    with DB(served.sync) as db:
        assert [one.name for one in db.read(Name, select(Special))] == ["d"]
        assert len(db.read(Name, Thing)) == 4
        first = db.all(select(Thing.id).order_by(Thing.id))[0]
        with pytest.raises(NotFound):
            db.get_or_404(Special, first)


def test_listeners_of_sessions(base: Any, served: Engines) -> None:
    """Criteria that a session's listener adds hold for `read`."""

    class Thing(base):
        name: Mapped[str] = field(max_length=10)

    class Tenant(DB):
        """Units that see a part."""

    def only_some(state: Any) -> None:
        if state.is_select:
            state.statement = state.statement.options(with_loader_criteria(Thing, Thing.name != "b"))

    event.listen(Tenant, "do_orm_execute", only_some)
    _fill(base, served, Thing)
    with DB(served.sync) as db:
        keys = db.all(select(Thing.id).order_by(Thing.id))
    for build in _all_ways(Thing):
        with Tenant(served.sync) as db:
            assert [one.name for one in db.read(Name, build())] == ["a", "c"]
    with Tenant(served.sync) as db, pytest.raises(NotFound):
        db.get_or_404(Thing, keys[1])
    with DB(served.sync) as db:
        assert [one.name for one in db.read(Name, select(Thing).order_by(Thing.id))] == ["a", "b", "c"]


def test_listeners_of_loading(base: Any, served: Engines) -> None:
    """What a model's listener changes shows in `read`, too."""

    class Thing(base):
        name: Mapped[str] = field(max_length=10)

    _fill(base, served, Thing)

    @event.listens_for(Thing, "load")
    def shout(item: Any, _: Any) -> None:
        item.name = item.name.upper()

    with DB(served.sync) as db:
        read = [one.name for one in db.read(Name, select(Thing).order_by(Thing.id))]
        assert read == ["A", "B", "C"]


def test_options_of_execution(base: Any, served: Engines) -> None:
    """They are no part of SQLAlchemy's key: a statement that has some is another one all the same."""

    class Thing(base):
        name: Mapped[str] = field(max_length=10)

    _fill(base, served, Thing)
    for condition in (Thing.name != "", func.lower(Thing.name) != ""):
        plain = select(Thing).where(condition)
        with DB(served.sync) as db:
            assert len(db.read(Name, plain)) == 3
            with pytest.raises(DBAPIError):
                db.read(Name, plain.execution_options(schema_translate_map={None: "elsewhere"}))


@pytest.mark.parametrize("by", ["short", "whole"])
def test_two_threads_that_ask_the_same_for_the_first_time(
    base: Any, served: Engines, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """Who finds the plan that another has just made has values of their own."""

    class Thing(base):
        name: Mapped[str] = field(max_length=10)

    _fill(base, served, Thing)
    make, other = Planner.make, DB(served.sync)
    between: list[Any] = []

    def asked(name: str) -> Any:
        return select(Thing).where((Thing.name if by == "short" else func.lower(Thing.name)) == name)

    def make_and_wait(planner: Any, *args: Any) -> Any:
        monkeypatch.undo()
        made = make(planner, *args)
        between.extend(other.read(Name, asked("b")))
        return made

    monkeypatch.setattr(Planner, "make", make_and_wait)
    with other, DB(served.sync) as db:
        assert db.read(Name, asked("a")) == [Name(name="a")]
    assert between == [Name(name="b")]
