"""A WSGI app below a prefix of ours (PEP 3333), on every kind of server.

Where the server speaks WSGI itself, the app runs in the thread that it is called in and reads the body as it comes.
Elsewhere its body is taken in first, to the disk if it is large, so that no thread waits for a slow client; then the
app has a thread of a pool of its own, and gives it back between two pieces of its answer.
"""

from __future__ import annotations

import contextlib
import contextvars
import io
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TypeAlias

from ..foundation.http.body_stream import BodyStream
from ..foundation.http.headers import HeaderPairs
from ..foundation.http.request import Request
from ..foundation.http.response import Body, PassedOn, StreamBody

WSGIApp: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Any]
InThread: TypeAlias = Callable[..., Awaitable[Any]]

# They belong to one connection, and the server writes its own (PEP 3333, "Other HTTP Features").
_HOP_BY_HOP = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
    "upgrade",
})  # fmt: skip


class ServedWSGI:
    """Handlers that serve a WSGI app; `in_thread` runs a function on the app's own threads."""

    socket = None

    def __init__(self, app: WSGIApp, in_thread: InThread, spool: int) -> None:
        self._app = app
        self._in_thread = in_thread
        self._spool = spool

    def sync(self, request: Request, body: BodyStream) -> PassedOn:
        """Under a WSGI server."""
        call = _Call(self._app, _environ(request, io.BufferedReader(_Reading(body))))
        return call.answer(request, call.pieces())

    async def asynchronous(self, request: Request, body: BodyStream) -> PassedOn:
        """Under a server with an event loop."""
        # Closed with the exchange: the app may read its body while it answers.
        file: Any = SpooledTemporaryFile(self._spool)  # noqa: SIM115
        request.call_after(file.close)
        async for chunk in body:
            if body.received > self._spool:
                await self._in_thread(file.write, chunk)
            else:
                file.write(chunk)
        file.seek(0)
        call: _Call = await self._in_thread(_Call, self._app, _environ(request, file, body.received))
        return call.answer(request, self._pieces(call), self._in_thread)

    async def _pieces(self, call: _Call) -> AsyncIterator[bytes]:
        pieces = call.pieces()
        while (piece := await self._in_thread(next, pieces, None)) is not None:
            yield piece


class _Call:
    """One call of the app, as far as its status and the first piece of its answer.

    All of it runs in one context: Flask, for one, takes back at the end what it has set at the beginning.
    """

    def __init__(self, app: WSGIApp, environ: dict[str, Any]) -> None:
        self.status = 0
        self.headers: HeaderPairs = []
        self._written: list[bytes] = []
        self._run = contextvars.copy_context().run
        self._result = self._run(app, environ, self._start_response)
        try:
            self._iterator = iter(self._result)
            self._first = self._next(skip_empty=True)
            if not self.status:
                raise RuntimeError("The WSGI app answered without calling start_response.")
        except BaseException:
            self.close()
            raise

    def _start_response(self, status: str, headers: HeaderPairs, exc_info: Any = None) -> Callable[[bytes], Any]:
        if exc_info is None and self.status:
            raise AssertionError("start_response was called twice.")
        self.status = int(status[:3])
        self.headers = [(name.lower(), value) for name, value in headers if name.lower() not in _HOP_BY_HOP]
        return self._written.append

    def _next(self, *, skip_empty: bool = False) -> bytes | None:
        piece: bytes | None = self._run(next, self._iterator, None)
        while skip_empty and piece == b"" and not self._written:
            piece = self._run(next, self._iterator, None)
        return piece

    def answer(self, request: Request, pieces: Any, in_thread: InThread | None = None) -> PassedOn:
        """The answer; one that is in memory already goes out as it is, others while they are made."""
        body: Body
        if request.method == "HEAD" or self.status in (204, 304):
            body = None
        elif isinstance(self._result, list | tuple) and len(self._result) <= 1:
            body = b"".join([*self._written, self._first or b""])
        else:
            return PassedOn(self.status, self.headers, StreamBody(pieces, self._closing(in_thread)))
        if body is not None:
            self.headers = [pair for pair in self.headers if pair[0] != "content-length"]
        if hasattr(self._result, "close"):
            request.call_after(self.close)
        return PassedOn(self.status, self.headers, body)

    def pieces(self) -> Iterator[bytes]:
        """All pieces, those too that were written by the old way, which PEP 3333 keeps for old apps."""
        piece = self._first
        while piece is not None or self._written:
            written, self._written[:] = list(self._written), []
            yield from written
            if piece:
                yield piece
            piece = self._next() if piece is not None else None

    def close(self) -> None:
        """Close what the app returned, as PEP 3333 has servers do whatever happened."""
        close = getattr(self._result, "close", None)
        if close is not None:
            self._run(close)

    def _closing(self, in_thread: InThread | None) -> Callable[[BaseException | None], Any]:
        def close(error: BaseException | None) -> None:
            self.close()

        async def close_in_thread(error: BaseException | None) -> None:
            assert in_thread is not None
            await in_thread(self.close)

        return close if in_thread is None else close_in_thread


class _Reading(io.RawIOBase):
    """A `BodyStream` as a file that is read."""

    def __init__(self, body: BodyStream) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._body.read_some(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def _environ(request: Request, file: IO[bytes], length: int | None = None) -> dict[str, Any]:
    """The request as an environ; what the server's own has beside that is kept."""
    if request.interface == "wsgi":
        return {
            **request.native,
            "SCRIPT_NAME": _wsgi_text(request.root_path),
            "PATH_INFO": _wsgi_text(request.path),
            "HTTP_HOST": request.host,
            "REMOTE_ADDR": request.client or "",
            "wsgi.url_scheme": request.scheme,
            "wsgi.input": file,
        }
    name, _, port = request.host.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": _wsgi_text(request.root_path),
        "PATH_INFO": _wsgi_text(request.path),
        "QUERY_STRING": request.query_string,
        "SERVER_NAME": name if port.isdigit() else request.host,
        "SERVER_PORT": port if port.isdigit() else ("443" if request.scheme == "https" else "80"),
        "SERVER_PROTOCOL": f"HTTP/{request.read_version() or '1.1'}",
        "REMOTE_ADDR": request.client or "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": file,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for header, value in request.headers.pairs():
        key = header.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        # Fields that come several times are one list (RFC 9110, 5.3), cookies one string (RFC 9113, 8.2.3).
        environ[key] = value if key not in environ else environ[key] + ("; " if key == "HTTP_COOKIE" else ",") + value
    with contextlib.suppress(KeyError):
        del environ["HTTP_TRANSFER_ENCODING"]
    if length:
        environ["CONTENT_LENGTH"] = str(length)
    return environ


def _wsgi_text(text: str) -> str:
    """Text as PEP 3333 has it: its UTF-8 bytes, each as one character."""
    return text if text.isascii() else text.encode().decode("latin-1")
