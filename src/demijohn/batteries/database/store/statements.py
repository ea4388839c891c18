"""A query of stores as a select: conditions, search, order, and the place where a page goes on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, literal, not_, or_, select, true
from sqlalchemy.orm import Mapper, class_mapper, selectinload

from demijohn.batteries.stores import Field, Query, Shape, Where, path_of

from .shape import model_shape

Order = Sequence[tuple[Field, bool]]


def select_found(shape: Shape, query: Query, base: Select[Any] | None = None) -> Select[Any]:
    """All that a checked query asks for, in no order."""
    model = shape.model
    statement = select(model) if base is None else base
    statement = statement.where(*(_condition(model, path_of(shape, one.name, model_shape), one) for one in query.where))
    for word in query.search.split():
        names = query.search_in or [one.name for one in shape if one.searchable and not one.private]
        looked = [Where(name, "contains", word) for name in names]
        found = [_condition(model, path_of(shape, one.name, model_shape), one) for one in looked]
        statement = statement.where(or_(false(), *found))
    if query.scope is not None:
        statement = _within(statement, query.scope)
    return statement.options(*(_loading(model, path_of(shape, name, model_shape)) for name in query.load))


def _within(statement: Select[Any], scope: Any) -> Select[Any]:
    """The statement as a function makes it, or with one condition more."""
    narrowed: Any = scope(statement) if callable(scope) else statement.where(scope)
    return narrowed  # type: ignore[no-any-return]


def ordered(shape: Shape, statement: Select[Any], order: Order) -> Select[Any]:
    """In that order, and no other: what is empty comes last, downwards first, on every database."""
    statement = statement.order_by(None)
    for field, down in order:
        for column in columns_of(shape.model, field):
            parts = [column.is_(None), column] if field.nullable else [column]
            statement = statement.order_by(*(part.desc() if down else part.asc() for part in parts))
    return statement


def beyond(shape: Shape, order: Order, place: Sequence[Any]) -> ColumnElement[bool]:
    """What comes after a place in an order."""
    ways: list[ColumnElement[bool]] = []
    before: list[ColumnElement[bool]] = []
    for (field, down), value in zip(order, place, strict=True):
        [column] = columns_of(shape.model, field)
        ways.append(and_(*before, _later(column, field, value, down)))
        before.append(column.is_(None) if value is None else column == value)
    return or_(*ways)


def _later(column: Any, field: Field, value: Any, down: bool) -> ColumnElement[bool]:
    later: ColumnElement[bool]
    if value is None:
        return column.is_not(None) if down else false()
    place = literal(value, column.type)  # a bare True is no value to SQLAlchemy, but a word of SQL
    if down:
        later = column < place
        return later
    later = column > place
    return or_(later, column.is_(None)) if field.nullable else later


def place_of(item: Any, order: Order) -> list[Any]:
    """An item's values in an order."""
    names = [field.name if field.relation is None else field.relation.columns[0] for field, _ in order]
    return [getattr(item, name) for name in names]


def columns_of(model: type, field: Field) -> list[Any]:
    """The attributes of a model that hold a field's value: of a relation, those of its key."""
    names = (field.name,) if field.relation is None else field.relation.columns
    return [getattr(model, name) for name in names]


def key_parts(value: Any, target: type) -> tuple[Any, ...]:
    """The key of a thing that is given by itself or by its key."""
    if isinstance(value, target):
        mapper: Mapper[Any] = class_mapper(target)
        return tuple(mapper.primary_key_from_instance(value))
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _loading(model: type, path: list[Field]) -> Any:
    option = selectinload(getattr(model, path[0].name))
    for before, field in pairwise(path):
        assert before.relation is not None
        option = option.selectinload(getattr(before.relation.target, field.name))
    return option


def _condition(model: type, path: list[Field], where: Where) -> ColumnElement[bool]:
    field, *rest = path
    attribute = getattr(model, field.name)
    relation = field.relation
    if rest:
        assert relation is not None
        inner = _condition(relation.target, rest, where)
        found: ColumnElement[bool] = attribute.has(inner) if relation.kind == "one" else _any(attribute, inner)
        return found
    if relation is None:
        return _compare(attribute, where.op, where.value, nullable=field.nullable)
    return _related(model, field, where)


def _any(attribute: Any, inner: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    """`any` of a relation to many, `has` of one that looks back to one thing."""
    found: ColumnElement[bool] = attribute.any(inner) if attribute.property.uselist else attribute.has(inner)
    return found


def _related(model: type, field: Field, where: Where) -> ColumnElement[bool]:
    """A condition on a relation itself: by the key of the other, or whether there is one."""
    relation = field.relation
    assert relation is not None
    values = where.value if where.op == "in" else [where.value]
    if relation.kind == "one":
        columns = columns_of(model, field)
        if where.op == "null" or where.value is None:
            empty: ColumnElement[bool] = columns[0].is_(None)
            return empty if (where.value if where.op == "null" else where.op == "eq") else not_(empty)
        same = or_(false(), *(_same_key(columns, value, relation.target) for value in values))
        if where.op == "ne":
            return or_(not_(same), columns[0].is_(None)) if field.nullable else not_(same)
        return same
    attribute = getattr(model, field.name)
    if where.op == "null":
        return not_(_any(attribute)) if where.value else _any(attribute)
    keys = [getattr(relation.target, name) for name in _key_names(relation.target)]
    found = _any(attribute, or_(false(), *(_same_key(keys, value, relation.target) for value in values)))
    return not_(found) if where.op == "ne" else found


def _same_key(columns: list[Any], value: Any, target: type) -> ColumnElement[bool]:
    return and_(true(), *(column == part for column, part in zip(columns, key_parts(value, target), strict=True)))


def _key_names(model: type) -> list[str]:
    mapper: Mapper[Any] = class_mapper(model)
    return [mapper.get_property_by_column(column).key for column in mapper.primary_key]


def _compare(column: Any, op: str, value: Any, *, nullable: bool) -> ColumnElement[bool]:
    found: ColumnElement[bool]
    match op:
        case "null":
            found = column.is_(None) if value else column.is_not(None)
        case "eq":
            found = column.is_(None) if value is None else column == value
        case "ne":
            found = column.is_not(None) if value is None else column != value
            if nullable and value is not None:
                found = or_(found, column.is_(None))
        case "in":
            found = column.in_([one for one in value if one is not None])
            if None in value:
                found = or_(found, column.is_(None))
        case "contains":
            found = column.icontains(value, autoescape=True)
        case "starts":
            found = column.istartswith(value, autoescape=True)
        case "lt":
            found = column < literal(value, column.type)
        case "le":
            found = column <= literal(value, column.type)
        case "gt":
            found = column > literal(value, column.type)
        case _:
            found = column >= literal(value, column.type)
    return found
