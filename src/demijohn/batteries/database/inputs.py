"""Models from requests: which of their attributes a body may set, and the checked object that is made of one.

Theory. For each `Annotated[Post, Body(...)]` a record is made when the app is sealed, with the fields that may be set,
their types and their rules. The kernel reads it like any other body, JSON or form, and tells all mistakes at once; only
what passed is put into an object. What a body may not set is no field of the record, so it cannot get in.
"""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec
from sqlalchemy import Column
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.orm import MANYTOONE, ColumnProperty, Mapper

from demijohn.foundation.errors import SetupError
from demijohn.kernel.arguments import invalid_request
from demijohn.kernel.grammar import is_box
from demijohn.kernel.markers import Body
from demijohn.kernel.schema import name_of, without_none
from demijohn.kernel.services import Binding

from .annotated import check_of, input_annotation
from .async_units import AsyncDB
from .constructors import require_constructor, set_later
from .fields import MISSING, spec_of
from .keyed import Keyed, keyed_of
from .model import construct
from .passwords import PasswordType
from .relations import BelongsTo, relations_of
from .relations.targets import did_you_mean
from .units import DB

REFUSED: Final = "This field cannot be set here."
UNKNOWN: Final = "There is no such field."
_PLAIN: Final = Body()


@dataclasses.dataclass(frozen=True, slots=True)
class Input:
    """What may come in for a model: the record that is read, and what becomes of it."""

    model: type[Any]
    record: type[msgspec.Struct]
    keyed: Mapping[str, Keyed]
    nests: bool = False
    later: frozenset[str] = frozenset()
    """What the constructor does not take, and is set once it has run."""

    @property
    def needs(self) -> tuple[type, ...]:
        """The services that it takes to make an object: the database, if keys are to be looked up."""
        return (DB,) if self.keyed else ()

    def values(self, sent: msgspec.Struct, db: DB | None, at: str = "body") -> dict[str, Any]:
        """The attributes that were sent; raises 422 for keys of what is not there."""
        values = {name: getattr(sent, name) for name in self.record.__struct_fields__}
        values = {name: value for name, value in values.items() if value is not msgspec.UNSET}
        if self.nests:
            return {name: _nested(self.model, name, value) for name, value in values.items()}
        problems: list[dict[str, str]] = []
        for name, keyed in self.keyed.items():
            if values.get(name) is not None:
                assert db is not None
                values[name] = keyed.load(db, values[name], f"{at}.{name}", problems)
        if problems:
            raise invalid_request(problems)
        return values

    def new(self, sent: msgspec.Struct, db: DB | None = None, at: str = "body") -> Any:
        """An unsaved object of what was sent; attributes that a body cannot set are still to be set."""
        values = self.values(sent, db, at)
        later = {name: values.pop(name) for name in self.later & values.keys()}
        item = construct(self.model, values)
        for name, value in later.items():
            setattr(item, name, value)
        return item


def _nested(model: type[Any], name: str, value: Any) -> Any:
    """A value as the model holds it: objects, where schemas of models stand for them."""
    if isinstance(value, list | tuple | set | frozenset):
        relation = sqlalchemy_inspect(model).relationships.get(name)
        if relation is None:
            return value
        return (relation.collection_class or list)(_nested(model, "", each) for each in value)
    inner = getattr(type(value), "__model__", None) if isinstance(value, msgspec.Struct) else None
    if inner is None:
        return value
    held = {each: getattr(value, each) for each in type(value).__struct_fields__}
    return construct(inner, {each: _nested(inner, each, one) for each, one in held.items() if one is not msgspec.UNSET})


def input_of(model: type[Any], marker: Body = _PLAIN, *, partial: bool = False) -> Input:
    """The input of a model for a marker; the same one for the same fields, so that it is described once.

    With `partial` no field is required. Raises `SetupError` DMJ0510 and DMJ0511.
    """
    mapper: Mapper[Any] | None = sqlalchemy_inspect(model, raiseerr=False)
    if mapper is None:
        raise SetupError(
            "DMJ0511", f"{model.__name__} has no table, so that no object of it can come from a body.",
            fix="Name a model that is declared below it.",
        )  # fmt: skip
    key: Any = model  # Checkers take classes for unhashable that may have a metaclass of their own.
    if marker.schema is not None:
        return _spelt(mapper, marker, partial=partial)
    return _made(key, _chosen(mapper, marker), partial)


def _spelt(mapper: Mapper[Any], marker: Body, *, partial: bool) -> Input:
    """The input of a schema that spells the fields out; its names and types are checked as those of all schemas."""
    schema, model = marker.schema, mapper.class_
    of = getattr(schema, "__model__", None)
    if marker.include or marker.exclude or of is None or not issubclass(model, of):
        name = name_of(schema)
        raise _misled(
            f"Body(schema={name}) spells out the fields of {model.__name__}, alone and by a schema of that model.",
            f"class {name}(Schema, model={model.__name__}): ...   and   Body(schema={name})",
        )
    assert isinstance(schema, type)
    for field in msgspec.structs.fields(schema):
        _require_attribute(mapper, field.name)
        if field.name not in mapper.relationships:
            _require_settable(mapper, field.name)
        elif not _is_nested(field.type):
            target = mapper.relationships[field.name].mapper.class_.__name__
            raise _misled(
                f"{schema.__name__}.{field.name} is no schema of {target}, so that no {target} can be made of it.",
                f"class {target}In(Schema, model={target}): ...   and   {field.name}: {target}In",
            )
    if partial:
        key: Any = schema
        return Input(model, _partial(key), {}, nests=True)
    names = [field.name for field in msgspec.structs.fields(schema)]
    return Input(model, schema, {}, nests=True, later=set_later(model, names))


@functools.lru_cache(maxsize=1000)
def _partial(schema: Any) -> type[msgspec.Struct]:
    """A schema of which every field may be left out: its defaults are for new objects, and would undo what is there."""
    fields = msgspec.structs.fields(schema)
    return msgspec.defstruct(
        f"{schema.__name__}Patch",
        _may_be_left_out([(field.name, field.type, msgspec.UNSET) for field in fields]),
        kw_only=True,
        rename={field.name: field.encode_name for field in fields},
        forbid_unknown_fields=schema.__struct_config__.forbid_unknown_fields,
        module=schema.__module__,
        namespace={"__checks__": schema.__checks__},
    )


def _may_be_left_out(fields: list[tuple[str, Any, Any]]) -> list[tuple[str, Any, Any]]:
    """The fields of a patch: what a form does not send it does not change, and so no box is taken for not ticked."""
    return [
        (name, Annotated[annotation, msgspec.UNSET] if is_box(annotation) else annotation, default)
        for name, annotation, default in fields
    ]


def _is_nested(annotation: Any) -> bool:
    """Whether a type is a schema of a model, or several."""
    bare, _ = without_none(annotation)
    if typing.get_origin(bare) is not None:
        return _is_nested(typing.get_args(bare)[0])
    return getattr(bare, "__model__", None) is not None


@functools.lru_cache(maxsize=1000)
def _made(model: Any, names: tuple[str, ...], partial: bool) -> Input:
    mapper: Mapper[Any] = sqlalchemy_inspect(model)
    keyed = {name: keyed_of(mapper.relationships[name]) for name in names if name in mapper.relationships}
    fields: list[tuple[str, Any, Any]] = []
    checks: dict[str, Callable[[Any], str | None]] = {}
    for name in names:
        if name in keyed:
            fields.append((name, keyed[name].annotation, keyed[name].default(partial=partial)))
            continue
        column = mapper.column_attrs[name].columns[0]
        fields.append((name, input_annotation(model, name, column), _default(mapper, column, partial=partial)))
        check = check_of(column)
        if check is not None:
            checks[name] = check
    if not partial:
        require_constructor(model, names)
    record = msgspec.defstruct(
        f"{model.__name__}{'Patch' if partial else 'Input'}{_difference(names, usual_names(mapper))}",
        _may_be_left_out(fields) if partial else fields,
        kw_only=True,
        forbid_unknown_fields=True,
        module=model.__module__,
        namespace={"__refused__": _refused(mapper, names), "__checks__": checks},
    )
    return Input(model, record, keyed, later=frozenset() if partial else set_later(model, names))


def _difference(names: Sequence[str], usual: Sequence[str]) -> str:
    """What tells the fields of a record from the usual ones, for its name in OpenAPI.

    >>> _difference(("title", "author_id"), ["title", "body"])
    'WithAuthorIdWithoutBody'
    """
    added = [name for name in names if name not in usual]
    missing = [name for name in usual if name not in names]
    if len(missing) > len(names):
        return f"Of{_joined(names)}"
    return (f"With{_joined(added)}" if added else "") + (f"Without{_joined(missing)}" if missing else "")


def _joined(names: Sequence[str]) -> str:
    return "".join(part.capitalize() for name in names for part in name.split("_"))


def _default(mapper: Mapper[Any], column: Any, *, partial: bool) -> Any:
    """What stands for a field that is not sent: nothing is set then, unless a plain default can be told."""
    spec = spec_of(column)
    if partial:
        return msgspec.UNSET
    if spec.default is not MISSING:
        return spec.default
    filled_in = (
        spec.default_factory is not None
        or column.nullable
        or column.default is not None
        or column.server_default is not None
        or column.identity is not None
        or column is column.table.autoincrement_column
        or mapper.polymorphic_on is column
    )
    return msgspec.UNSET if filled_in else msgspec.NODEFAULT


def _refused(mapper: Mapper[Any], names: Iterable[str]) -> dict[str, str]:
    """What is said of the model's own names that a body may not set; of private ones not even that they exist."""
    return {
        attribute.key: UNKNOWN if _spec(attribute).private or attribute.key.startswith("_") else REFUSED
        for attribute in mapper.attrs
        if attribute.key not in names
    }


# Which attributes -----------------------------------------------------------------------------------------------


def usual_names(mapper: Mapper[Any]) -> list[str]:
    """The attributes that a body may set without being named: columns that are the visitor's to say."""
    model: type[Any] = mapper.class_
    others = {name for one in relations_of(model).values() if isinstance(one, BelongsTo) for name in one.columns}
    if dataclasses.is_dataclass(model):
        others |= {field.name for field in dataclasses.fields(model) if not field.init}
    led = {column for one in mapper.relationships if one.direction is MANYTOONE for column in one.local_columns}
    return [
        attribute.key
        for attribute in mapper.column_attrs
        if attribute.key not in others
        and not attribute.key.startswith("_")
        and led.isdisjoint(attribute.columns)  # a foreign key, also where no constraint makes it one
        and _is_usual(mapper, attribute)
    ]


def _is_usual(mapper: Mapper[Any], attribute: ColumnProperty[Any]) -> bool:
    column = attribute.columns[0]
    if not isinstance(column, Column):
        return False
    spec = spec_of(column)
    return not (
        spec.private
        or spec.readonly
        or not spec.init
        or column.primary_key
        or column.foreign_keys
        or column.computed is not None
        or column.identity is not None
        or column.onupdate is not None
        or column.server_onupdate is not None
        or mapper.version_id_col is column
        or mapper.polymorphic_on is column
    )


def _chosen(mapper: Mapper[Any], marker: Body) -> tuple[str, ...]:
    model = mapper.class_.__name__
    include = [_name(one) for one in marker.include if one is not ...]
    exclude = [_name(one) for one in marker.exclude]
    for name in [*include, *exclude]:
        _require_attribute(mapper, name)
    for name in include:
        _require_settable(mapper, name)
    usual = usual_names(mapper)
    if include and exclude and ... not in marker.include:
        raise _misled(
            f"{model}: include= lists all that the body may set, so that exclude= has nothing to take away.",
            f"Body(include=({', '.join(map(repr, include))},)) alone\n"
            f"or the usual ones and these: Body(include=(..., {', '.join(map(repr, include))}), exclude=...)",
        )
    chosen = usual if not marker.include or ... in marker.include else []
    names = tuple(dict.fromkeys([*(name for name in chosen if name not in exclude), *include]))
    if not names:
        raise SetupError(
            "DMJ0511", f"A body can set nothing of {model}: its fields are keys, readonly or private.",
            fix=f"Name those that it may set: {_included(mapper)}",
        )  # fmt: skip
    return names


def _included(mapper: Mapper[Any]) -> str:
    """How the columns that must be named are named."""
    names = [one.key for one in mapper.column_attrs if not _spec(one).private and not one.columns[0].primary_key]
    listed = ", ".join(repr(name) for name in names or ["name"])
    return f"Body(include=({listed}{',' * (len(names) < 2)}))"


def _name(given: Any) -> str:
    """The name of an attribute, given as it is or as the model's own (`Post.title`)."""
    return given if isinstance(given, str) else str(getattr(given, "key", given))


def _require_attribute(mapper: Mapper[Any], name: str) -> None:
    if name in mapper.attrs:
        return
    known = [attribute.key for attribute in mapper.attrs if not _spec(attribute).private]
    raise _misled(
        f"{mapper.class_.__name__} has no field {name!r}.{did_you_mean(name, known)}",
        f"It has: {', '.join(known)}.",
    )  # fmt: skip


def _require_settable(mapper: Mapper[Any], name: str) -> None:
    """Of what is named, only columns and relations can be set, and of these not all."""
    model = mapper.class_.__name__
    if name in mapper.relationships:
        keyed_of(mapper.relationships[name])
        return
    attribute = mapper.attrs[name]
    column = attribute.columns[0] if isinstance(attribute, ColumnProperty) else None
    if isinstance(column, Column) and column.computed is None and not isinstance(column.type, PasswordType):
        return
    if isinstance(column, Column) and column.computed is None:
        raise _misled(
            f"{model}.{name} holds a hash, which no body sends.",
            f"Take the password in a Schema, and write item.{name} = PasswordHash.of(data.password).",
        )  # fmt: skip
    raise _misled(f"{model}.{name} is computed, and cannot be set.", "Leave it out of include=.")


def _misled(what: str, fix: str) -> SetupError:
    return SetupError("DMJ0510", what, fix=fix)


def _spec(attribute: Any) -> Any:
    return spec_of(attribute.columns[0] if isinstance(attribute, ColumnProperty) else attribute)


# Binding --------------------------------------------------------------------------------------------------------


def bind_body(annotation: Any, *, optional: bool, is_async: bool) -> Binding:
    """A parameter `Annotated[Post, Body(...)]`, or a list of them: made of the body, checked and unsaved."""
    bare, marker = typing.get_args(annotation)
    bare, _ = without_none(bare)
    many = isinstance(typing.get_origin(bare), type) and issubclass(typing.get_origin(bare), list | tuple | set)
    container = typing.get_origin(bare) if many else None
    taken = input_of(typing.get_args(bare)[0] if many else bare, marker)
    kind: Any = taken.record
    if container is not None:
        kind = list[taken.record]  # type: ignore[name-defined]

    def make(sent: Any, db: DB | None = None) -> Any:
        if isinstance(sent, list) and container is not None:
            return container(taken.new(one, db, f"body.{index}") for index, one in enumerate(sent))
        return taken.new(sent, db) if isinstance(sent, taken.record) else sent

    return binding_of(kind, taken, make, optional=optional, is_async=is_async)


def binding_of(kind: Any, taken: Input, make: Callable[..., Any], *, optional: bool, is_async: bool) -> Binding:
    """The binding of a body that is read as `kind`: awaited in async plans, as no thread is needed for it."""
    kind = typing.Optional[kind] if optional else kind  # noqa: UP045 - not every type knows |
    if not is_async:
        return Binding(kind, taken.needs, make, from_body=True)

    async def make_async(sent: Any, db: AsyncDB | None = None) -> Any:
        return make(sent) if db is None else await db.run(lambda own: make(sent, own))

    return Binding(kind, (AsyncDB,) if taken.needs else (), make_async, from_body=True)
