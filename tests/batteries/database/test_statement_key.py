"""The one seam to SQLAlchemy's cache key: what it must tell apart, and what is done without it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Mapped, aliased, with_loader_criteria
from sqlalchemy.sql import elements, selectable

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


# Short keys ------------------------------------------------------------------------------------------------

COMPARED: list[Callable[[Any, int], Any]] = [
    lambda t, n: t.number == n,
    lambda t, n: t.number != n,
    lambda t, n: t.number < n,
    lambda t, n: t.number < n / 2,
    lambda t, n: t.number == (n or None),
    lambda t, n: t.number + n > t.id,
    lambda t, n: t.number == t.id,
    lambda t, n: t.number.between(n, n + 1),
    lambda t, n: t.name == str(n),
    lambda t, n: t.name.like(str(n), escape="/!"[n]),
    lambda t, n: t.name.like(str(n)),
    lambda t, n: t.name.startswith(str(n), autoescape=bool(n)),
    lambda t, n: t.name.is_(None),
    lambda t, n: t.flag,
    lambda t, n: ~t.flag,
    lambda t, n: t.flag.is_(bool(n)),
]
ARRANGED: list[Callable[..., Any]] = [
    lambda t, s, a, b, c: s,
    lambda t, s, a, b, c: s.where(a),
    lambda t, s, a, b, c: s.where(a, b),
    lambda t, s, a, b, c: s.where(and_(a, b)),
    lambda t, s, a, b, c: s.where(or_(a, b)),
    lambda t, s, a, b, c: s.where(or_(a, b), c),
    lambda t, s, a, b, c: s.where(or_(a, b, c)),
    lambda t, s, a, b, c: s.where(or_(and_(a, b), c)),
    lambda t, s, a, b, c: s.where(or_(a, and_(b, c))),
    lambda t, s, a, b, c: s.order_by(t.flag),
    lambda t, s, a, b, c: s.order_by(t.flag.asc()),
    lambda t, s, a, b, c: s.order_by(t.flag.desc()),
    lambda t, s, a, b, c: s.order_by(t.flag.desc().nulls_last(), t.id),
    lambda t, s, a, b, c: s.group_by(t.flag),
    lambda t, s, a, b, c: s.where(a).limit(1),
    lambda t, s, a, b, c: s.limit(2).where(a),
    lambda t, s, a, b, c: s.where(a).offset(2),
    lambda t, s, a, b, c: s.where(a).limit(2).offset(2),
    lambda t, s, a, b, c: s.where(a).limit(None),
    lambda t, s, a, b, c: s.where(a).distinct(),
]


@pytest.fixture
def many(base: Any) -> Any:
    """A model of columns of several types."""

    class Many(base):
        name: Mapped[str] = field(max_length=20)
        number: Mapped[int]
        flag: Mapped[bool]

    return Many


def _statements(model: Any) -> Iterator[Any]:
    """Thousands, which differ in little."""
    conditions = [partial(compared, model, value) for compared in COMPARED for value in (0, 1)]
    for number, arranged in itertools.product(range(len(conditions)), ARRANGED):
        for step in (0, 1, 2):
            one, other = conditions[number], conditions[(number + step) % len(conditions)]
            for columns in ([model], [model.id], [model.id, model.flag]):
                yield arranged(model, select(*columns), one(), other(), other())


def test_short_keys_tell_apart_what_whole_keys_do(many: Any) -> None:
    """Statements of one short key are of one whole key, and have the same values in the same order."""
    found: dict[Any, Any] = {}
    again = 0
    for statement in _statements(many):
        short, whole = seam.short_key(statement), seam.statement_key(statement)
        assert whole is not None
        if short is None:
            continue
        assert seam.says_all(short, whole)
        places = {id(bind): place for place, bind in enumerate(whole.binds)}
        meant = whole.shape, [places[id(bind)] for bind in short.binds]
        again += short.shape in found
        assert found.setdefault(short.shape, meant) == meant, str(statement)
    assert len(found) > 1_000
    assert again > 1_000


def test_other_parts_have_no_short_key(many: Any, base: Any) -> None:
    """What is made anew each time, what is not known, what stands beside, and what was asked before."""
    alias, x = aliased(many), bindparam("x", 1)
    for statement in (
        select(alias).where(alias.id == 1),
        select(alias.id),
        select(many.__table__.c.id),
        select(many).where(many.id.in_([1])),
        select(many).where(func.lower(many.name) == "a"),
        select(many).where(many.id == x),
        select(many).where(many.name.like("a", escape="")),
        select(many).where(many.id == bindparam("y", unique=True)),
        select(many).where(many.id == bindparam(None, callable_=lambda: 1, unique=True)),
        select(many).where(many.id == bindparam(None, 1, unique=True, literal_execute=True)),
        select(many).distinct(),
        select(many).with_for_update(),
        select(many).join(alias, alias.id == many.id),
        select(many).execution_options(yield_per=1),
        select(many).where(many.id == 1).params(x=1),
        select(many).fetch(1),
        select(many).set_label_style(selectable.LABEL_STYLE_TABLENAME_PLUS_COL),
        select(many.id).union(select(many.id)),
        select(many)._annotate({"own": 1}),
        many,
    ):
        assert seam.short_key(statement) is None, str(statement)
    statement = select(many).where(many.id == 1)
    assert seam.short_key(statement)
    assert seam.statement_key(statement)
    assert seam.short_key(statement) is None


def test_a_value_that_stands_twice(many: Any) -> None:
    """It is one value to SQLAlchemy, and so it is not taken for two."""
    value = bindparam(None, 1, unique=True)
    statement = select(many).where(many.id == value, many.number == value)
    short, whole = seam.short_key(statement), seam.statement_key(statement)
    assert short is not None
    assert whole is not None
    assert not seam.says_all(short, whole)


def test_models_that_come_all_the_time_are_not_kept(many: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the numbers stand for is held for good: that must end somewhere."""
    monkeypatch.setattr(seam, "MAX_LASTING", len(seam._LASTING))
    assert seam.short_key(select(many)) is None
    monkeypatch.undo()
    assert seam.short_key(select(many))


def test_without_a_known_version_there_are_none(many: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither short nor whole."""
    monkeypatch.setattr(seam, "_KNOWN", False)
    assert seam.short_key(select(many)) is None


def test_parts_say_what_they_said() -> None:
    """What SQLAlchemy looks at of each kind of part that a short key is made of: who sees another list looks at it."""
    known: dict[Any, list[str]] = {
        elements.BinaryExpression: ["left", "right", "operator", "negate", "modifiers", "type"],
        elements.BindParameter: ["key", "type", "callable", "value", "literal_execute"],
        elements.UnaryExpression: ["element", "operator", "modifier"],
        elements.AsBoolean: ["element", "operator", "modifier"],
        elements.BooleanClauseList: ["clauses", "operator"],
        elements.ExpressionClauseList: ["clauses", "operator"],
        elements.Null: [],
        elements.True_: [],
        elements.False_: [],
        selectable._OffsetLimitParam: ["key", "type", "callable", "value", "literal_execute"],
    }
    assert {kind: [name for name, _ in kind._traverse_internals] for kind in known} == known
    assert set(known) <= set(seam._NOTES)
