"""Rows one after the other, from a cursor of the server's: `for row in db.stream(statement)`.

Theory. What is read whole stands in memory whole. A stream has a few hundred rows there, and pays with a connection
that is nobody else's until it ends; so there are only so many at a time, and only for so long. Where a pause between
the rows would be long, `in_batches` is the better way: it asks anew for each batch, and holds nothing in between.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Generator, Iterator
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from sqlalchemy import Connection, Select, select
from sqlalchemy.ext.asyncio import AsyncResult, AsyncSession

from .async_reading import AsyncDirect
from .begin import STREAMING
from .deadlines import OPTION, USUAL
from .queries import Asked
from .slots import Slots, slots_of
from .transactions import Transactions

T = TypeVar("T")


class StreamTimeout(RuntimeError):
    """A stream was open for longer than it may be."""


class Stream(Generic[T]):
    """The rows of a statement, fetched as they are asked for; ended by its last row, by `close`, and with its unit."""

    def __init__(self, db: Streaming, statement: Any, size: int) -> None:
        self._db = db
        self._statement = statement
        self._size = size
        self._rows: Iterator[T] | None = None
        self._result: Any = None
        self._slots: Slots | None = None
        self._connection: Connection | None = None
        self._until = 0.0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        rows = self._rows if self._rows is not None else self._open()
        try:
            if time.monotonic() > self._until:
                raise StreamTimeout("This stream was open for too long: read it faster, or in batches (in_batches).")
            return next(rows)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it; the unit and its connection are as before."""
        self._rows = iter(())
        self._db._open_streams.discard(self)
        result, self._result = self._result, None
        slots, self._slots = self._slots, None
        try:
            if result is not None:
                result.close()
        finally:
            if self._connection is not None:
                if not (self._connection.invalidated or self._connection.closed):  # as by who was cancelled
                    self._connection.info.pop(STREAMING, None)
                self._connection = None
            if slots is not None:
                slots.give_back()

    def _open(self) -> Iterator[T]:
        db = self._db
        bind = db.get_bind(clause=self._statement)
        slots = slots_of(bind.engine)
        if slots is not None:
            slots.take()
            self._slots = slots
        self._until = time.monotonic() + (slots.seconds if slots is not None else float("inf"))
        db._open_streams.add(self)
        try:
            options: dict[str, Any] = {"stream_results": True, "yield_per": self._size}
            if slots is not None and db._seconds is USUAL:
                options[OPTION] = slots.seconds
            self._result = result = db.execute(self._statement, execution_options=options)
            self._connection = db.connection(bind_arguments={"bind": bind})
            self._connection.info[STREAMING] = True
        except BaseException:
            self.close()
            raise
        rows: Any = result.scalars() if len(result.keys()) == 1 else result
        opened: Iterator[T] = iter(rows)
        self._rows = opened
        return opened


class AsyncStream(Generic[T]):
    """As `Stream`, for `async for`; awaited, it is what SQLAlchemy's `AsyncSession.stream` gives."""

    def __init__(self, db: AsyncStreaming, stream: Stream[T], awaited: Any, size: int) -> None:
        self._db = db
        self._stream = stream
        self._awaited = awaited
        self._size = size
        self._rows: Iterator[T] = iter(())
        self._ended = False

    def __await__(self) -> Generator[Any, None, AsyncResult[Any]]:
        result: Generator[Any, None, AsyncResult[Any]] = self._awaited().__await__()
        return result

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        for row in self._rows:
            return row
        if not self._ended:
            rows = await self._db.run_sync(_some_of, self._stream, self._size)
            self._ended, self._rows = len(rows) < self._size, iter(rows)
            for row in self._rows:
                return row
        raise StopAsyncIteration

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End it; the unit and its connection are as before."""
        self._ended, self._rows = True, iter(())
        await self._db.run_sync(_close, self._stream)


def _some_of(_: Any, stream: Stream[T], size: int) -> list[T]:
    return list(itertools.islice(stream, size))


def _close(_: Any, stream: Stream[Any]) -> None:
    stream.close()


class Streaming(Transactions):
    """What `DB` knows of streams."""

    def __init__(self, bind: Any = None, **options: Any) -> None:
        self._open_streams: set[Stream[Any]] = set()
        super().__init__(bind, **options)

    def stream(self, what: Any, *, size: int = 500) -> Stream[Any]:
        """The rows of a statement or of a model (or what is in them, if that is one thing), `size` in memory at a
        time: a connection is held from the first row to the last, on purpose.

        As many may be open as `max_streams` says (`TooManyStreams`, answered 503), each for `stream_timeout` seconds
        (`StreamTimeout`). On MariaDB and MySQL the unit can ask nothing else meanwhile: that is a `RuntimeError`.
        """
        return Stream(self, _statement(what), size)

    def close(self) -> None:
        """As `Session.close`; streams end."""
        for stream in tuple(self._open_streams):
            stream.close()
        super().close()

    def pause(self) -> None:
        """As for all units; one that streams keeps its connection."""
        if not self._open_streams:
            super().pause()


class AsyncStreaming(AsyncDirect):
    """As `Streaming`, awaited."""

    def stream(self, what: Any, *arguments: Any, size: int = 500, **options: Any) -> AsyncStream[Any]:  # type: ignore[override]
        """As `DB.stream`, by `async for`; `await db.stream(statement)` is SQLAlchemy's, with its arguments."""
        unit: Any = self.sync_session
        stream: Stream[Any] = Stream(unit, _statement(what), size)
        return AsyncStream(self, stream, lambda: AsyncSession.stream(self, what, *arguments, **options), size)


def _statement(what: Any) -> Any:
    if isinstance(what, Asked):
        return what.statement
    statement: Select[Any] = select(what) if isinstance(what, type) else what
    return statement
