"""A stream of server-sent events as a test reads it: one after the other, while the app goes on making them."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import msgspec

from .answer import ClientResponse
from .asgi import scope_of
from .exchange import ClientRequest
from .wsgi import environ_of

_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True)
class ReceivedEvent:
    """One event as a page gets it; `id` is the last that was named, in this event or before."""

    data: str
    event: str = "message"
    id: str = ""
    retry: int | None = None

    def json(self) -> Any:
        """The data, decoded from JSON."""
        return msgspec.json.decode(self.data)


class EventParser:
    """Bytes in, events out, as the standard has it: comments and what is incomplete are left out."""

    def __init__(self) -> None:
        self._rest = b""
        self._id = ""
        self._retry: int | None = None

    def feed(self, chunk: bytes) -> Iterator[ReceivedEvent]:
        """The events that are complete with this piece."""
        # A CR may be the first half of a line's end: it waits for what follows.
        whole = self._rest + chunk
        held = b"\r" if whole.endswith(b"\r") else b""
        lines = _LINE_END.split(whole[: len(whole) - len(held)])
        block: list[bytes] = []
        for line in lines[:-1]:
            if line:
                block.append(line)
            else:
                event = self._event(block)
                block = []
                if event is not None:
                    yield event
        self._rest = b"\n".join([*block, lines[-1]]) + held

    def _event(self, lines: list[bytes]) -> ReceivedEvent | None:
        data: list[str] = []
        name = "message"
        for line in lines:
            field, _, value = line.decode("utf-8", "replace").partition(":")
            value = value.removeprefix(" ")
            if field == "data":
                data.append(value)
            elif field == "event":
                name = value or "message"
            elif field == "id" and "\0" not in value:
                self._id = value
            elif field == "retry" and value.isascii() and value.isdigit():
                self._retry = int(value)
        return ReceivedEvent("\n".join(data), name, self._id, self._retry) if data else None


class EventReader:
    """`with client.events("/news") as news: first = next(news)`; leaving the block is leaving the page."""

    def __init__(self, door: Callable[..., Any], request: ClientRequest) -> None:
        self.request = request
        self._door = door
        self._events: list[ReceivedEvent] = []
        self._parser = EventParser()

    def __enter__(self) -> Self:
        started: list[Any] = []
        self._body = self._door(environ_of(self.request), lambda *told: started.append(told))
        status, headers = started[-1][:2]
        self.response = ClientResponse(self.request, int(status[:3]), headers, b"")
        self._chunks = iter(self._body)
        if not _is_stream(self.response):
            self.response.content = b"".join(self._chunks)
            self._close()
            raise _no_stream(self.response)
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        close = getattr(self._body, "close", None)
        if close is not None:
            close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ReceivedEvent:
        while not self._events:
            self._events += self._parser.feed(next(self._chunks))
        return self._events.pop(0)


class AsyncEventReader:
    """`async with client.events("/news") as news: first = await anext(news)`."""

    def __init__(self, door: Callable[..., Any], request: ClientRequest) -> None:
        self.request = request
        self._door = door
        self._events: list[ReceivedEvent] = []
        self._parser = EventParser()

    async def __aenter__(self) -> Self:
        self._sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue(1)
        self._gone = asyncio.Event()
        unread = [{"type": "http.request", "body": self.request.body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if unread:
                return unread.pop()
            await self._gone.wait()
            return {"type": "http.disconnect"}

        self._task = asyncio.ensure_future(self._door(scope_of(self.request), receive, self._sent.put))
        start = await self._next()
        pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
        self.response = ClientResponse(self.request, start["status"], pairs, b"")
        if not _is_stream(self.response):
            more = True
            while more:
                message = await self._next()
                self.response.content += message.get("body", b"")
                more = message.get("more_body", False)
            await self._close()
            raise _no_stream(self.response)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        self._gone.set()
        while not self._task.done():
            with contextlib.suppress(asyncio.QueueEmpty):
                self._sent.get_nowait()
            await asyncio.wait({self._task}, timeout=0.02)
        self._task.result()

    async def _next(self) -> dict[str, Any]:
        told = asyncio.ensure_future(self._sent.get())
        await asyncio.wait({told, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not told.done() and not self._sent.empty():
            await asyncio.sleep(0)
        if told.done():
            return told.result()
        told.cancel()
        self._task.result()
        return {"type": "http.response.body", "body": b""}

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ReceivedEvent:
        while not self._events:
            message = await self._next()
            self._events += self._parser.feed(message.get("body", b""))
            if not self._events and not message.get("more_body"):
                raise StopAsyncIteration
        return self._events.pop(0)


def _is_stream(response: ClientResponse) -> bool:
    return response.headers.get("content-type", "").startswith("text/event-stream")


def _no_stream(response: ClientResponse) -> ValueError:
    start = response.content[:200].decode("utf-8", "replace")
    return ValueError(f"{response!r} is no stream of events. It starts: {start!r}")
