"""Asks an ASGI callable in this process, as a server would."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from .answer import ClientResponse
from .exchange import ClientRequest


async def ask(door: Callable[..., Any], request: ClientRequest) -> ClientResponse:
    """Send one request through the door and read the whole answer; what the door raises goes through."""
    finished = asyncio.Event()
    unread = [{"type": "http.request", "body": request.body, "more_body": False}]
    status, headers, chunks = 0, [], []

    async def receive() -> Any:
        if unread:
            return unread.pop()
        await finished.wait()  # a client that stays until it has its answer
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], message.get("headers", [])
        elif message["type"] == "http.response.body":
            chunks.append(bytes(message.get("body", b"")))
            if not message.get("more_body"):
                finished.set()

    await door(scope_of(request), receive, send)
    finished.set()
    if not status:
        raise AssertionError("The app ended without an answer.")
    pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
    return ClientResponse(request, status, pairs, b"".join(chunks))


def scope_of(request: ClientRequest) -> dict[str, Any]:
    """The scope of a request (ASGI 3): the path decoded as UTF-8, its raw bytes beside it."""
    host, _, port = request.host.partition(":")
    headers = [(b"host", request.host.encode("latin-1"))] * ("host" not in dict(request.headers))
    headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.scheme,
        "path": request.path_bytes.decode("utf-8", "replace"),
        "raw_path": request.path.encode("latin-1"),
        "query_string": request.query.encode("latin-1"),
        "root_path": "",
        "headers": headers,
        "server": (host, int(port) if port.isdigit() else 80),
        "client": ("127.0.0.1", 50_000),
        "state": {},
    }


class LifespanTask:
    """The life of an ASGI app: its start and its stop, both in one task, as the specification has it."""

    def __init__(self, door: Callable[..., Any]) -> None:
        self._door = door
        self._asked: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the app; what its start-up raises is raised here."""
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        self._task = asyncio.ensure_future(self._door(scope, self._asked.get, self._told.put))
        await self._tell("lifespan.startup")

    async def stop(self) -> None:
        """Stop the app."""
        if self._task is not None:
            await self._tell("lifespan.shutdown")
            await self._task
            self._task = None

    async def _tell(self, kind: str) -> None:
        assert self._task is not None
        await self._asked.put({"type": kind})
        told = asyncio.ensure_future(self._told.get())
        await asyncio.wait({told, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not told.done():
            told.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await told
        answer = told.result() if told.done() and not told.cancelled() else {"type": ""}
        if answer["type"].endswith(".failed"):
            task, self._task = self._task, None
            await task  # it raises the reason, if it has one
            raise RuntimeError(answer.get("message") or "The app did not start.")
        if self._task.done() and self._task.exception() is not None:
            failed, self._task = self._task, None
            await failed
