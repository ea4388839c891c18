"""Reading a signature: for each parameter, where its value comes from.

The rules are those of the documentation's page on handlers, in this order: a marker says so; the name is in the path;
it is the request; a provider or a binder makes its type; its type is a schema (then it is the body); its type can be
written in a query string. What is left is a mistake, and the error shows the spelling that was meant.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import functools
import inspect
import types
import typing
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import msgspec

from ..foundation.errors import SetupError, Where, raise_all
from ..foundation.http.forms import UploadedFile
from ..foundation.http.request import Request
from .habits import PARAMETERS, WHOLE_SCHEMA, type_fix
from .markers import MISSING, Depends, Factory, Marker
from .schema import holds_schema, is_mapped, name_of, without_none
from .services import Binder, Binding, Provider, ServiceKey

_SIMPLE = (
    str, int, float, bool, decimal.Decimal, uuid.UUID, datetime.date, datetime.datetime, datetime.time,
    datetime.timedelta, enum.Enum, bytes,
)  # fmt: skip
_LISTS = (list, set, frozenset, tuple)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a handler, provider or around, and where its value comes from.

    `source` is `path`, `query`, `header`, `cookie`, `form`, `file`, `body`, `request`, `service`, `depends` or
    `bound`; `wire` the client's name for it; `type` what it is converted to, with the bounds of its marker.
    """

    name: str
    type: Any
    source: str
    wire: str = ""
    default: Any = MISSING
    keyword_only: bool = False
    service: ServiceKey | None = None
    depends: Depends | None = None
    binding: Binding | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a signature is read against: the path's names, the services, the binders."""

    path_names: tuple[str, ...]
    providers: Mapping[ServiceKey, Provider]
    binders: Sequence[tuple[type, Binder]]
    is_async: bool = False


@dataclass(frozen=True, slots=True)
class _Raw:
    """A parameter as written, its annotation taken apart."""

    name: str
    annotation: Any
    marker: Marker | None
    depends: Depends | None
    qualifier: str | None
    metas: tuple[Any, ...]
    default: Any
    keyword_only: bool
    where: Where
    owner: str


def read_signature(function: Callable[..., Any], around: Surroundings) -> list[Parameter]:
    """The parameters of a function; all that is wrong with them is in the SetupError's group."""
    errors: list[SetupError] = []
    found = []
    for raw in _raw_parameters(function):
        try:
            found.append(_classify(raw, around))
        except SetupError as error:
            errors.append(error)
    raise_all(errors)
    return found


def return_type(function: Callable[..., Any]) -> Any:
    """The annotation of what a function returns; `MISSING` if it has none."""
    hints = _hints(function)
    return hints.get("return", MISSING)


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    while isinstance(function, functools.partial):
        function = function.func
    target = function
    if isinstance(function, type):
        target = function.__init__  # type: ignore[misc]
    elif not inspect.isroutine(function) and not hasattr(function, "__wrapped__"):
        target = type(function).__call__  # An object that is called.
    try:
        return typing.get_type_hints(inspect.unwrap(target), include_extras=True)
    except NameError as error:
        raise SetupError(
            "DMJ0302",
            f"An annotation of {_name(function)}() names {error.name or error}, which is not known there.",
            fix=f"Import {error.name or 'it'} at the top of the module (not under TYPE_CHECKING), or mend the name.",
            where=Where.of(function),
        ) from error
    except TypeError as error:
        raise SetupError(
            "DMJ0302", f"An annotation of {_name(function)}() cannot be read: {error}.", fix="Mend the annotation.",
            where=Where.of(function),
        ) from error  # fmt: skip


def _name(function: Callable[..., Any]) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    return getattr(function, "__qualname__", type(function).__name__)


def _raw_parameters(function: Callable[..., Any]) -> list[_Raw]:
    hints = _hints(function)
    where = Where.of(function)
    raws = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise SetupError(
                "DMJ0304", f"{_name(function)}() takes {parameter}, which no request can fill.",
                fix="Name the parameters; path values and query values come by their names.", where=where,
            )  # fmt: skip
        annotation = hints.get(parameter.name, MISSING)
        raws.append(_take_apart(parameter, annotation, where, _name(function)))
    return raws


def _bare_and_extras(annotation: Any) -> tuple[Any, list[Any]]:
    """A type and what `Annotated` says beside it; `Annotated[str, x] | None` is `Annotated[str | None, x]`."""
    inner, optional = without_none(annotation)
    if typing.get_origin(inner) is not Annotated:
        inner, optional = annotation, False
    if typing.get_origin(inner) is not Annotated:
        return annotation, []
    bare, *extras = typing.get_args(inner)
    return (typing.Optional[bare] if optional else bare), extras  # noqa: UP045


def _is_marker(extra: Any) -> bool:
    return isinstance(extra, Marker) or (isinstance(extra, type) and issubclass(extra, Marker))


def _take_apart(parameter: inspect.Parameter, annotation: Any, where: Where, owner: str) -> _Raw:
    default = MISSING if parameter.default is parameter.empty else parameter.default
    annotation, extras = _bare_and_extras(annotation)
    markers = [extra() if isinstance(extra, type) else extra for extra in extras if _is_marker(extra)]
    marker: Marker | None = markers[-1] if markers else None
    depends = next((extra for extra in extras if isinstance(extra, Depends)), None)
    qualifier = next((extra for extra in extras if isinstance(extra, str)), None)
    metas: list[Any] = [extra for extra in extras if isinstance(extra, msgspec.Meta)]
    if isinstance(default, Marker):  # FastAPI's older spelling: q: str = Query("", max_length=50)
        marker, default = default, MISSING
    elif isinstance(default, Depends):
        depends, default = default, MISSING
    if marker is not None:
        if default is MISSING:
            default = marker.default if marker.default_factory is None else Factory(marker.default_factory)
        if marker.meta is not None:
            metas.append(marker.meta)
    keyword_only = parameter.kind is parameter.KEYWORD_ONLY
    return _Raw(
        parameter.name, annotation, marker, depends, qualifier, tuple(metas), default, keyword_only, where, owner
    )


def _classify(raw: _Raw, around: Surroundings) -> Parameter:
    made = Parameter(raw.name, _with_meta(raw), "", raw.name, raw.default, raw.keyword_only)
    if raw.depends is not None:
        return replace(made, source="depends", depends=_dependency(raw, raw.depends))
    if raw.marker is not None:
        return _marked(raw, made, around)
    if raw.name in around.path_names:
        return _in_path(raw, made, around)
    if raw.annotation is MISSING:
        if raw.name == "request":
            return replace(made, source="request", type=Request)
        raise _unannotated(raw, around)
    bare, _ = without_none(raw.annotation)
    if isinstance(bare, type) and issubclass(bare, Request):
        return replace(made, source="request")
    key = _service_key(raw, bare, around)
    if key is not None:
        return replace(made, source="service", service=key)
    binding = _binding(raw, raw.annotation, "query", around)
    if binding is not None:
        return replace(made, source="bound", binding=binding)
    return _value(raw, made, bare)


def _dependency(raw: _Raw, depends: Depends) -> Depends:
    """What a `Depends` calls: its function, or the class that is the annotation."""
    function = depends.dependency
    if function is None:
        bare, _ = without_none(raw.annotation)
        if not isinstance(bare, type) or bare in _SIMPLE or bare in _LISTS:
            shown = "it has no annotation" if bare is MISSING else f"{name_of(bare)} is nothing to call"
            raise SetupError(
                "DMJ0317", f"{raw.owner}({raw.name}): Depends() names no function, and {shown}.",
                fix=f"Annotated[T, Depends(make_{raw.name})], with def make_{raw.name}(): ...", where=raw.where,
            )  # fmt: skip
        return Depends(bare, use_cache=depends.use_cache)
    if not callable(function):
        raise SetupError(
            "DMJ0317", f"{raw.owner}({raw.name}): Depends({function!r}) is given no function.",
            fix="Name the function without calling it: Depends(current_user), not Depends(current_user()).",
            where=raw.where,
        )  # fmt: skip
    return depends


def _value(raw: _Raw, made: Parameter, bare: Any) -> Parameter:
    if bare is UploadedFile or (typing.get_args(bare) or (None,))[0] is UploadedFile:
        return replace(made, source="file")
    if is_mapped(bare):
        raise SetupError(
            "DMJ0305", f"{raw.owner}({raw.name}: {bare.__name__}): a model is never filled from a request as it is.",
            fix=f"Put {{{raw.name}}} into the path to have it loaded by its key, or take a Schema with the fields that"
            f" visitors may set:\nclass {bare.__name__}Input(Schema): ...", where=raw.where,
        )  # fmt: skip
    if holds_schema(bare):
        return replace(made, source="body")
    if _writable(bare):
        return replace(made, source="query")
    raise _unknown_type(raw, bare)


def _marked(raw: _Raw, made: Parameter, around: Surroundings) -> Parameter:
    assert raw.marker is not None
    source = raw.marker.source
    if source == "path" and raw.name not in around.path_names and raw.marker.alias not in around.path_names:
        raise SetupError(
            "DMJ0306", f"{raw.owner}({raw.name}: ... Path()): the path has no {{{raw.name}}}.",
            fix=f"Add {{{raw.name}}} to the path, or use Query().", where=raw.where,
        )  # fmt: skip
    if source != "path" and raw.name in around.path_names:
        raise SetupError(
            "DMJ0306",
            f"{raw.owner}({raw.name}: ... {type(raw.marker).__name__}()): {{{raw.name}}} stands in the path.",
            fix="Give one of the two another name.", where=raw.where,
        )  # fmt: skip
    wire = raw.marker.alias or (raw.name.replace("_", "-") if source == "header" else raw.name)
    if raw.annotation is MISSING:
        made = replace(made, type=UploadedFile if source == "file" else str)
    elif source == "file":
        _require_file(raw)
    elif source != "body" and not _writable(without_none(raw.annotation)[0]):
        raise _unknown_type(raw, raw.annotation)
    return replace(made, source=source, wire=wire.lower() if source == "header" else wire)


def _require_file(raw: _Raw) -> None:
    bare, _ = without_none(raw.annotation)
    if bare is UploadedFile or typing.get_args(bare)[:1] == (UploadedFile,):
        return
    raise SetupError(
        "DMJ0318", f"{raw.owner}({raw.name}: {name_of(raw.annotation)} ... Upload()): a file is an UploadedFile.",
        fix=f"{raw.name}: UploadedFile, whose {raw.name}.read() gives the bytes", where=raw.where,
    )  # fmt: skip


def _in_path(raw: _Raw, made: Parameter, around: Surroundings) -> Parameter:
    if raw.annotation is MISSING:
        return replace(made, source="path", type=str)
    binding = _binding(raw, raw.annotation, "path", around)
    if binding is not None:
        return replace(made, source="bound", binding=binding, wire=raw.name)
    if not _writable(without_none(raw.annotation)[0]):
        raise SetupError(
            "DMJ0307", f"{raw.owner}({raw.name}: {name_of(raw.annotation)}): a path has only text to make it from.",
            fix="Annotate it str, int, float, UUID, date, an Enum or a Literal; a model class needs its battery:\n"
            "app.use(Database())", where=raw.where,
        )  # fmt: skip
    return replace(made, source="path")


def _service_key(raw: _Raw, bare: Any, around: Surroundings) -> ServiceKey | None:
    if not isinstance(bare, type):
        return None
    key: ServiceKey = (bare, raw.qualifier)
    if key in around.providers:
        return key
    if raw.qualifier is not None and any(known is bare for known, _ in around.providers):
        names = sorted(str(name) for known, name in around.providers if known is bare and name)
        raise SetupError(
            "DMJ0308", f"{raw.owner}({raw.name}): there is no {bare.__name__} called {raw.qualifier!r}.",
            fix=f"There is: {', '.join(names) or 'only the one without a name'}.", where=raw.where,
        )  # fmt: skip
    home = getattr(bare, "__provided_by__", None)
    if home is not None:
        module, _, battery = home.partition(":")
        raise SetupError(
            "DMJ0309", f"{raw.owner}({raw.name}: {bare.__name__}) needs the {battery} battery, which is not in use.",
            fix=f"from {module} import {battery}\napp.use({battery}())", where=raw.where,
        )  # fmt: skip
    return None


def _binding(raw: _Raw, annotation: Any, source: Literal["path", "query"], around: Surroundings) -> Binding | None:
    bare, optional = without_none(annotation)
    origin = typing.get_origin(bare) or bare
    for kind, binder in around.binders:
        if isinstance(origin, type) and issubclass(origin, kind):
            return binder(bare, name=raw.name, source=source, optional=optional, is_async=around.is_async)
    return None


def _with_meta(raw: _Raw) -> Any:
    annotation = raw.annotation
    if not raw.metas or annotation is MISSING:
        return annotation
    bare, optional = without_none(annotation)
    for meta in raw.metas:
        bare = Annotated[bare, meta]
    return typing.Optional[bare] if optional else bare  # noqa: UP045


def _writable(annotation: Any) -> bool:
    """Whether a type can be written in a query string: one text, or several of one name."""
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        return _writable(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return all(part is types.NoneType or _writable(part) for part in typing.get_args(annotation))
    if origin is Literal:
        return True
    if origin in _LISTS:
        return all(part is Ellipsis or _writable(part) for part in typing.get_args(annotation))
    return (
        annotation in _LISTS or annotation is Any or (isinstance(annotation, type) and issubclass(annotation, _SIMPLE))
    )


def _unannotated(raw: _Raw, around: Surroundings) -> SetupError:
    if raw.name in ("req", "self", "cls"):
        fix = (
            "request" if raw.name == "req" else f"Register a bound method or a function, not one that takes {raw.name}."
        )
        if raw.name == "req":
            fix = f"def {raw.owner.rpartition('.')[2]}(req: Request)"
    elif raw.name in PARAMETERS:
        fix = PARAMETERS[raw.name]
    else:
        fix = f"def {raw.owner.rpartition('.')[2]}({_annotated(raw)})   for a query parameter ?{raw.name}=..."
        if around.path_names:
            fix += f"\nor, if it should be in the path, one of its names: {', '.join(around.path_names)}"
    return SetupError(
        "DMJ0301", f"{raw.owner}() takes {raw.name!r}, which has no annotation and is not in the path.", fix=fix,
        where=raw.where,
    )  # fmt: skip


def _annotated(raw: _Raw) -> str:
    """The parameter with the annotation that its default suggests."""
    if raw.default is MISSING:
        return f"{raw.name}: str"
    if raw.default is None:
        return f"{raw.name}: str | None = None"
    kind = type(raw.default)
    return f"{raw.name}: {kind.__name__ if kind in _SIMPLE else 'str'} = {raw.default!r}"


def _unknown_type(raw: _Raw, bare: Any) -> SetupError:
    name = name_of(bare)
    marker = "" if raw.marker is None else f" ... {type(raw.marker).__name__}()"
    if raw.marker is not None and holds_schema(without_none(bare)[0]):
        return SetupError(
            "DMJ0319", f"{raw.owner}({raw.name}: {name}{marker}): a schema is not read from there.",
            fix=WHOLE_SCHEMA[raw.marker.source], where=raw.where,
        )  # fmt: skip
    fix = type_fix(bare)
    if fix is not None:
        return SetupError(
            "DMJ0303", f"{raw.owner}({raw.name}: {name}): nothing here provides {bare.__module__}.{name}.", fix=fix,
            where=raw.where,
        )  # fmt: skip
    return SetupError(
        "DMJ0303", f"{raw.owner}({raw.name}: {name}): nothing provides {name}, and it is no schema.",
        fix=f"To inject it:  @app.provide\n              def make_{raw.name}() -> {name}: ...\n"
        f"To read it from the body: make it a Schema, or Annotated[{name}, Body()].", where=raw.where,
    )  # fmt: skip


def config_classes(function: Callable[..., Any], base: type) -> list[type]:
    """The types among a function's annotations that are subclasses of `base`; none if they cannot be read."""
    try:
        hints = _hints(function)
    except SetupError:
        return []
    return [hint for hint in hints.values() if isinstance(hint, type) and issubclass(hint, base)]
