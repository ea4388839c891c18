"""Reading a signature: for each parameter, where its value comes from.

The rules are those of the documentation's page on handlers, in this order: a marker says so; the name is in the path;
it is the request; a provider or a binder makes its type; its type is a schema (then it is the body); its type can be
written in a query string. What is left is a mistake, and the error shows the spelling that was meant.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import inspect
import types
import typing
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

from ..foundation.errors import SetupError, raise_all
from ..foundation.http.body_stream import BodyStream
from ..foundation.http.request import Request
from ..foundation.http.uploaded_file import UploadedFile
from .annotations import Written, parameters_as_written
from .background import BackgroundTasks, Crew
from .checkable import require_checkable
from .converters import Converter, own_converter
from .foreign import type_fix
from .habits import PARAMETERS, WHOLE_SCHEMA
from .levels import Level
from .markers import MISSING, Body, Depends, Marker
from .query_records import record_of
from .schema import holds_schema, is_mapped, name_of, without_none
from .scope import Scope
from .services import Binder, Binding, Provider, ServiceKey
from .websockets import WebSocket

_SIMPLE = (
    str, int, float, bool, decimal.Decimal, uuid.UUID, datetime.date, datetime.datetime, datetime.time,
    datetime.timedelta, enum.Enum, bytes,
)  # fmt: skip
_LISTS = (list, set, frozenset, tuple)
# What the kernel itself gives for a type.
_OURS = {BodyStream: "stream", Scope: "scope", BackgroundTasks: "background", WebSocket: "websocket"}
_FROM_CLIENTS = ("path", "query", "header", "cookie", "form", "body")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a handler, provider or around, and where its value comes from.

    `source` is `path`, `query`, `header`, `cookie`, `form`, `file`, `body`, `stream`, `request`, `service`,
    `scope`, `background`, `websocket`, `depends` or `bound`; `wire` the client's name for it; `type` what it is
    converted to, with the bounds of its `marker`.
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
    marker: Marker | None = None
    converter: Converter | None = None
    qualifier: str | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a signature is read against: the path's names, the services, the binders, the user's converters.

    `app` is what is seen by services that no blueprint brought.
    """

    path_names: tuple[str, ...]
    providers: Mapping[ServiceKey, Provider]
    binders: Sequence[tuple[type, Binder]]
    is_async: bool = False
    converters: Mapping[type, Converter] = field(default_factory=dict)
    app: Level | None = None
    crew: Crew = field(default_factory=Crew)

    def at(self, level: Level | None) -> Surroundings:
        """The same with the services and converters of another level, if there are several."""
        if level is None or level.providers is self.providers:
            return self
        return replace(self, providers=level.providers, converters=level.converters)


def read_signature(function: Callable[..., Any], around: Surroundings) -> list[Parameter]:
    """The parameters of a function; all that is wrong with them is in the SetupError's group."""
    errors: list[SetupError] = []
    found = []
    for raw in parameters_as_written(function):
        try:
            found.append(_classify(raw, around))
            if found[-1].source in _FROM_CLIENTS and found[-1].converter is None:
                require_checkable(found[-1].type, f"{raw.owner}({raw.name})", raw.where)
        except SetupError as error:
            error.where = error.where or (raw.where,)  # a binder knows the type, not the parameter's function
            errors.append(error)
    raise_all(errors)
    return found


def _classify(raw: Written, around: Surroundings) -> Parameter:
    made = Parameter(raw.name, _with_meta(raw), "", raw.name, raw.default, raw.keyword_only, marker=raw.marker)
    if around.converters and raw.annotation is not MISSING:
        made = replace(made, converter=own_converter(raw.annotation, around.converters))
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
    if raw.name in PARAMETERS and (bare in (Any, Callable) or typing.get_origin(bare) is Callable):
        raise _unannotated(raw, around)  # FastAPI's and Django's `call_next: Callable[...]`
    if isinstance(bare, type) and issubclass(bare, Request):
        return replace(made, source="request")
    if isinstance(bare, type) and bare in _OURS:
        return replace(made, source=_OURS[bare])
    key = _service_key(raw, bare, around)
    if key is not None:
        return replace(made, source="service", service=key)
    binding = _binding(raw, raw.annotation, "query", around)
    if binding is not None:
        return replace(_bound(made, binding), qualifier=raw.qualifier)
    return _value(raw, made, bare, around)


def _bound(made: Parameter, binding: Binding) -> Parameter:
    """A parameter that a binder makes; of the body, if it says so."""
    if binding.from_body:
        return replace(made, source="body", type=binding.takes, binding=binding)
    return replace(made, source="bound", binding=binding)


def _dependency(raw: Written, depends: Depends) -> Depends:
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


def _value(raw: Written, made: Parameter, bare: Any, around: Surroundings) -> Parameter:
    if own_converter(bare, around.converters) is not None:
        return replace(made, source="query")
    if bare is UploadedFile or (typing.get_args(bare) or (None,))[0] is UploadedFile:
        return replace(made, source="file")
    if is_mapped(bare):
        raise SetupError(
            "DMJ0305", f"{raw.owner}({raw.name}: {bare.__name__}): a model is never filled from a request as it is.",
            fix=f"{raw.name}: Annotated[{bare.__name__}, Body()]   a new one, checked, of the body of the request\n"
            f"{raw.name}: Patch[{bare.__name__}]   what the body changes of one: {raw.name}.apply(...)\n"
            f"or put {{{raw.name}}} into the path to have it loaded by its key.", where=raw.where,
        )  # fmt: skip
    if holds_schema(bare):
        return replace(made, source="body")
    if _writable(bare, around):
        return replace(made, source="query")
    raise _unknown_type(raw, bare)


def _marked(raw: Written, made: Parameter, around: Surroundings) -> Parameter:
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
    if source == "body":
        binding = _body_binding(raw, around)
        if binding is not None:
            return _bound(made, binding)
    wire = raw.marker.alias or (raw.name.replace("_", "-") if source == "header" else raw.name)
    if raw.annotation is MISSING:
        made = replace(made, type=UploadedFile if source == "file" else str)
    elif source == "file":
        _require_file(raw)
    elif source != "body" and not _writable(without_none(raw.annotation)[0], around):
        if (record := record_of(raw)) is None:
            raise _unknown_type(raw, raw.annotation)
        return replace(made, source="depends", depends=record)
    return replace(made, source=source, wire=wire.lower() if source == "header" else wire)


def _body_binding(raw: Written, around: Surroundings) -> Binding | None:
    """What a binder makes of a marked body: of a type of its kind, or of a list of them."""
    marker = raw.marker
    assert isinstance(marker, Body)
    bare, optional = without_none(raw.annotation)
    item = _item_of(bare)
    origin = typing.get_origin(item) or item
    for kind, binder in around.binders:
        if isinstance(origin, type) and issubclass(origin, kind):
            binding = binder(
                Annotated[bare, marker], name=raw.name, source="body", optional=optional, is_async=around.is_async
            )
            if binding is not None:
                return binding
    if is_mapped(item):
        raise SetupError(
            "DMJ0309", f"{raw.owner}({raw.name}: {item.__name__} ... Body()) needs the Database battery, which is"
            " not in use.", fix="from demijohn.database import Database\napp.use(Database())", where=raw.where,
        )  # fmt: skip
    if marker.include or marker.exclude or marker.schema is not None:
        raise SetupError(
            "DMJ0510", f"{raw.owner}({raw.name}: {name_of(bare)} ... {marker!r}): only a model's fields are chosen so.",
            fix=f"Make a Schema with the fields that are meant, and annotate that: {raw.name}: ItemInput",
            where=raw.where,
        )  # fmt: skip
    return None


def _item_of(bare: Any) -> Any:
    """What a list holds; any other type is itself."""
    return typing.get_args(bare)[0] if typing.get_origin(bare) in _LISTS and typing.get_args(bare) else bare


def _require_file(raw: Written) -> None:
    bare, _ = without_none(raw.annotation)
    if bare is UploadedFile or typing.get_args(bare)[:1] == (UploadedFile,):
        return
    raise SetupError(
        "DMJ0318", f"{raw.owner}({raw.name}: {name_of(raw.annotation)} ... Upload()): a file is an UploadedFile.",
        fix=f"{raw.name}: UploadedFile, whose {raw.name}.read() gives the bytes", where=raw.where,
    )  # fmt: skip


def _in_path(raw: Written, made: Parameter, around: Surroundings) -> Parameter:
    if raw.annotation is MISSING:
        return replace(made, source="path", type=str)
    binding = _binding(raw, raw.annotation, "path", around)
    if binding is not None:
        return replace(made, source="bound", binding=binding, wire=raw.name)
    if not _writable(without_none(raw.annotation)[0], around):
        raise SetupError(
            "DMJ0307", f"{raw.owner}({raw.name}: {name_of(raw.annotation)}): a path has only text to make it from.",
            fix="Annotate it str, int, float, UUID, date, an Enum or a Literal; a model class needs its battery:\n"
            "app.use(Database())", where=raw.where,
        )  # fmt: skip
    return replace(made, source="path")


def _service_key(raw: Written, bare: Any, around: Surroundings) -> ServiceKey | None:
    if not isinstance(bare, type):
        _require_battery(raw, typing.get_origin(bare), around)
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
    _require_battery(raw, bare, around)
    return None


def _require_battery(raw: Written, kind: Any, around: Surroundings) -> None:
    """Raise for a type that a battery makes, where that battery is not in use."""
    home = getattr(kind, "__provided_by__", None)
    if home is not None and not any(issubclass(kind, known) for known, _ in around.binders):
        module, _, battery = home.partition(":")
        raise SetupError(
            "DMJ0309", f"{raw.owner}({raw.name}: {kind.__name__}) needs the {battery} battery, which is not in use.",
            fix=f"from {module} import {battery}\napp.use({battery}())", where=raw.where,
        )  # fmt: skip


def _binding(raw: Written, annotation: Any, source: Literal["path", "query"], around: Surroundings) -> Binding | None:
    bare, optional = without_none(annotation)
    origin = typing.get_origin(bare) or bare
    for kind, binder in around.binders:
        if isinstance(origin, type) and issubclass(origin, kind):
            named = _qualifier_for(binder, raw)
            return binder(bare, name=raw.name, source=source, optional=optional, is_async=around.is_async, **named)
    return None


def _qualifier_for(binder: Binder, raw: Written) -> dict[str, Any]:
    """What a parameter is called beside its type, for a binder that tells several of its kind apart."""
    takes = raw.qualifier is not None and "qualifier" in inspect.signature(binder).parameters
    return {"qualifier": raw.qualifier} if takes else {}


def _with_meta(raw: Written) -> Any:
    annotation = raw.annotation
    if not raw.metas or annotation is MISSING:
        return annotation
    bare, optional = without_none(annotation)
    for meta in raw.metas:
        bare = Annotated[bare, meta]
    return typing.Optional[bare] if optional else bare  # noqa: UP045


def _writable(annotation: Any, around: Surroundings) -> bool:
    """Whether a type can be written in a query string: one text, or several of one name."""
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        return _writable(typing.get_args(annotation)[0], around)
    if origin in (typing.Union, types.UnionType):
        return all(part is types.NoneType or _writable(part, around) for part in typing.get_args(annotation))
    if origin is Literal:
        return True
    if origin in _LISTS:
        return all(part is Ellipsis or _writable(part, around) for part in typing.get_args(annotation))
    if isinstance(annotation, type) and annotation in around.converters:
        return True
    return (
        annotation in _LISTS or annotation is Any or (isinstance(annotation, type) and issubclass(annotation, _SIMPLE))
    )


def _unannotated(raw: Written, around: Surroundings) -> SetupError:
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
    why = "has no annotation and is not in the path" if raw.annotation is MISSING else "is nothing that is given here"
    return SetupError("DMJ0301", f"{raw.owner}() takes {raw.name!r}, which {why}.", fix=fix, where=raw.where)


def _annotated(raw: Written) -> str:
    """The parameter with the annotation that its default suggests."""
    if raw.default is MISSING:
        return f"{raw.name}: str"
    if raw.default is None:
        return f"{raw.name}: str | None = None"
    kind = type(raw.default)
    return f"{raw.name}: {kind.__name__ if kind in _SIMPLE else 'str'} = {raw.default!r}"


def _unknown_type(raw: Written, bare: Any) -> SetupError:
    name = name_of(bare)
    marker = "" if raw.marker is None else f" ... {type(raw.marker).__name__}()"
    if raw.marker is not None and holds_schema(without_none(bare)[0]):
        return SetupError(
            "DMJ0319", f"{raw.owner}({raw.name}: {name}{marker}): a schema is not read from there.",
            fix=WHOLE_SCHEMA[raw.marker.source], where=raw.where,
        )  # fmt: skip
    item = _item_of(without_none(bare)[0])
    if is_mapped(item):
        written = item.__name__ if item is without_none(bare)[0] else f"list[{item.__name__}]"
        return SetupError(
            "DMJ0305", f"{raw.owner}({raw.name}: {written}{marker}): models are not read from there.",
            fix=f"{raw.name}: Annotated[{written}, Body()]   of JSON or a form", where=raw.where,
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
