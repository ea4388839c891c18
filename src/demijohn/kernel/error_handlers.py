"""Handlers of errors: which of them answers an error, and what it is called with.

A handler takes the error, the request, and services, by the rules of all signatures. It is compiled once, when the app
is sealed. Its services are its own: those of the exchange were closed by the error (a database unit was rolled back),
so it is given new ones, which are closed when its answer is encoded (committed), or see the error that it fails with.
"""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from ..foundation.errors import SetupError, Where
from ..foundation.http.errors import HTTPError
from ..foundation.http.request import Request
from ..foundation.http.response import Response
from .annotations import hints_of, title_of
from .calls import Call, made_for
from .core import core_async, core_sync
from .hops import in_thread
from .levels import Level
from .markers import MISSING
from .schema import is_mapped, name_of, without_none
from .services import ASYNC_KINDS, Provider, kind_of
from .signature import Surroundings, read_signature

if TYPE_CHECKING:
    from .parts import Parts

Function: TypeAlias = Callable[..., Any]

_NEVER = ("path", "form", "file", "body", "stream", "websocket")
_INSTEAD = {
    "path": "request.path_params", "query": "request.query", "body": "request.json() or request.form",
    "form": "request.form", "file": "request.files", "stream": "request.body", "websocket": "request.headers",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class ErrorHandlers:
    """What one place of a recipe says of errors: statuses and exception classes to functions.

    `level` is what these see of services; None is what the app does.
    """

    functions: dict[Any, Function] = field(default_factory=dict)
    level: Level | None = None


def require_error(kind: Any, shown: str, where: Where) -> None:
    """Raise SetupError for what is no status and no class of exceptions."""
    if not (isinstance(kind, int) or (isinstance(kind, type) and issubclass(kind, BaseException))):
        raise SetupError(
            "DMJ0120", f"on_error({shown}): that is neither a status nor an exception class.",
            fix="@app.on_error(404) or @app.on_error(NotFound)", where=where,
        )  # fmt: skip


class ErrorTable:
    """The handlers of one place, compiled."""

    def __init__(self, handlers: ErrorHandlers, parts: Parts, *, inline: bool) -> None:
        made: dict[int, ErrorHandler] = {}  # by identity, as objects that are called need not be hashable
        for function in handlers.functions.values():
            if id(function) not in made:
                made[id(function)] = ErrorHandler(function, handlers.level, parts, inline=inline)
        self._made = tuple(made.values())
        self._table = {key: made[id(function)] for key, function in handlers.functions.items()}
        self.is_async = any(handler.is_async for handler in made.values())
        self.has_services = any(handler.has_services for handler in made.values())

    def check(self, path_names: tuple[str, ...]) -> None:
        """Raise SetupError for services that would be made of a path's values, which a handler of errors has not."""
        for handler in self._made:
            handler.check(path_names)

    def find(self, error: BaseException) -> ErrorHandler | None:
        """The handler of an error, if there is one: an exact status goes before a class, a class before its bases."""
        if isinstance(error, HTTPError) and error.status in self._table:
            return self._table[error.status]
        for base in type(error).__mro__:
            if base in self._table:
                return self._table[base]
        if not isinstance(error, HTTPError):
            return self._table.get(500)
        return None


def table_of(handlers: ErrorHandlers, parts: Parts) -> ErrorTable:
    """The compiled handlers of a place, which many routes have in common."""
    table = parts.error_tables.get(handlers)
    if table is None:
        inline = handlers is parts.error_handlers  # Those of batteries do not wait.
        table = parts.error_tables[handlers] = ErrorTable(handlers, parts, inline=inline)
    return table


class Failure:
    """The error that an exchange is being answered for; `told` once a handler has been handed it."""

    __slots__ = ("error", "told")

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.told = False


class ErrorHandler:
    """One handler: `answer(request, error)` gives its response, None if it has nothing to say.

    `is_async` says that it has to be awaited (`answer_async`). In an async plan, a `def` handler runs on a worker
    thread, as it may block; unless it is `inline`.
    """

    def __init__(self, function: Function, level: Level | None, parts: Parts, *, inline: bool) -> None:
        self.name = title_of(function)
        self._function = function
        taken = _Taken.of(function)
        self._pool = parts.pool
        self._compile_reply = functools.partial(
            parts.replies.compile, _shape(function), name=self.name, where=Where.of(function)
        )
        self._complete = parts.replies.complete
        self._replies: dict[int, Callable[[Any], Response]] = {500: self._compile_reply(500).response}
        self._call: Call | None = None
        self._plain = taken.plain(function)
        self.is_async = kind_of(function) in ASYNC_KINDS
        self._hops = not (self.is_async or inline)
        if taken.others:
            surroundings = parts.surroundings((), level, self.is_async)
            self._call = call = _compiled(taken, function, surroundings, parts)
            self.is_async = self.is_async or call.is_async
            self._core = core_sync(call, self._reply, throws_refusals=False)
            self._core_async = core_async(call, self._reply, parts.pool, blocking=True, throws_refusals=False)

    def check(self, path_names: tuple[str, ...]) -> None:
        """See `ErrorTable.check`."""
        for parameter in () if self._call is None else self._call.parameters:
            if parameter.source == "query" and parameter.marker is None and parameter.name in path_names:
                raise _not_there(self._function, parameter.name, "path", parameter.type)

    @property
    def has_services(self) -> bool:
        """Whether something is made for it, which may have to wait."""
        return self._call is not None

    def answer(self, request: Request, error: BaseException) -> Response | None:
        """Its answer, in a sync plan."""
        if self._call is None:
            return self._response(self._plain(request, error), request, error)
        _begin(request, error)
        response: Response | None = self._core(request)
        return response

    async def answer_async(self, request: Request, error: BaseException) -> Response | None:
        """Its answer, in an async plan."""
        if self._call is not None:
            _begin(request, error)
            response: Response | None = await self._core_async(request)
            return response
        if self._hops:
            return await in_thread(self._pool, self.answer, request, error)
        value = self._plain(request, error)
        return self._response(await value if inspect.isawaitable(value) else value, request, error)

    def was_told(self, request: Request) -> bool:
        """Whether it was called, once it has failed; else something that it takes could not be made."""
        return self._call is None or bool(made_for(request)[Failure].told)

    def _reply(self, value: Any, request: Request) -> Response | None:
        return self._response(value, request, made_for(request)[Failure].error)

    def _response(self, value: Any, request: Request, error: BaseException) -> Response | None:
        """What it returned as a response, encoded while its services are there."""
        if value is None:
            return None
        status = error.status if isinstance(error, HTTPError) else 500
        reply = self._replies.get(status)
        if reply is None:
            reply = self._replies[status] = self._compile_reply(status).response
        response = reply(value)
        if isinstance(error, HTTPError) and response is not value:
            for name, text in error.headers.items():
                response.headers.setdefault(name, text)
        return self._complete(response, request)


def _begin(request: Request, error: BaseException) -> None:
    """Forget the services of the exchange, which the error has closed, and note the error."""
    made = made_for(request)
    for key in [key for key in made if isinstance(key, Provider | tuple)]:
        del made[key]
    made[Failure] = Failure(error)


# What it takes ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Taken:
    """The parameters of a handler: names of those that are the error, of those that are the request, and the others."""

    errors: tuple[str, ...]
    requests: tuple[str, ...]
    others: tuple[inspect.Parameter, ...]
    by_position: tuple[str, ...]

    @classmethod
    def of(cls, function: Function) -> _Taken:
        parameters = [p for p in inspect.signature(function).parameters.values() if p.kind is not p.VAR_KEYWORD]
        hints = _hints(function)
        requests = [p.name for p in parameters if _is_request(p, hints.get(p.name))]
        left = [p for p in parameters if p.name not in requests]
        if len(left) > 1 and not hints:
            hints_of(function)  # What cannot be read is told, where it decides.
        errors = [p.name for p in left if _is_error(hints.get(p.name))][:1]
        if not errors:
            errors = [p.name for p in left if p.default is p.empty and hints.get(p.name) in (None, Any, object)][:1]
        bound = function.keywords if isinstance(function, functools.partial) else {}
        others = [p for p in left if p.name not in (*errors, *bound) and p.kind is not p.VAR_POSITIONAL]
        others = [p for p in others if p.default is p.empty or p.name in hints]
        _require_annotated(function, [p for p in others if p.name not in hints and p.annotation is p.empty])
        positional = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL)]
        return cls(tuple(errors), tuple(requests), tuple(others), tuple(positional))

    def plain(self, function: Function) -> Callable[[Request, BaseException], Any]:
        """The handler as a function of request and error, for one that takes no more."""
        errors, requests, by_position = self.errors, self.requests, self.by_position

        def called(request: Request, error: BaseException, /, **others: Any) -> Any:
            values = {**dict.fromkeys(requests, request), **dict.fromkeys(errors, error), **others}
            first = [values.pop(name) for name in by_position if name in values]
            return function(*first, **values)

        return called


def _hints(function: Function) -> dict[str, Any]:
    """The annotations of a handler; none if they cannot be read, which matters to those that take several things."""
    try:
        return hints_of(function)
    except SetupError:
        return {}


def _shape(function: Function) -> Any:
    return _hints(function).get("return")


def _is_request(parameter: inspect.Parameter, annotation: Any) -> bool:
    return parameter.name in ("request", "req") or (isinstance(annotation, type) and issubclass(annotation, Request))


def _is_error(annotation: Any) -> bool:
    """Whether a type is an exception's, or a choice of such."""
    if typing.get_origin(annotation) is Annotated:
        annotation = typing.get_args(annotation)[0]
    bare, _ = without_none(annotation)
    if isinstance(bare, type):
        return issubclass(bare, BaseException)
    return typing.get_origin(bare) in (typing.Union, types.UnionType) and all(map(_is_error, typing.get_args(bare)))


def _require_annotated(function: Function, unknown: list[inspect.Parameter]) -> None:
    if not unknown:
        return
    name = getattr(function, "__name__", "handler")
    raise SetupError(
        "DMJ0121", f"The error handler {name}() takes {unknown[0].name!r}, and nothing says what that is.",
        fix=f"def {name}(error, request: Request, db: DB): ...   (each may be left out)", where=Where.of(function),
    )  # fmt: skip


def _compiled(taken: _Taken, function: Function, surroundings: Surroundings, parts: Parts) -> Call:
    """The call of a handler with its services, which finds its error in what was made for the exchange."""
    plain = taken.plain(function)

    def handler(request: Request, /, **others: Any) -> Any:
        failure: Failure = made_for(request)[Failure]
        failure.told = True
        return plain(request, failure.error, **others)

    # To whoever reads it, it is the user's function less the error, and with the request: it says what to make.
    asking: Any = functools.wraps(_written(function))(handler)
    asking.__signature__ = inspect.Signature(
        [
            inspect.Parameter("request", inspect.Parameter.POSITIONAL_ONLY),
            *(p.replace(kind=p.KEYWORD_ONLY) for p in taken.others),
        ]
    )
    for model in (p for p in taken.others if is_mapped(without_none(_hints(function).get(p.name))[0])):
        raise _not_there(function, model.name, "path", _hints(function)[model.name])
    for parameter in read_signature(asking, surroundings):
        if parameter.source in _NEVER or (parameter.source == "query" and parameter.marker is None):
            raise _not_there(function, parameter.name, parameter.source, parameter.type)
    call = Call(asking, surroundings, parts.singletons)
    for parameter in call.parameters:
        if parameter.source in _NEVER:
            raise _not_there(function, parameter.name, parameter.source, parameter.type)
    return call


def _written(function: Function) -> Function:
    """The function that has the annotations: inside of a partial, or of an object that is called."""
    while isinstance(function, functools.partial):
        function = function.func
    is_object = not inspect.isroutine(function) and not hasattr(function, "__wrapped__")
    return type(function).__call__ if is_object else function


def _not_there(function: Function, parameter: str, source: str, kind: Any) -> SetupError:
    name, told = getattr(function, "__name__", "handler"), "" if kind is MISSING else f": {name_of(kind)}"
    what = {"stream": "body", "file": "form", "websocket": "WebSocket"}.get(source, source)
    return SetupError(
        "DMJ0131",
        f"The error handler {name}() takes {parameter}{told} of the {what}, which an error may come without.",
        fix=f"Take request: Request, and look into {_INSTEAD[source]}.", where=Where.of(function),
    )  # fmt: skip
