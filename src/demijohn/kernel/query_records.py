"""Records whose fields are read one by one: `filters: Annotated[Filters, Query()]`, of the query, headers or cookies.

Each field becomes a parameter of its own, of a function that makes the record; so names, defaults, bounds, mistakes and
the OpenAPI document are those of parameters.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import typing
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import msgspec

from ..foundation.errors import SetupError, Where
from .annotations import Written
from .arguments import invalid_request
from .markers import MISSING, Depends, Marker
from .pydantic_bodies import is_of_pydantic, problems
from .schema import holds_schema, is_mapped, without_none

_SOURCES = ("query", "header", "cookie")


def record_of(raw: Written) -> Depends | None:
    """What makes a parameter that is a record, of parameters of their own; None if it is no flat record."""
    kind, optional = without_none(raw.annotation)
    marker = raw.marker
    if marker is None or marker.source not in _SOURCES or not isinstance(kind, type) or is_mapped(kind):
        return None
    read_by: Any = type(marker)
    function = _maker(kind, read_by)
    if function is None:
        return None
    if optional or (raw.default is not MISSING and not _is_made_of_nothing(raw.default, kind)):
        raise SetupError(
            "DMJ0319", f"{raw.owner}({raw.name}: {kind.__name__} ... {read_by.__name__}()): the record is made of what"
            " is sent and of its fields' defaults, never of another default.",
            fix=f"{raw.name}: Annotated[{kind.__name__}, {read_by.__name__}()]   with a default for each field of"
            f" {kind.__name__} that may be left out", where=raw.where,
        )  # fmt: skip
    return Depends(function)


def _is_made_of_nothing(default: Any, kind: type) -> bool:
    """Whether a default is what the record is anyway, where nothing is sent."""
    try:
        return bool(default == kind())
    except (TypeError, ValueError):  # which has fields without defaults
        return False


@functools.cache
def _maker(kind: type, marker: Any) -> Callable[..., Any] | None:
    try:
        fields = list(_fields_of(kind))
    except NameError as error:
        raise SetupError(
            "DMJ0302", f"An annotation of {kind.__name__} names {error.name or error}, which is not known there.",
            fix=f"Import {error.name or 'it'} at the top of the module, and make classes there too.",
            where=Where.of(kind),
        ) from error  # fmt: skip
    if not fields or any(holds_schema(without_none(each.kind)[0]) for each in fields):
        return None
    source = marker.source
    # Pydantic goes by aliases, and does not check its defaults.
    asked = [(each.name, each.wire, each.default) for each in fields]

    def record(**values: Any) -> Any:
        if not is_of_pydantic(kind):
            return _make_plain(kind, values, source)
        sent = {wire: values[name] for name, wire, default in asked if values[name] is not default}
        return _make_pydantic(kind, sent, source)

    parameters = [each.as_parameter(marker) for each in fields]
    record.__name__ = record.__qualname__ = kind.__name__
    record.__module__ = kind.__module__
    record.__stands_for__ = kind  # type: ignore[attr-defined]
    record.__annotations__ = {each.name: each.annotation for each in parameters}
    record.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return record


@dataclasses.dataclass(frozen=True, slots=True)
class _Field:
    name: str
    wire: str
    kind: Any
    default: Any = MISSING
    factory: Callable[[], Any] | None = None
    description: str | None = None

    def as_parameter(self, marker: type[Marker]) -> inspect.Parameter:
        alias = None if self.wire == self.name else self.wire
        said = marker(self.default, alias=alias, default_factory=self.factory, description=self.description)
        return inspect.Parameter(self.name, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[self.kind, said])


def _fields_of(kind: Any) -> Iterator[_Field]:
    if issubclass(kind, msgspec.Struct):
        for field in msgspec.structs.fields(kind):
            default = MISSING if field.default is msgspec.NODEFAULT else field.default
            factory = None if field.default_factory is msgspec.NODEFAULT else field.default_factory
            yield _Field(field.name, field.encode_name, field.type, default, factory)
    elif is_of_pydantic(kind):
        for name, info in kind.__pydantic_fields__.items():
            default = MISSING if info.is_required() or info.default_factory else info.default
            alias = info.validation_alias if isinstance(info.validation_alias, str) else info.alias
            yield _Field(name, alias or name, info.annotation, default, info.default_factory, info.description)
    elif dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind, include_extras=True)
        for each in dataclasses.fields(kind):
            default = MISSING if each.default is dataclasses.MISSING else each.default
            factory = None if each.default_factory is dataclasses.MISSING else each.default_factory
            yield _Field(each.name, each.name, hints.get(each.name, each.type), default, factory)


def _make_plain(kind: Any, values: dict[str, Any], source: str) -> Any:
    try:
        return kind(**values)
    except ValueError as error:  # of its __post_init__
        raise invalid_request([{"where": source, "message": f"{error}"}]) from error


def _make_pydantic(kind: Any, values: dict[str, Any], source: str) -> Any:
    try:
        return kind.__pydantic_validator__.validate_python(values)
    except ValueError as error:
        listed = getattr(error, "errors", None)
        if listed is None:
            raise
        said = listed(include_url=False, include_context=False, include_input=False)
        raise invalid_request(problems(said, source)) from error
