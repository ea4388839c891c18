"""`Model`: a plain SQLAlchemy declarative base whose constructor the type checkers know.

A model is no dataclass, on purpose: nothing can then serialise it by accident, and two rows are equal only if
they are the same row. What dataclasses would bring (a constructor by names) is written here, with all
mistakes at once.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar, Final, dataclass_transform
from weakref import WeakKeyDictionary

from sqlalchemy import Column, MetaData, event
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.orm import (
    ColumnProperty,
    DeclarativeBase,
    Mapped,
    MappedColumn,
    Mapper,
    mapped_column,
    relationship,
)
from sqlalchemy.orm.exc import MappedAnnotationError

from demijohn.foundation.errors import SetupError, Where

from .annotations import is_mapped, own_annotations
from .fields import INFO_KEY, MISSING, field, hide_private_types, spec_of
from .habits import Elsewhere, annotation_error, check_class_body, check_default, missing_attribute
from .homes import metadata_of
from .naming import NAMING_CONVENTION, snake_case
from .relations import (
    BelongsTo,
    Key,
    Relation,
    belongs_to,
    connect_relations,
    declare_relations,
    has_many,
    has_one,
    key,
    many_to_many,
    relations_of,
)
from .types import ANNOTATIONS, BIG_KEY, resolve_type


@dataclass_transform(
    kw_only_default=True,
    eq_default=False,
    field_specifiers=(field, belongs_to, key, has_many, has_one, many_to_many, mapped_column, relationship),
)
class Typed:
    """What type checkers see: the constructor is made of the annotations. Mixins of models inherit from
    it."""


def _set_up_base(base: Any) -> None:
    """Every base of models has the same names and types in its database, unless it says otherwise."""
    if "metadata" not in base.__dict__:
        base.metadata = MetaData(naming_convention=NAMING_CONVENTION)
    if "type_annotation_map" not in base.__dict__ and "registry" not in base.__dict__:
        base.type_annotation_map = ANNOTATIONS


class ModelBase(Typed):
    """What makes a declarative base a base of models; a second database has `class Base(ModelBase,
    DeclarativeBase)`.

    `__table_prefix__` stands before the table names of all classes below it.
    """

    __table_prefix__: ClassVar[str] = ""
    __relations__: ClassVar[dict[str, Relation]] = {}
    if not TYPE_CHECKING:
        objects = Elsewhere()
        query = Elsewhere()
        get_or_404 = Elsewhere()
        DoesNotExist = Elsewhere()
        model_validate = Elsewhere()
        __getattr__ = missing_attribute

    def __init_subclass__(cls, *, database: str | None = None, **options: Any) -> None:
        if database is not None:
            cls.metadata = metadata_of(database)  # type: ignore[attr-defined]
        if DeclarativeBase in cls.__bases__:
            _set_up_base(cls)
            super().__init_subclass__(**options)
            event.listen(cls, "resolve_type_annotation", resolve_type)
            return
        if cls.__dict__.get("__abstract__"):
            super().__init_subclass__(**options)
            return
        check_class_body(cls, options)
        annotations = _annotations(cls)
        _check_fields(cls, annotations)
        _name_table(cls)
        for base in cls.__mro__:
            prepare = base.__dict__.get("__before_mapping__")
            if prepare is not None:
                prepare(cls)
        declare_relations(cls, annotations)
        try:
            super().__init_subclass__(**options)
        except MappedAnnotationError as error:
            told = annotation_error(cls, error)
            if told is None:
                raise
            raise told from error
        hide_private_types(cls)
        _fetch_computed(cls)
        connect_relations(cls)

    def __init__(self, *unnamed: Any, **values: Any) -> None:
        plan = _plan(type(self))
        if unnamed:
            raise TypeError(
                f"{plan.name}() takes values by their names: {', '.join(f'{name}=' for name in plan.shown)}"
            )
        plan.check(values, partial=_PARTIAL.get())
        for name, initial in plan.initial.items():
            if name not in values:
                setattr(self, name, initial.initial())
        for name, value in values.items():
            setattr(self, name, value)

    def validate(self) -> Iterable[tuple[str, str]]:
        """Rules of your own, which a unit asks before it writes a new or changed object: yield a field and what is
        wrong with it.

        All that is wrong with all objects is raised together, as one `ValidationError`.
        """
        return ()

    def __repr__(self) -> str:
        """The key only: no query is made for it, and nothing private gets into a log."""
        state: Any = sqlalchemy_inspect(self)
        names = [state.mapper.get_property_by_column(column).key for column in state.mapper.primary_key]
        told = [f"{name}={state.dict[name]!r}" for name in names if state.dict.get(name) is not None]
        return f"<{type(self).__name__} {' '.join(told) or '(new)'}>"


class BareModel(ModelBase, DeclarativeBase):
    """A model without a key of its own: for composite, natural and UUID keys, which it declares."""


class Model(BareModel):
    """A model with the usual key, a 64-bit `id` that the database counts up.

    Its table is named after the class, so a class may move between modules without a migration.
    """

    __abstract__ = True

    id: Mapped[int] = field(BIG_KEY, primary_key=True, init=False, sort_order=-1000)


# Declaring ----------------------------------------------------------------------------------------


def _annotations(cls: type) -> dict[str, tuple[Any, str]]:
    """Name to annotation and the module it was written in, of the class and of its mixins, mixins first."""
    found: dict[str, tuple[Any, str]] = {}
    for base in reversed(cls.__mro__):
        if base is cls or (issubclass(base, Typed) and "__mapper__" not in base.__dict__):
            found.update({name: (one, base.__module__) for name, one in own_annotations(base).items()})
    return found


def _check_fields(cls: type, annotations: dict[str, tuple[Any, str]]) -> None:
    """A field needs `Mapped[...]`: without it SQLAlchemy's own words would lead elsewhere."""
    for name, value in cls.__dict__.items():
        if is_mapped(annotations.get(name, (None, ""))[0]):
            check_default(cls, name, value)
        ours = isinstance(value, Relation | Key) or (isinstance(value, MappedColumn) and _is_untyped(value.column))
        annotation = annotations.get(name, (None, ""))[0]
        if not ours or is_mapped(annotation):
            continue
        shown = "..." if annotation is None else getattr(annotation, "__name__", str(annotation))
        raise SetupError(
            "DMJ0500",
            f"{cls.__name__}.{name} has no type that its table could be made of.",
            fix=f"Write {name}: Mapped[{shown}] = ...",
            where=Where.of(cls),
        )


def _fetch_computed(cls: Any) -> None:
    """What the database computes is fetched with the flush: async code could not ask for it when it is read."""
    mapper = cls.__mapper__
    if any(column.computed is not None for column in mapper.local_table.columns):
        mapper.eager_defaults = True


def _is_untyped(column: Column[Any]) -> bool:
    return INFO_KEY in column.info and column.type._isnull and not column.foreign_keys


def _name_table(cls: Any) -> None:
    """Name the table after the class, unless it has a name, or shares its parent's table."""
    own = cls.__dict__
    parent = next((base for base in cls.__mro__[1:] if "__mapper__" in base.__dict__), None)
    keys = [name for name, value in own.items() if isinstance(value, MappedColumn) and value.column.primary_key]
    if parent is None and issubclass(cls, Model) and set(keys) - {"id"}:
        raise SetupError(
            "DMJ0509",
            f"{cls.__name__} has the key id of Model, and declares another: {', '.join(keys)}.",
            fix=f"Write class {cls.__name__}(BareModel), which has no key of its own.",
            where=Where.of(cls),
        )
    if "__tablename__" not in own and "__table__" not in own and (parent is None or keys):
        cls.__tablename__ = cls.__table_prefix__ + snake_case(cls.__name__)
    _claim_table(cls)


def _claim_table(cls: Any) -> None:
    name = cls.__dict__.get("__tablename__")
    arguments = getattr(cls, "__table_args__", ())
    if not isinstance(name, str) or name not in cls.metadata.tables or "extend_existing" in str(arguments):
        return
    others = [one.class_ for one in cls.registry.mappers if getattr(one.local_table, "name", None) == name]
    names = " and ".join(f"{one.__module__}.{one.__qualname__}" for one in [*others, cls])
    raise SetupError(
        "DMJ0502",
        f"Two things claim the table {name!r}: {names}{'' if others else ' and a Table of that name'}.",
        fix=f"Rename one of the classes, or give it a table: __tablename__ = 'my_{name}'.",
        where=[Where.of(one) for one in [*others, cls]],
    )


# Constructing -------------------------------------------------------------------------------------

_PARTIAL: Final[ContextVar[bool]] = ContextVar("demijohn_partial", default=False)


def construct(model: type[Any], values: dict[str, Any]) -> Any:
    """An object that may lack what its constructor asks for, to be set before it is saved.

    The constructor runs all the same, as a class may have one of its own.
    """
    token = _PARTIAL.set(True)
    try:
        return model(**values)
    finally:
        _PARTIAL.reset(token)


@dataclasses.dataclass(frozen=True, slots=True)
class _Plan:
    """What the constructor of one model takes."""

    name: str
    required: tuple[tuple[str, ...], ...]
    initial: dict[str, Any]
    known: frozenset[str]
    shown: tuple[str, ...]

    def check(self, values: dict[str, Any], *, partial: bool) -> None:
        missing = [] if partial else [names for names in self.required if not _given(names, values)]
        unknown = [name for name in values if name not in self.known]
        if missing or unknown:
            raise TypeError(self._complaint(missing, unknown))

    def _complaint(self, missing: list[tuple[str, ...]], unknown: list[str]) -> str:
        parts: list[str] = []
        if missing:
            parts.append("is missing " + ", ".join(_spell(names) for names in missing))
        if unknown:
            parts.append("does not know " + ", ".join(self._guess(name) for name in unknown))
        return f"{self.name}() {' and '.join(parts)}. It takes: {', '.join(self.shown)}."

    def _guess(self, name: str) -> str:
        close = difflib.get_close_matches(name, self.shown, n=1)
        return f"{name} (did you mean {close[0]}?)" if close else name


_PLANS: Final[WeakKeyDictionary[type, _Plan]] = WeakKeyDictionary()


def _plan(cls: type) -> _Plan:
    plan = _PLANS.get(cls)
    if plan is None:
        plan = _PLANS[cls] = _make_plan(cls)
    return plan


def _make_plan(cls: type) -> _Plan:
    mapper: Mapper[Any] = sqlalchemy_inspect(cls)
    belonging = [one for one in relations_of(cls).values() if isinstance(one, BelongsTo)]
    by_relation = {name for one in belonging for name in one.columns}
    specs = {attribute.key: _spec(attribute) for attribute in mapper.column_attrs}
    required: list[tuple[str, ...]] = [
        (attribute.key,)
        for attribute in mapper.column_attrs
        if attribute.key not in by_relation and _is_required(attribute, mapper)
    ]
    required += [(one.name, *one.columns) for one in belonging if one.required]
    properties = {name for name in dir(cls) if _is_settable(getattr(cls, name, None))}
    return _Plan(
        name=cls.__name__,
        required=tuple(required),
        initial={name: spec for name, spec in specs.items() if name not in by_relation and _has_initial(spec)},
        known=frozenset({*mapper.attrs.keys(), *mapper.all_orm_descriptors.keys(), *properties}),
        shown=tuple(attribute.key for attribute in mapper.attrs if specs.get(attribute.key, _spec(attribute)).init),
    )


def _is_settable(value: Any) -> bool:
    return isinstance(value, property) and value.fset is not None


def _spec(attribute: Any) -> Any:
    return spec_of(attribute.columns[0] if isinstance(attribute, ColumnProperty) else attribute)


def _has_initial(spec: Any) -> bool:
    return spec.default is not MISSING or spec.default_factory is not None


def _is_required(attribute: ColumnProperty[Any], mapper: Mapper[Any]) -> bool:
    """A column must be given where nobody else fills it in: no default, no `None`, no database."""
    column = attribute.columns[0]
    if not isinstance(column, Column) or not spec_of(column).init:
        return False
    filled_in = (
        column.nullable
        or column.default is not None
        or column.server_default is not None
        or column.computed is not None
        or column.identity is not None
        or bool(column.foreign_keys)
        or column is column.table.autoincrement_column
        or mapper.polymorphic_on is column
        or mapper.version_id_col is column
    )
    return not filled_in


def _given(names: tuple[str, ...], values: dict[str, Any]) -> bool:
    """A relation is given by itself or by all columns of its key; a column by itself."""
    first, *columns = names
    return first in values or (bool(columns) and all(name in values for name in columns))


def _spell(names: tuple[str, ...]) -> str:
    first, *columns = names
    return f"{first} (or {' and '.join(columns)})" if columns else first
