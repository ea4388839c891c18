"""What stands before an app in development: a line for each request, and a page when there is no app to ask.

It works before the app's own door, so that it sees every request, also those that the app refuses, and changes none:
on the RSGI interface, and for apps with WebSockets on ASGI, which serves all of them.
"""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable
from typing import Any

from ...kernel.error_page import csp_hash
from ..console import duration, paint, printable
from ..debug.battery import may_see
from ..debug.style import DEBUG_CSP
from ..mistakes import explain

# Tells the access log of an app that each of its requests has its line already.
SHOWN = "_DEMIJOHN_SHOWS_REQUESTS"

_COLOURS = {2: "green", 3: "cyan", 4: "yellow", 5: "red"}


class LoggedDoor:
    """An RSGI app that answers through another one and reports method, path, status, seconds of each.

    `asgi` is the other one's ASGI door, if that is the one to serve.
    """

    def __init__(self, app: Any, report: Callable[[str, str, int, float], None]) -> None:
        self._answer = app.__rsgi__
        self.asgi: Any = getattr(app, "asgi", None)
        self._app = app
        self._report = report
        self.failure = ""
        self.running: dict[int, str] = {}

    def __rsgi_init__(self, loop: Any) -> None:
        """Start the app; if that fails, every request is told why."""
        try:
            getattr(self._app, "__rsgi_init__", _nothing)(loop)
        except Exception as error:
            self._app = BrokenDoor.of(error)
            self._answer = self._app.__rsgi__
            self.asgi = None
            self.failure = self._app.text

    def __rsgi_del__(self, loop: Any) -> None:
        getattr(self._app, "__rsgi_del__", _nothing)(loop)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        if scope.proto != "http":
            await self._answer(scope, protocol)
            return
        watched = _Watched(protocol)
        path = scope.path + (f"?{scope.query_string}" if scope.query_string else "")
        self.running[id(watched)] = f"{scope.method} {path}"
        begin = time.perf_counter()
        try:
            await self._answer(scope, watched)
        finally:
            del self.running[id(watched)]
            self._report(scope.method, path, watched.status, time.perf_counter() - begin)

    async def answer_asgi(self, scope: Any, receive: Any, send: Any) -> None:
        """The same over ASGI."""
        if scope["type"] != "http":
            await self.asgi(scope, receive, send)
            return
        status = 500

        async def watched(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        query = scope["query_string"].decode("latin-1")
        path = scope["path"] + (f"?{query}" if query else "")
        self.running[id(watched)] = f"{scope['method']} {path}"
        begin = time.perf_counter()
        try:
            await self.asgi(scope, receive, watched)
        finally:
            del self.running[id(watched)]
            self._report(scope["method"], path, status, time.perf_counter() - begin)


class SocketsDoor:
    """The door of an app with WebSockets: RSGI's for its start and its end, and ASGI's to be served."""

    def __init__(self, app: Any) -> None:
        self.asgi = app.asgi
        self.__rsgi__ = app.rsgi.__rsgi__
        self.__rsgi_init__ = app.rsgi.__rsgi_init__
        self.__rsgi_del__ = app.rsgi.__rsgi_del__


def _nothing(loop: Any) -> None:
    """An app that is a bare function has no start and no end."""


class _Watched:
    """An RSGI protocol that remembers the status; all else goes to the real one."""

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self.status = 500

    def __getattr__(self, name: str) -> Any:
        return getattr(self._protocol, name)

    def __call__(self) -> Any:
        return self._protocol()

    def __aiter__(self) -> Any:
        return self._protocol.__aiter__()

    def response_empty(self, status: int, headers: Any) -> Any:
        self.status = status
        return self._protocol.response_empty(status, headers)

    def response_str(self, status: int, headers: Any, body: str) -> Any:
        self.status = status
        return self._protocol.response_str(status, headers, body)

    def response_bytes(self, status: int, headers: Any, body: bytes) -> Any:
        self.status = status
        return self._protocol.response_bytes(status, headers, body)

    def response_file(self, status: int, headers: Any, file: str) -> Any:
        self.status = status
        return self._protocol.response_file(status, headers, file)

    def response_file_range(self, status: int, headers: Any, file: str, start: int, end: int) -> Any:
        self.status = status
        return self._protocol.response_file_range(status, headers, file, start, end)

    def response_stream(self, status: int, headers: Any) -> Any:
        self.status = status
        return self._protocol.response_stream(status, headers)


class BrokenDoor:
    """Answers every request with 500 and the reason why there is no app, until the child is replaced.

    The reason shows source code: only who sits at this computer sees it.
    """

    def __init__(self, text: str, page: str = "") -> None:
        self.text = text
        self.page = page

    @classmethod
    def of(cls, error: BaseException) -> BrokenDoor:
        """The door of an app whose import, setup or start raised this."""
        from ..debug.startup import import_error_page  # only a mistake pays for it

        return cls(explain(error), import_error_page(error))

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        if scope.proto != "http":
            protocol.close(500)
            return
        headers = dict(scope.headers.items())
        host = headers.get("host", "") or scope.authority or ""
        text, page = self.text, self.page
        if not may_see(scope.client.rpartition(":")[0].strip("[]"), host, headers):
            text = "The app does not start. The reason is shown on the computer where it runs."
            page = ""
        as_page = "text/html" in headers.get("accept", "")
        kind, body = ("html", page or _plain_page(text)) if as_page else ("plain", text + "\n")
        answer = [("content-type", f"text/{kind}; charset=utf-8"), ("cache-control", "no-store")]
        if as_page:
            answer.append(("content-security-policy", DEBUG_CSP if page else _PLAIN_CSP))
        protocol.response_str(500, answer, body)


_PLAIN_STYLE = """
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1rem }
  pre { overflow: auto }
"""
_PLAIN_CSP = f"default-src 'none'; style-src {csp_hash(_PLAIN_STYLE)}"


def _plain_page(text: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>The app does not start</title>'
        f'<meta name="color-scheme" content="light dark"><style>{_PLAIN_STYLE}</style>'
        f'<main><h1>The app does not start</h1><pre tabindex="0">{html.escape(text)}</pre>'
        "<p>Mend the file and save it: the server tries again by itself. Then load this page anew.</p></main>"
    )


def log_line(method: str, path: str, status: int, seconds: float) -> str:
    """The line for one exchange: time, method, path, status, how long it took."""
    clock = paint(time.strftime("%H:%M:%S"), "dim")
    shown = paint(str(status), _COLOURS.get(status // 100, "bold"))
    return f"{clock} {method} {printable(path)} {shown} {paint(duration(seconds), 'dim')}"


def print_exchange(method: str, path: str, status: int, seconds: float) -> None:
    """Print the line for one exchange, in one piece."""
    sys.stdout.write(log_line(method, path, status, seconds) + "\n")
    sys.stdout.flush()
