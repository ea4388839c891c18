"""What a relation leads to, for many objects at once: few queries instead of one for each.

Theory. The rows are asked for with the columns that tell whose they are. Mostly those are columns that the
relation itself compares (the foreign key, or its end in a linking table), so the owners' table is not needed.
Where a relation compares anything else, or text (which a database may find equal where Python does not), an alias
of the owners' table is joined, and rows go by the owners' own keys.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Result, Select, and_, select
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.orm import InstanceState, Mapper, MapperProperty, RelationshipProperty, Session, aliased, attributes
from sqlalchemy.orm.exc import UnmappedColumnError

from .row_values import among

CHUNK: Final = 500
"""How many keys go into one query."""

_EXACT: Final = (int, uuid.UUID, dt.date)
"""Types whose values are equal in Python when they are to a database."""

Key = tuple[Any, ...]
Rows = Select[*tuple[Any, ...]]
Ask = Callable[[Rows], Result[Any]]


def related(
    session: Session, relation: RelationshipProperty[Any], owners: Iterable[Any], ask: Ask
) -> Iterator[tuple[Any, list[Any]]]:
    """What the relation of each owner leads to, in the relation's order; `ask` runs the queries.

    Owners are left out whose relation can be read without a query (an empty foreign key), or cannot be told.
    """
    pairs, dialect = _pairs(relation), session.get_bind(relation.mapper).dialect.name
    by_columns, by_join = [], []
    for owner in owners:
        key = None if pairs is None else _values(owner, [mine for mine, _ in pairs])
        if key is None or not all(part is None or isinstance(part, _EXACT) for part in key):
            by_join.append((owner, _identity(owner)))
        elif None not in key:
            by_columns.append((owner, key))
    if pairs is not None and by_columns:
        if _leads_to_key(relation, [theirs for _, theirs in pairs]):
            known, by_columns = _known(session, relation, pairs, by_columns)
            yield from known
        statement, columns = _by_columns(relation, [theirs for _, theirs in pairs])
        found = _found([key for _, key in by_columns], statement, columns, dialect, ask)
        yield from ((owner, found.get(key, [])) for owner, key in by_columns)
    if by_join:
        keys = [key for _, key in by_join]
        found = _found(keys, *_by_join(relation), dialect, ask)
        found |= _empty(relation, [key for key in keys if key not in found], dialect, ask)
        yield from ((owner, found[key]) for owner, key in by_join if key in found)


def chunks(items: Iterable[Any], width: int = 1) -> Iterator[list[Any]]:
    """Items in lists that have at most `CHUNK` values in all, where each item has `width`."""
    iterator = iter(items)
    while some := list(itertools.islice(iterator, max(1, CHUNK // width))):
        yield some


def _found(
    keys: Iterable[Key], statement: Rows, columns: Sequence[Any], dialect: str, ask: Ask
) -> dict[Key, list[Any]]:
    """What belongs to each key that the answers name."""
    found: dict[Key, list[Any]] = {}
    for some in chunks(dict.fromkeys(keys), len(columns)):
        for row in ask(statement.where(among(columns, some, dialect))).unique():
            items = found.setdefault(tuple(row[1:]), [])
            if row[0] is not None:
                items.append(row[0])
    return found


# By the columns that the relation compares --------------------------------------------------------


def _pairs(relation: RelationshipProperty[Any]) -> list[tuple[Any, Any]] | None:
    """The owner's columns with those that must equal them, or `None` if the relation compares anything else."""
    pairs = list(relation.local_remote_pairs or ())
    if relation.secondary is not None:
        pairs = [(mine, theirs) for mine, theirs in relation.synchronize_pairs if theirs.table is relation.secondary]
    plain = sqlalchemy_inspect(relation.entity.entity) is relation.mapper  # not an alias
    if not pairs or not plain or not relation.primaryjoin.compare(and_(*(mine == theirs for mine, theirs in pairs))):
        return None
    return pairs


def _by_columns(relation: RelationshipProperty[Any], theirs: Sequence[Any]) -> tuple[Rows, Sequence[Any]]:
    columns = [_attribute(relation.mapper, column) for column in theirs]
    statement: Rows = select(relation.mapper.class_, *columns)
    if relation.secondary is not None:
        assert relation.secondaryjoin is not None, "it comes with the secondary table"
        statement = statement.select_from(relation.mapper.class_).join(relation.secondary, relation.secondaryjoin)
    return _ordered(statement, relation), columns


def _attribute(mapper: Mapper[Any], column: Any) -> Any:
    try:
        return mapper.get_property_by_column(column).class_attribute
    except UnmappedColumnError:
        return column


def _ordered(statement: Rows, relation: RelationshipProperty[Any]) -> Rows:
    return statement.order_by(*relation.order_by) if relation.order_by else statement


def _values(owner: Any, columns: Sequence[Any]) -> Key | None:
    """What the owner has in columns; `None` if that is not loaded."""
    state: InstanceState[Any] = attributes.instance_state(owner)
    try:
        return tuple(state.dict[state.mapper.get_property_by_column(column).key] for column in columns)
    except (KeyError, UnmappedColumnError):
        return None


def _leads_to_key(relation: RelationshipProperty[Any], theirs: Sequence[Any]) -> bool:
    return relation.secondary is None and set(theirs) == set(relation.mapper.primary_key)


def _known(
    session: Session,
    relation: RelationshipProperty[Any],
    pairs: Sequence[tuple[Any, Any]],
    owners: Sequence[tuple[Any, Key]],
) -> tuple[list[tuple[Any, list[Any]]], list[tuple[Any, Key]]]:
    """The owners whose relation leads to an object that the session has, with it; and all others."""
    mapper = relation.mapper
    order = [[theirs for _, theirs in pairs].index(column) for column in mapper.primary_key]
    known, unknown = [], []
    for owner, key in owners:
        item = session.identity_map.get(mapper.identity_key_from_primary_key(tuple(key[place] for place in order)))
        if item is None or attributes.instance_state(item).expired:
            unknown.append((owner, key))
        else:
            known.append((owner, [item] if isinstance(item, mapper.class_) else []))
    return known, unknown


# By the owners' keys ------------------------------------------------------------------------------


def _by_join(relation: RelationshipProperty[Any]) -> tuple[Rows, Sequence[Any]]:
    """An outer join, as criteria may hide an owner: of whom nothing is said, nothing is known."""
    owner: Any = aliased(relation.parent.class_, flat=True)
    columns = [
        getattr(owner, relation.parent.get_property_by_column(column).key) for column in relation.parent.primary_key
    ]
    target = relation.entity.entity
    link = getattr(owner, relation.key).of_type(target)
    return _ordered(select(target, *columns).select_from(owner).outerjoin(link), relation), columns


def _empty(relation: RelationshipProperty[Any], keys: Sequence[Key], dialect: str, ask: Ask) -> dict[Key, list[Any]]:
    """Nothing for each owner that the outer join left out and that is there: the target's own eager inner joins, which
    SQLAlchemy puts behind it, drop owners that lead to nothing."""
    columns = [_attribute(relation.parent, column) for column in relation.parent.primary_key]
    return {
        tuple(row): []
        for some in chunks(keys, len(columns))
        for row in ask(select(*columns).where(among(columns, some, dialect)))
    }


def _identity(owner: Any) -> Key:
    identity = attributes.instance_state(owner).identity
    assert identity is not None, "only what is in the database has relations there"
    return tuple(identity)


def fill(owner: Any, relation: MapperProperty[Any], found: Sequence[Any]) -> None:
    """Give an owner what its relation leads to, as if it had been loaded with it."""
    assert isinstance(relation, RelationshipProperty)
    value = list(found) if relation.uselist else next(iter(found), None)
    attributes.set_committed_value(owner, relation.key, value)
