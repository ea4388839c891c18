"""Calling a user's function, with its arguments and the services that they take.

A call's arguments are picked from a *frame*, a list that grows while the exchange is prepared: the request, the body,
the client's values, then each service in the order in which they must be made. Which position goes where was worked out
when the app was sealed (`wiring`), so that a request only appends and picks.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

from ..foundation.http.errors import UnprocessableContent
from ..foundation.http.request import Request
from .arguments import Bind, compile_bind, invalid_request
from .bodies import ReadBody, compile_body
from .services import Cleanup, Hop, Singletons, kind_of
from .signature import Surroundings
from .wiring import Frame, Pick, Step, Wirer, Wiring, awaited_first, by_keyword


class Call:
    """A function of the user's, ready to be called for a request."""

    __slots__ = (
        "_bind",
        "_body",
        "_called",
        "_pick",
        "body_only",
        "function",
        "has_body",
        "has_form",
        "has_stream",
        "keywords",
        "late",
        "parameters",
        "steps",
        "takes_request",
        "takes_socket",
        "values_only",
    )

    def __init__(self, function: Callable[..., Any], surroundings: Surroundings, singletons: Singletons) -> None:
        wiring = Wirer(surroundings, singletons, Call)
        own = wiring.wire(function)
        self.function = function
        self._called = by_keyword(function, own.keywords) if own.keywords else function
        self.keywords = own.keywords
        self.steps = wiring.steps
        if self.is_async and kind_of(function) == "value":
            self.steps = awaited_first(wiring.steps, own)
        # Where the steps begin that follow the last one to be awaited.
        self.late = max((index for index, step in enumerate(self.steps, 1) if step.is_async), default=0)
        self.parameters = wiring.parameters
        self.takes_request = wiring.takes_request
        self.takes_socket = wiring.takes_socket
        self.has_body = wiring.body is not None
        self.has_form = any(field.source in ("form", "file") for field in wiring.fields)
        self._bind: Bind | None = compile_bind(wiring.fields, surroundings.path_names) if wiring.fields else None
        body = wiring.body
        self.has_stream = body is not None and body.source == "stream"
        self._body: ReadBody | None = None
        if body is not None:
            self._body = operator.attrgetter("stream") if self.has_stream else compile_body(body.type, body.default)
        self._pick = _picker(own, len(wiring.fields))
        for step in self.steps:
            step.pick = _picker(step.wiring, len(wiring.fields))
        # The plainest case: the client's values are the arguments, in their order.
        plain = [("field", index) for index in range(len(wiring.fields))]
        self.values_only = own.positions == plain and not self.keywords and not self.steps and body is None
        # The next plainest: the body is the one argument.
        self.body_only = own.positions == [("body", 0)] and not self.keywords and not self.steps

    @property
    def is_async(self) -> bool:
        """Whether preparing its arguments takes an `await`."""
        return any(step.is_async for step in self.steps)

    @property
    def client_values(self) -> Bind:
        """The function that gives the client's values; its 422 lists all that is wrong."""
        assert self._bind is not None
        return self._bind

    @property
    def body_reader(self) -> ReadBody:
        """The function that reads the typed body."""
        assert self._body is not None
        return self._body

    def rests(self, frame: Frame) -> list[Callable[[], Any]]:
        """What lets its services rest while a piece of a stream is on its way; for a frame that is full."""
        first = len(frame) - len(self.steps)
        return [
            functools.partial(step.provider.rest, frame[first + index])
            for index, step in enumerate(self.steps)
            if step.provider is not None and step.provider.rest is not None
        ]

    def frame(self, request: Request) -> Frame:
        """The frame with what needs no service."""
        if self._body is None:
            return [request, None] if self._bind is None else [request, None, *self._bind(request)]
        if self._bind is None:
            return [request, self._body(request)]
        try:
            values = self._bind(request)
        except UnprocessableContent as error:
            try:
                self._body(request)
            except UnprocessableContent as more:
                raise invalid_request([*error.errors, *more.errors]) from None
            raise
        return [request, self._body(request), *values]

    def invoke(self, frame: Frame) -> Any:
        """Call the function with what the frame holds."""
        return self._called(*self._pick(frame))

    def prepare(self, request: Request, cleanups: list[Cleanup], shared: dict[Any, Any] | None = None) -> Frame:
        """A full frame, in a sync plan; services that must be closed are added to `cleanups`.

        `shared` holds what was made already, by its key: for the exchange, if nothing else is said.
        """
        frame = self.frame(request)
        shared = made_for(request) if shared is None else shared
        for step in self.steps:
            frame.append(_make(step, frame, shared, cleanups))
        return frame

    async def prepare_async(
        self,
        request: Request,
        cleanups: list[Cleanup],
        hop: Hop | None = None,
        shared: dict[Any, Any] | None = None,
        *,
        early: bool = False,
    ) -> Frame:
        """As `prepare`, where services may be awaited; `hop` takes sync ones, which may block, to a worker thread.

        With `early`, those that come after the last awaited one are left to `prepare_late`.
        """
        frame = self.frame(request)
        shared = made_for(request) if shared is None else shared
        for step in self.steps[: self.late] if early else self.steps:
            if step.is_async:
                frame.append(await _make_async(step, frame, shared, cleanups))
            elif hop is None:
                frame.append(_make(step, frame, shared, cleanups))
            else:
                frame.append(await hop(_make, step, frame, shared, cleanups))
        return frame

    def prepare_late(self, request: Request, frame: Frame, cleanups: list[Cleanup], own: list[Cleanup]) -> None:
        """Make what an early `prepare_async` has left, in a thread; what closes it is added to `own`."""
        shared = made_for(request)
        for step in self.steps[self.late :]:
            frame.append(_make(step, frame, shared, cleanups if step.outermost else own))


def made_for(request: Request) -> dict[Any, Any]:
    """What was made for this exchange, by the keys of its steps."""
    shared: dict[Any, Any] | None = request._scope
    if shared is None:
        shared = request._scope = {}
    return shared


def found_for(request: Request, key: Any) -> Any:
    """What was made for this exchange under a key; None if nothing was."""
    shared: dict[Any, Any] | None = request._scope
    return None if shared is None else shared.get(key)


def _make(step: Step, frame: Frame, shared: dict[Any, Any], cleanups: list[Cleanup]) -> Any:
    if step.key is not None and step.key in shared:
        return shared[step.key]
    value = step.factory(*step.pick(frame))
    if step.kind == "generator":
        generator: Generator[Any, None, None] = value
        value = next(generator)
        cleanups.insert(0 if step.outermost else len(cleanups), generator)
    if step.key is not None:
        shared[step.key] = value
    return value


async def _make_async(step: Step, frame: Frame, shared: dict[Any, Any], cleanups: list[Cleanup]) -> Any:
    if step.key is not None and step.key in shared:
        return shared[step.key]
    value = step.factory(*step.pick(frame))
    if step.kind == "async generator":
        generator: AsyncGenerator[Any, None] = value
        value = await anext(generator)
        cleanups.append(generator)
    else:
        value = await value
    if step.key is not None:
        shared[step.key] = value
    return value


def _picker(wiring: Wiring, field_count: int) -> Pick:
    offsets = {"request": 0, "body": 1, "field": 2, "step": 2 + field_count}
    indexes = [offsets[kind] + index for kind, index in wiring.positions]
    if not indexes:
        return lambda _: ()
    if len(indexes) == 1:
        only = indexes[0]
        return lambda frame: (frame[only],)
    return operator.itemgetter(*indexes)
