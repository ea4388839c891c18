"""Signatures as they are written: each parameter with its annotation taken apart, nothing decided yet."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from ..foundation.errors import SetupError, Where
from .foreign import refuse_markers
from .markers import MISSING, Depends, Factory, Marker
from .schema import without_none


@dataclass(frozen=True, slots=True)
class Written:
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


def return_type(function: Callable[..., Any]) -> Any:
    """The annotation of what a function returns; `MISSING` if it has none."""
    hints = hints_of(function)
    return hints.get("return", MISSING)


def hints_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The annotations of a function, names resolved; one that cannot be is a SetupError."""
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
        lost, title = error.name or "it", title_of(function)
        fix = f"Import {lost} at the top of the module (not under TYPE_CHECKING), or mend the name."
        if "<locals>" in title:
            fix += f"\nIf {lost} is made in the same function: make it at the top, as texts are looked up there."
        raise SetupError(
            "DMJ0302", f"An annotation of {title}() names {error.name or error}, which is not known there.", fix=fix,
            where=Where.of(function),
        ) from error  # fmt: skip
    except TypeError as error:
        raise SetupError(
            "DMJ0302", f"An annotation of {title_of(function)}() cannot be read: {error}.", fix="Mend the annotation.",
            where=Where.of(function),
        ) from error  # fmt: skip


def title_of(function: Callable[..., Any]) -> str:
    """What a function is called in messages."""
    while isinstance(function, functools.partial):
        function = function.func
    return getattr(function, "__qualname__", type(function).__name__)


def parameters_as_written(function: Callable[..., Any]) -> list[Written]:
    """The parameters of a function, in order."""
    hints = hints_of(function)
    where = Where.of(function)
    raws = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise SetupError(
                "DMJ0304", f"{title_of(function)}() takes {parameter}, which no request can fill.",
                fix="Name the parameters; path values and query values come by their names.", where=where,
            )  # fmt: skip
        annotation = hints.get(parameter.name, MISSING)
        raws.append(_take_apart(parameter, annotation, where, title_of(function)))
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


def _take_apart(parameter: inspect.Parameter, annotation: Any, where: Where, owner: str) -> Written:
    default = MISSING if parameter.default is parameter.empty else parameter.default
    annotation, extras = _bare_and_extras(annotation)
    refuse_markers(parameter.name, [default, *extras], owner, where)
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
    return Written(
        parameter.name, annotation, marker, depends, qualifier, tuple(metas), default, keyword_only, where, owner
    )


def config_classes(function: Callable[..., Any], base: type) -> list[type]:
    """The types among a function's annotations that are subclasses of `base`; none if they cannot be read."""
    try:
        hints = hints_of(function)
    except SetupError:
        return []
    return [hint for hint in hints.values() if isinstance(hint, type) and issubclass(hint, base)]
