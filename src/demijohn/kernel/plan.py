"""A plan: everything there is to do for a request of one route, compiled once into one function.

    batteries' arounds ( error handlers ( app's arounds ( blueprints' ( route's ( services, handler, reply )))))

A route whose handler, services, arounds and error handlers are all sync becomes a sync function, any other a coroutine
function; both do the same in the same order. Where there is nothing to do, nothing is compiled in: a route without
arounds, services and parameters is the handler's call and one tuple.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..foundation.errors import SetupError, Where
from ..foundation.http.body_rule import ANY, FORM_ONLY, SCHEMA, STREAM, BodyRule
from ..foundation.http.request import Request
from ..foundation.http.response import Answer, Response
from .annotations import return_type
from .calls import Call
from .core import core_async, core_sync
from .error_handlers import table_of
from .failure_answers import FailureAnswers
from .finishing import finished
from .guards import Look, looks_of
from .layers import AsyncLayer, SyncLayer, function_of, layer_async, layer_sync, with_stand_in
from .levels import Level
from .marks import is_mark
from .negotiation import require_acceptable
from .outbox import SocketRule
from .parts import Parts
from .routes import Route
from .services import ASYNC_KINDS, Provider, ServiceKey, kind_of

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class Plan:
    """What the gateways run: `answer(request)`, to be awaited if `is_async`.

    `body` says how a request body is read before (None: it is not); `blocking` whether a sync plan needs a worker
    thread where there is an event loop; `timeout` after how many seconds an async one is given up.
    """

    def __init__(
        self, answer: Callable[[Request], Any], route: Route, body: BodyRule | None, *, is_async: bool, blocking: bool
    ) -> None:
        self.answer: Callable[[Request], Any] = answer
        self.route = route
        self.body = body
        self.is_async = is_async
        self.blocking = blocking
        self.timeout: float | None = None
        self.socket: SocketRule | None = None
        self.enter: Callable[[Request], Plan] | None = None
        self.foreign_socket: Callable[[Request, Any], Awaitable[None]] | None = None
        self.kernel: Any = None
        self.looks: tuple[Look, ...] = ()

    def derive(self, change: Callable[[Answer], Answer]) -> Plan:
        """The same plan with its answer changed at the end."""
        inner = self.answer

        def answer(request: Request) -> Answer:
            return change(inner(request))

        async def answer_async(request: Request) -> Answer:
            return change(await inner(request))

        plan = self.with_answer(answer_async if self.is_async else answer)
        plan.looks = self.looks
        return plan

    def with_answer(self, answer: Callable[[Request], Any], *, reads_body: bool = True) -> Plan:
        """The same plan, unguarded, with another function to answer by."""
        body = self.body if reads_body else None
        plan = Plan(answer, self.route, body, is_async=self.is_async, blocking=self.blocking)
        plan.kernel = self.kernel
        plan.timeout = self.timeout
        return plan


def compile_plan(route: Route, parts: Parts, *, answers_refusals: bool = False) -> Plan:
    """The plan of a route; SetupError if its signature cannot be filled.

    A request that was refused (a body too large) is thrown into its plan, where arounds and error handlers see it;
    `answers_refusals` is for the one plan whose handler decides what becomes of refusals.
    """
    return _Compiler(route, parts, answers_refusals=answers_refusals).compile()


@dataclass(frozen=True, slots=True)
class Facts:
    """What a plan is made of, for whoever describes it: nothing of this is asked while requests are answered.

    `calls` are the handler's and then the arounds', outermost first, each with all parameters of the services under it;
    `returns` is what the handler is annotated to return, `MISSING` if it is not.
    """

    route: Route
    calls: tuple[Call, ...]
    body: BodyRule | None
    returns: Any
    providers: Mapping[ServiceKey, Provider]


def facts_of(route: Route, parts: Parts) -> Facts:
    """The facts of a route whose plan was compiled before, from the same parts."""
    compiler = _Compiler(route, parts, answers_refusals=False)
    arounds = [*parts.outer_arounds, *compiler.inner_arounds]
    providers = parts.providers if route.level is None else route.level.providers
    calls = (compiler.call, *(compiler._call(function_of(around)) for around in arounds))
    return Facts(route, calls, compiler._body_rule(), return_type(route.handler), providers)


class _Compiler:
    def __init__(self, route: Route, parts: Parts, *, answers_refusals: bool) -> None:
        self.route = route
        self.parts = parts
        self.throws_refusals = not answers_refusals
        self.around_reply = parts.replies.compile(None, 200, "around")
        tables = [table_of(handlers, parts) for handlers in (*reversed(route.error_handlers), parts.error_handlers)]
        for table in tables:
            table.check(route.names)
        self.failures = FailureAnswers(tables, parts.replies)
        self.errors_wait = any(table.has_services for table in tables)
        self.inner_arounds = [
            with_stand_in(around, parts.providers)
            for around in (*parts.app_arounds, *route.arounds)
            if not is_mark(around)
        ]
        functions = [route.handler, *map(function_of, [*parts.outer_arounds, *self.inner_arounds])]
        self.is_async = any(kind_of(function) in ("coroutine", "async generator") for function in functions) or any(
            table.is_async for table in tables
        )
        self.call = self._call(route.handler)
        if not self.is_async and self._needs_async():
            # A service somewhere below awaits: the plan does too, and a `def` handler runs in a thread from there.
            self.is_async = True
            self.call = self._call(route.handler)
        self._check_path_names()
        self.looks = () if answers_refusals else looks_of(route, parts.guards)
        annotation = return_type(route.handler)
        name = getattr(route.handler, "__qualname__", "handler")
        tagged = parts.replies.finish_tagged if route.etag else None
        self.finish = tagged or parts.replies.finish
        self.reply = parts.replies.compile(
            annotation, route.status, name, route.media_type, produces=route.produces, finish=tagged,
            varies=self.call.takes_request or bool(self.call.steps) or parts.translated, where=Where.of(route.handler),
        )  # fmt: skip
        if route.produces:
            self.inner_arounds.append(require_acceptable(route.produces))

    def _call(self, function: Callable[..., Any]) -> Call:
        # What decides between DB and AsyncDB is the function that asks, not the plan around it.
        asks_async = self.is_async if function is not self.route.handler else kind_of(function) in ASYNC_KINDS
        surroundings = self.parts.surroundings(self.route.names, self._level_of(function), asks_async)
        return Call(function, surroundings, self.parts.singletons)

    def _level_of(self, function: Callable[..., Any]) -> Level | None:
        """What a handler or around sees: what is seen where it was written."""
        if function is self.route.handler:
            return self.route.level
        for around, level in zip(self.route.arounds, self.route.around_levels, strict=False):
            if function_of(around) is function:
                return level
        return None

    def _check_path_names(self) -> None:
        """A name in the path that nobody takes is a name that was misspelt, here or in the signature."""
        unused = [name for name in self.route.pattern.names if not _takes(self.call, name)]
        arounds = [*self.parts.outer_arounds, *self.inner_arounds] if unused else []
        calls = [self._call(function_of(around)) for around in arounds]
        unused = [name for name in unused if not any(_takes(call, name) for call in calls)]
        if unused:
            handler = getattr(self.route.handler, "__name__", "handler")
            raise SetupError(
                "DMJ0320", f"{self.route}: nothing takes {{{unused[0]}}} of the path.",
                fix=f"def {handler}({unused[0]}: str, ...)   or request: Request, for request.path_params",
                where=self.route.where,
            )  # fmt: skip

    def _needs_async(self) -> bool:
        return self.call.is_async or any(
            self._call(function_of(around)).is_async for around in [*self.parts.outer_arounds, *self.inner_arounds]
        )

    def _refusals_wait(self) -> bool:
        """Whether something is made for refusals that may have to wait: else they need no thread."""
        arounds = [*self.parts.outer_arounds, *self.inner_arounds]
        return self.errors_wait or any(self._call(function_of(around)).steps for around in arounds)

    def compile(self) -> Plan:
        route = self.route
        plain = not self.inner_arounds and not self.parts.outer_arounds
        if self.is_async:
            answer: Callable[[Request], Any] = self._plain_async() if plain else self._layered_async()
        else:
            answer = self._plain_sync() if plain else self._layered_sync()
        answer = finished(answer, route, self.parts.finishers, self.parts.pool, is_async=self.is_async)
        blocking = route.blocking if self.throws_refusals else self._refusals_wait()
        plan = Plan(answer, route, self._body_rule(), is_async=self.is_async, blocking=blocking)
        plan.timeout = self.parts.timeouts.handler if route.timeout == "app" else route.timeout
        plan.looks = self.looks
        return plan

    def _body_rule(self) -> BodyRule | None:
        limits = self.parts.limits
        limit = self.route.body_limit or limits.body
        form_limit = max(limit, limits.form) if self.route.body_limit is None else limit
        if self.call.has_stream:
            return BodyRule(limit, limit, STREAM)
        if self.call.has_body:
            return BodyRule(limit, form_limit, SCHEMA)
        if self.call.has_form:
            return BodyRule(limit, form_limit, FORM_ONLY)
        if set(self.route.methods) <= _SAFE:
            return None
        return BodyRule(limit, form_limit, ANY)

    # Without arounds: straight to an Answer -------------------------------------------------------------------

    def _arguments(self) -> Callable[[Request], tuple[Any, ...]] | None:
        """All arguments by one function, where the client's values are all that is needed; None elsewhere."""
        call = self.call
        if not call.values_only or self._body_rule() is not None or not self.throws_refusals or self.looks:
            return None
        return call.client_values if call.parameters else _no_arguments

    def _plain_sync(self) -> Callable[[Request], Answer]:
        reply, failed = self.reply.answer, self.failures.answer
        function, arguments = self.call.function, self._arguments()
        if self.call.body_only:
            read_body = self.call.body_reader

            def answer(request: Request) -> Answer:
                try:
                    if request.refusal is not None:
                        raise request.refusal
                    return reply(function(read_body(request)), request)
                except Exception as error:
                    return failed(request, error)
        elif arguments is None:
            core: Callable[[Request], Answer] = self._core_sync(reply)

            def answer(request: Request) -> Answer:
                try:
                    return core(request)
                except Exception as error:
                    return failed(request, error)
        elif arguments is _no_arguments:

            def answer(request: Request) -> Answer:
                try:
                    return reply(function(), request)
                except Exception as error:
                    return failed(request, error)
        else:

            def answer(request: Request) -> Answer:
                try:
                    return reply(function(*arguments(request)), request)
                except Exception as error:
                    return failed(request, error)

        return answer

    def _plain_async(self) -> Callable[[Request], Awaitable[Answer]]:
        reply, failed = self.reply.answer, self.failures.answer_async
        function, arguments = self.call.function, self._arguments()
        is_coroutine = kind_of(function) == "coroutine"
        if self.call.body_only and is_coroutine:
            read_body = self.call.body_reader

            async def answer(request: Request) -> Answer:
                try:
                    if request.refusal is not None:
                        raise request.refusal
                    return reply(await function(read_body(request)), request)
                except Exception as error:
                    return await failed(request, error)
        elif arguments is None or not is_coroutine:
            core: Callable[[Request], Awaitable[Answer]] = self._core_async(reply)

            async def answer(request: Request) -> Answer:
                try:
                    return await core(request)
                except Exception as error:
                    return await failed(request, error)
        elif arguments is _no_arguments:

            async def answer(request: Request) -> Answer:
                try:
                    return reply(await function(), request)
                except Exception as error:
                    return await failed(request, error)
        else:

            async def answer(request: Request) -> Answer:
                try:
                    return reply(await function(*arguments(request)), request)
                except Exception as error:
                    return await failed(request, error)

        return answer

    def _to_response(self) -> Callable[[Any, Request], Response]:
        respond, complete = self.reply.response, self.parts.replies.complete

        def to_response(value: Any, request: Request) -> Response:
            response = respond(value)
            return response if response.__class__ is Response else complete(response, request)

        return to_response

    # With arounds: a Response until the end -------------------------------------------------------------------

    def _layered_sync(self) -> Callable[[Request], Answer]:
        layer: SyncLayer = self._core_sync(self._to_response())
        for around in reversed(self.inner_arounds):
            layer = layer_sync(around, self._call(function_of(around)), layer, self._respond)
        guarded, failed = layer, self.failures.response

        def with_error_handlers(request: Request) -> Response:
            try:
                return guarded(request)
            except Exception as error:
                return failed(request, error)

        outer: SyncLayer = with_error_handlers
        for around in reversed(self.parts.outer_arounds):
            outer = layer_sync(around, self._call(function_of(around)), outer, self._respond)
        whole, finish, last = outer, self.finish, self.failures.answer

        def answer(request: Request) -> Answer:
            try:
                return finish(whole(request), request)
            except Exception as error:
                return last(request, error)

        return answer

    def _layered_async(self) -> Callable[[Request], Awaitable[Answer]]:
        layer: AsyncLayer = self._core_async(self._to_response())
        for around in reversed(self.inner_arounds):
            layer = layer_async(around, self._call(function_of(around)), layer, self._respond)
        guarded, failed = layer, self.failures.response_async

        async def with_error_handlers(request: Request) -> Response:
            try:
                return await guarded(request)
            except Exception as error:
                return await failed(request, error)

        outer: AsyncLayer = with_error_handlers
        for around in reversed(self.parts.outer_arounds):
            outer = layer_async(around, self._call(function_of(around)), outer, self._respond)
        whole, finish, last = outer, self.finish, self.failures.answer_async

        async def answer(request: Request) -> Answer:
            try:
                return finish(await whole(request), request)
            except Exception as error:
                return await last(request, error)

        return answer

    def _respond(self, value: Any) -> Response:
        """What an around returned, as a response: any value that a handler may return."""
        return self.around_reply.response(value)

    def _core_sync(self, reply: Callable[[Any, Request], Any]) -> Callable[[Request], Any]:
        return core_sync(self.call, reply, throws_refusals=self.throws_refusals)

    def _core_async(self, reply: Callable[[Any, Request], Any]) -> Callable[[Request], Awaitable[Any]]:
        blocking, throws = self.route.blocking, self.throws_refusals
        return core_async(self.call, reply, self.parts.pool, blocking=blocking, throws_refusals=throws)


def _takes(call: Call, name: str) -> bool:
    """Whether a function, or a service under it, takes a name of the path, or the request that has them all."""
    return call.takes_request or any(
        parameter.source in ("path", "bound") and name in (parameter.name, parameter.wire)
        for parameter in call.parameters
    )


def _no_arguments(_: Request) -> tuple[Any, ...]:
    return ()
