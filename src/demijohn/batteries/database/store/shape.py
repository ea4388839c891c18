"""The shape of a model: what SQLAlchemy's mapper and the fields' vocabulary say, in the words of stores."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, Literal
from weakref import WeakKeyDictionary

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Enum,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.orm import ColumnProperty, Mapper, RelationshipDirection, RelationshipProperty, class_mapper

from demijohn.batteries.stores import Choice, Field, Relation, Rules, Shape, choices_of, label_of

from ..fields import MISSING, FieldSpec, spec_of
from ..formats import FORMATS
from ..types import IPAddressType, UTCDateTime

_SHAPES: Final[WeakKeyDictionary[type, Shape]] = WeakKeyDictionary()
_BITS: Final = ((BigInteger, 63), (SmallInteger, 15), (Integer, 31))


def model_shape(model: type) -> Shape:
    """The shape of a mapped class, ours or SQLAlchemy's own.

    Columns come in their order, each `belongs_to` in place of its columns; then relations to many, then children.
    `__label__` and `__plural__` of the class are what people call one and several.
    """
    found = _SHAPES.get(model)
    if found is None:
        found = _SHAPES[model] = _make_shape(model)
    return found


def _make_shape(model: type) -> Shape:
    mapper: Mapper[Any] = class_mapper(model)
    relations = list(mapper.relationships)
    holding = {column: one for one in relations if _is_to_one(one) for column in one.local_columns}
    fields: dict[str, Field] = {}
    for attribute in mapper.column_attrs:
        relation = next((holding[column] for column in attribute.columns if column in holding), None)
        if relation is None:
            fields[attribute.key] = _column_field(mapper, attribute)
        elif relation.key not in fields:
            fields[relation.key] = _to_one_field(mapper, relation)
    others = [one for one in relations if not _is_to_one(one) and not one.viewonly]
    others.sort(key=lambda one: one.direction is not RelationshipDirection.MANYTOMANY)
    fields |= {one.key: _to_many_field(one) for one in others}
    version = mapper.version_id_col
    return Shape(
        model=model,
        name=model.__name__,
        fields=tuple(fields.values()),
        label=getattr(model, "__label__", ""),
        plural=getattr(model, "__plural__", ""),
        version="" if version is None else mapper.get_property_by_column(version).key,
        key=tuple(dict.fromkeys(_name_in(mapper, holding, column) for column in mapper.primary_key)),
    )


def _name_in(mapper: Mapper[Any], holding: dict[Any, Any], column: Any) -> str:
    attribute = mapper.get_property_by_column(column)
    relation = next((holding[one] for one in attribute.columns if one in holding), None)
    return str(attribute.key if relation is None else relation.key)


def _is_to_one(relation: RelationshipProperty[Any]) -> bool:
    return relation.direction is RelationshipDirection.MANYTOONE and not relation.viewonly


def _column_field(mapper: Mapper[Any], attribute: ColumnProperty[Any]) -> Field:
    column = attribute.columns[0]
    if not isinstance(column, Column):  # an expression: the database computes it with each query
        return Field(name=attribute.key, type=kind_of(column.type), generated=True, readonly=True, nullable=True)
    spec = spec_of(column)
    kind = kind_of(column.type)
    generated = _is_generated(mapper, column, spec)
    initial = _initial(column, spec)
    is_address = isinstance(column.type, IPAddressType)
    return Field(
        name=attribute.key,
        type=kind,
        label=spec.label or label_of(attribute.key),
        help=spec.help or column.comment or column.doc or "",
        required=not (generated or column.nullable or initial or column.default or column.server_default),
        nullable=bool(column.nullable),
        unique=_is_unique(column),
        key=column in mapper.primary_key,
        generated=generated,
        readonly=spec.readonly or generated,
        private=spec.private,
        choices=tuple(Choice(*one) for one in spec.labelled_choices().items()) or tuple(choices_of(kind)),
        rules=_rules(column, spec, kind),
        widget=spec.widget or "",
        format=spec.format or "",
        initial=initial,
        searchable=None if isinstance(_impl(column.type), String) and not is_address else False,
        parse=_read_address if is_address else None,
        checks=tuple(_checks(column, spec, kind)),
    )


def kind_of(type_: Any) -> Any:
    """The Python type of a column's values; Any where SQLAlchemy does not know it."""
    if isinstance(type_, Enum):
        return type_.enum_class or Literal[tuple(type_.enums)]
    if isinstance(type_, JSON) or getattr(type_, "is_private", False):
        return Any
    for known in (type_, _impl(type_)):
        try:
            kind = known.python_type
        except NotImplementedError:
            continue
        if kind is not object:  # what a type decorator says of which nobody said more
            return kind
    return Any


def _impl(type_: Any) -> Any:
    return getattr(type_, "impl_instance", type_)


def _is_generated(mapper: Mapper[Any], column: Column[Any], spec: FieldSpec) -> bool:
    """Whether nobody but the database, or SQLAlchemy, fills the column in."""
    return (
        column.computed is not None
        or column.identity is not None
        or spec.auto_now
        or spec.auto_now_add
        or (column.primary_key and column is column.table.autoincrement_column and not column.foreign_keys)
        or mapper.polymorphic_on is column
        or mapper.version_id_col is column
    )


def _initial(column: Column[Any], spec: FieldSpec) -> Callable[[], Any] | None:
    """What makes the value of a new thing, if that is known without asking the database."""
    if spec.default is not MISSING or spec.default_factory is not None:
        return spec.initial
    default: Any = column.default
    return partial(_same, default.arg) if default is not None and default.is_scalar else None


def _same(value: Any) -> Any:
    return value


def _is_unique(column: Column[Any]) -> bool:
    if column.unique:
        return True
    table = column.table
    if not isinstance(table, Table):
        return False
    rules: list[Any] = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    rules += [one for one in table.indexes if one.unique]
    return any(list(one.columns) == [column] for one in rules)


def _rules(column: Column[Any], spec: FieldSpec, kind: Any) -> Rules:
    type_: Any = column.type
    impl = _impl(type_)
    length = spec.max_length
    if length is None and kind is str and isinstance(impl, String):
        length = impl.length
    decimal = impl if isinstance(impl, Numeric) else None
    return Rules(
        min_length=spec.min_length,
        max_length=length,
        ge=spec.ge,
        gt=spec.gt,
        le=spec.le,
        lt=spec.lt,
        pattern=spec.pattern,
        digits=spec.max_digits or (decimal.precision if decimal is not None else None),
        places=spec.decimal_places if spec.max_digits else (decimal.scale if decimal is not None else None),
        timezone=isinstance(type_, UTCDateTime) or (isinstance(impl, DateTime) and impl.timezone),
    )


def _checks(column: Column[Any], spec: FieldSpec, kind: Any) -> Iterable[Callable[[Any], None]]:
    if spec.format:
        yield partial(_check_format, spec.format)
    if kind is int:
        bits = next((bits for type_, bits in _BITS if isinstance(_impl(column.type), type_)), 63)
        yield partial(_check_width, 2**bits)


def _check_format(name: str, value: Any) -> None:
    known = FORMATS[name]
    if not known.accepts(value):
        raise ValueError(known.message)


def _read_address(value: Any) -> Any:
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        raise ValueError("Expected an IP address, such as 192.0.2.1") from None


def _check_width(most: int, value: Any) -> None:
    if not -most <= value < most:
        raise ValueError(f"Expected {most - 1} or less" if value > 0 else f"Expected {-most} or more")


# Relations ----------------------------------------------------------------------------------------


def _to_one_field(mapper: Mapper[Any], relation: RelationshipProperty[Any]) -> Field:
    columns = [column for column in relation.local_columns if isinstance(column, Column)]
    names = tuple(mapper.get_property_by_column(local).key for local, _ in relation.local_remote_pairs or ())
    spec = _spec_of_relation(relation, columns)
    nullable = all(column.nullable for column in columns)
    default = any(column.default is not None or column.server_default is not None for column in columns)
    foreign = [key for column in columns for key in column.foreign_keys]
    return Field(
        name=relation.key,
        type=_key_type(relation.mapper),
        label=spec.label or label_of(relation.key),
        help=spec.help,
        required=not nullable and not default and spec.default is MISSING,
        nullable=nullable,
        unique=len(columns) == 1 and _is_unique(columns[0]),
        key=any(column in mapper.primary_key for column in columns),
        readonly=spec.readonly,
        private=spec.private,
        widget=spec.widget or "",
        relation=Relation(
            target=relation.mapper.class_,
            columns=names,
            on_delete=(foreign[0].ondelete or "").lower() if foreign else "",
            by=relation.back_populates or "",
        ),
    )


def _to_many_field(relation: RelationshipProperty[Any]) -> Field:
    many = relation.direction is RelationshipDirection.MANYTOMANY
    spec = spec_of(relation)
    return Field(
        name=relation.key,
        type=_key_type(relation.mapper),
        label=spec.label or label_of(relation.key),
        help=spec.help,
        readonly=spec.readonly or not many,
        private=spec.private,
        widget=spec.widget or "",
        relation=Relation(
            target=relation.mapper.class_, kind="many" if many else "children", by=relation.back_populates or ""
        ),
    )


def _spec_of_relation(relation: RelationshipProperty[Any], columns: list[Column[Any]]) -> FieldSpec:
    """Of the relation, where `belongs_to` made it; else what the column says."""
    own = spec_of(relation)
    return own if own != FieldSpec() or not columns else spec_of(columns[0])


def _key_type(mapper: Mapper[Any]) -> Any:
    kinds = [kind_of(column.type) for column in mapper.primary_key]
    return kinds[0] if len(kinds) == 1 else tuple.__class_getitem__(tuple(kinds))
