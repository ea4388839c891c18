"""The body of a request as it arrives: for handlers that do not want it in memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterator
from typing import Any, Protocol

from .errors import BadRequest, ContentTooLarge

CHUNK = 65_536


class ClientDisconnected(BadRequest):
    """The client went away before its body was whole: nobody reads the answer, so that raising it on is fine."""

    def __init__(self) -> None:
        super().__init__("The body ended before it was whole.")


class BodySource(Protocol):
    """Where a gateway reads a body from, in both ways: an empty piece is its end."""

    def next(self) -> bytes: ...
    def next_async(self) -> Awaitable[bytes]: ...


class BodyStream:
    """The body of a request, piece by piece: `for chunk in body`, or `async for chunk in body` in an `async def`.

    It is bounded by the route's `body_limit`: the piece that goes over it raises ContentTooLarge (413). `content_type`
    is the client's claim, and so is `length`, in bytes; None where it did not say. A body can be read once.
    """

    __slots__ = ("_ended", "_held", "_source", "content_type", "length", "limit", "received")

    def __init__(self, source: BodySource, limit: int, content_type: str | None, length: int | None) -> None:
        self._source = source
        self._held = b""
        self._ended = False
        self.limit = limit
        self.content_type = content_type
        self.length = length
        self.received = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """The next piece, in a `def`; it waits for the client."""
        if self._held:
            held, self._held = self._held, b""
            return held
        chunk = b"" if self._ended else self._take(self._source.next())
        if not chunk:
            raise StopIteration
        return chunk

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes (all that is left if negative), in a `def`: as a file's `read`, for libraries."""
        pieces: list[bytes] = []
        found = 0
        while size < 0 or found < size:
            piece = next(self, b"")
            if not piece:
                break
            pieces.append(piece)
            found += len(piece)
        data = b"".join(pieces)
        if 0 <= size < len(data):
            self._held = data[size:] + self._held
            data = data[:size]
        return data

    def read_some(self, size: int) -> bytes:
        """What has come, at most `size` bytes of it; empty at the end."""
        data = next(self, b"")
        if len(data) > size:
            data, self._held = data[:size], data[size:]
        return data

    def __aiter__(self) -> BodyStream:
        return self

    def __anext__(self) -> Awaitable[bytes]:
        """The next piece, in an `async def`."""
        return _Next(self._next_async)

    def _next_async(self) -> Generator[Any, Any, bytes]:
        if self._ended:
            raise StopAsyncIteration
        chunk = self._take((yield from self._source.next_async().__await__()))
        if not chunk:
            raise StopAsyncIteration
        return chunk

    def _take(self, chunk: bytes) -> bytes:
        """Count a piece that has come; it raises where there are too many."""
        self.received += len(chunk)
        if not chunk:
            self._ended = True
        elif self.received > self.limit:
            self._ended = True
            raise ContentTooLarge(
                f"The body is over {self.limit} bytes, the most that is read here.", headers={"connection": "close"}
            )
        return chunk

    @property
    def ended(self) -> bool:
        """Whether all of it was read."""
        return self._ended

    def __repr__(self) -> str:
        return f"<BodyStream {self.received} bytes read of {'?' if self.length is None else self.length}>"


class _Next:
    """What `await` takes: the wait is the gateway's, as nothing down here knows event loops."""

    __slots__ = ("_wait",)

    def __init__(self, wait: Callable[[], Generator[Any, Any, bytes]]) -> None:
        self._wait = wait

    def __await__(self) -> Generator[Any, Any, bytes]:
        return self._wait()
