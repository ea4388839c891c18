"""`EventStream`: server-sent events from a generator, for as long as the page listens.

The generator runs in one task of its own (a `def` generator in one thread of its own) from beginning to end, so that
task groups and time-outs around its `yield` work. It is asked for an event when the one before has been taken. While
it is silent, a comment goes out every so often: that keeps proxies from closing the connection, and finds out who has
left.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
import typing
from collections import abc
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from functools import partial
from queue import SimpleQueue
from typing import Any

import msgspec

from ..foundation.http.events import EVENT_STREAM, Event
from ..foundation.http.response import Response, StreamBody

HEARTBEAT = 15.0  # seconds: proxies close what has been silent for 30 to 60
_SILENCE = b":\n\n"
_END = object()
_STREAMS = (
    abc.AsyncIterator, abc.AsyncIterable, abc.AsyncGenerator, abc.Iterator, abc.Iterable, abc.Generator,
)  # fmt: skip


class EventStream(Response):
    """An answer of server-sent events: `EventStream(changes())`, of a generator of `Event`, text or values for JSON.

    A handler that is itself a generator is annotated `-> AsyncIterator[Event]` instead. `heartbeat` is after how many
    silent seconds a comment is sent, `retry` after how many milliseconds a page connects again when it was cut off.
    """

    __slots__ = ("feed",)

    def __init__(
        self,
        events: Iterable[Any] | AsyncIterable[Any] | StreamBody,
        *,
        headers: Mapping[str, str] | None = None,
        heartbeat: float | None = HEARTBEAT,
        retry: int | None = None,
    ) -> None:
        if heartbeat is not None and heartbeat <= 0:
            raise ValueError(f"heartbeat is a number of seconds, or None for none at all, not {heartbeat!r}.")
        close = events.close if isinstance(events, StreamBody) else None
        source = events.chunks if isinstance(events, StreamBody) else events
        self.feed = Feed(source, heartbeat, None if retry is None else Event(retry=retry))
        own = {"cache-control": "no-store", "x-accel-buffering": "no", **(headers or {})}
        super().__init__(StreamBody(self.feed, close), headers=own, media_type=EVENT_STREAM)


class Feed:
    """The events of one stream as bytes, with comments in between."""

    def __init__(self, source: Any, heartbeat: float | None, first: Event | None) -> None:
        if isinstance(source, str | bytes | Mapping | Event) or not (
            hasattr(source, "__aiter__") or hasattr(source, "__iter__")
        ):
            raise TypeError(f"EventStream takes a generator of events, or another iterable, not {source!r}.")
        self.to_json: Callable[[Any], bytes] = msgspec.json.encode
        self._source = source
        self._heartbeat = heartbeat
        # Something goes out at once: the page knows that it is connected, and no server keeps the headers back.
        self._first: bytes | None = _SILENCE if first is None else first.encode()
        self._task: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()
        self._next: asyncio.Future[bytes | None] | None = None

    def __aiter__(self) -> Feed:
        return self

    async def __anext__(self) -> bytes:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        if self._next is None:
            if self._task is not None and self._task.done():
                raise StopAsyncIteration
            self._next = asyncio.get_running_loop().create_future()
            self._wanted.set()
            if self._task is None:
                self._task = asyncio.create_task(self._run())
        await asyncio.wait({self._next}, timeout=self._heartbeat)
        if not self._next.done():
            return _SILENCE
        made, self._next = self._next, None
        try:
            chunk = made.result()
        finally:
            del made  # An error that it holds would hold this frame, and all of them wait for the collector.
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    async def _run(self) -> None:
        source = aiter(self._source) if hasattr(self._source, "__aiter__") else _InThread(self._source)
        try:
            async for item in source:
                event = item if isinstance(item, Event) else Event(item)
                self._wanted.clear()
                self._hand_over(event.encode(self.to_json))
                await self._wanted.wait()
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) or self._next is None or self._next.done():
                raise
            self._next.set_exception(error)
        finally:
            if hasattr(source, "aclose"):
                await source.aclose()
            self._hand_over(None)

    def _hand_over(self, chunk: bytes | None) -> None:
        if self._next is not None and not self._next.done():
            self._next.set_result(chunk)

    async def aclose(self) -> None:
        """End the generator where it is: its `finally` has run when this returns."""
        task = self._task
        if task is None:  # It was never begun.
            if hasattr(self._source, "aclose"):
                await self._source.aclose()
            elif hasattr(self._source, "close"):
                self._source.close()
            return
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
        error = None if task.cancelled() else task.exception()
        if error is not None:
            raise error


class _InThread:
    """A blocking iterator, advanced and closed in a daemon thread of its own.

    It may be silent for hours: on one of the threads that handlers share, a few such streams would hold up everybody.
    """

    def __init__(self, source: Iterable[Any]) -> None:
        self._source = source
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._context = contextvars.copy_context()
        self._iterator: Any = None

    def __aiter__(self) -> _InThread:
        return self

    async def __anext__(self) -> Any:
        if self._iterator is None:
            self._iterator = iter(self._source)
            threading.Thread(target=self._work, name="demijohn-events", daemon=True).start()
        value = await self._do(next, self._iterator, _END)
        if value is _END:
            raise StopAsyncIteration
        return value

    async def aclose(self) -> None:
        """Close the iterator, when it has come to its next event; then end the thread."""
        if self._iterator is None:
            return
        try:
            if hasattr(self._iterator, "close"):
                await self._do(self._iterator.close)
        finally:
            self._jobs.put(None)

    async def _do(self, function: Callable[..., Any], *arguments: Any) -> Any:
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Any] = loop.create_future()
        self._jobs.put(partial(self._job, loop, outcome, function, *arguments))
        try:
            return await asyncio.shield(outcome)
        except asyncio.CancelledError:
            await asyncio.wait({outcome})  # No thread can be cut short.
            if not outcome.cancelled():
                outcome.exception()
            raise
        finally:
            del outcome  # As above.

    def _job(
        self, loop: asyncio.AbstractEventLoop, outcome: asyncio.Future[Any], function: Callable[..., Any], *given: Any
    ) -> None:
        result, error = _attempt(self._context.run, function, *given)
        if error is None:
            loop.call_soon_threadsafe(outcome.set_result, result)
        else:
            loop.call_soon_threadsafe(outcome.set_exception, error)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def _attempt(function: Callable[..., Any], *arguments: Any) -> tuple[Any, BaseException | None]:
    try:
        return function(*arguments), None
    except BaseException as error:
        return None, error


def yields_events(annotation: Any) -> bool:
    """Whether a return annotation is that of a generator of events.

    >>> yields_events(abc.AsyncIterator[Event]), yields_events(abc.Iterator[str])
    (True, False)
    """
    if annotation is EventStream:
        return True
    if typing.get_origin(annotation) not in _STREAMS:
        return False
    kinds = typing.get_args(annotation)[:1]
    kinds = typing.get_args(kinds[0]) or kinds  # Iterator[Event | str]
    return any(isinstance(kind, type) and issubclass(kind, Event) for kind in kinds)
