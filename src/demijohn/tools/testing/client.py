"""`Client` and `AsyncClient`: an app asked from a test, in its own process, without sockets.

Both go through the gateways that servers use, so that what a test sees is what a browser gets: parsing,
limits, arounds, error handlers and headers included.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack

from ...app import App
from ...foundation.http.headers import Headers
from ...gateways.asgi import asgi_door
from ...gateways.life import Life
from ...gateways.wsgi import wsgi_door
from ...kernel.failures import crashes
from ...kernel.kernel import Kernel
from . import asgi, wsgi
from .answer import ClientResponse
from .cookies import CookieJar
from .events import AsyncEventReader, EventReader
from .exchange import ClientRequest, File, HeaderValues, Values, build, pairs_of
from .habits import CLIENT, habits
from .sockets import AsyncClientSocket, ClientSocket
from .tracebacks import from_your_code, sealed

if TYPE_CHECKING:
    from .commands import CommandResult

__tracebackhide__ = True  # pytest shows the line of the test, not ours

MOST_REDIRECTS = 20
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "QUERY"})


class RequestOptions(TypedDict, total=False):
    """What may be said of a request; the names are those of httpx, and `params` is also called `query`."""

    query: Values | None
    params: Values | None
    json: Any
    data: Values | None
    files: Mapping[str, File | list[File]] | None
    content: bytes | str | None
    headers: HeaderValues | None
    cookies: Mapping[str, str] | None
    follow_redirects: bool | None


class _Client:
    """What both clients keep between requests: cookies, headers sent with each, how redirects are taken."""

    def __init__(
        self,
        *,
        base_url: str = "http://localhost",
        headers: HeaderValues | None = None,
        cookies: Mapping[str, str] | None = None,
        follow_redirects: bool = False,
        raise_errors: bool = True,
    ) -> None:
        self.base_url = base_url
        self.headers = dict(headers or {})
        self.cookies = CookieJar(dict(cookies or {}))
        self.follow_redirects = follow_redirects
        self.raise_errors = raise_errors

    if not TYPE_CHECKING:
        __getattr__ = habits(CLIENT)

    def _exchange(
        self, method: str, path: str, options: RequestOptions
    ) -> Generator[ClientRequest, ClientResponse, ClientResponse]:
        """One exchange without I/O: yields the requests to send, is sent their answers, returns the last."""
        given: dict[str, Any] = dict(options)
        follow = given.pop("follow_redirects", None)
        own_cookies = dict(given.pop("cookies", None) or {})
        params = given.pop("params", None)
        if params is not None:
            given["query"] = params
        own = list(pairs_of(given.pop("headers", None)))
        said = {name.lower() for name, _ in own}
        usual = [(name, value) for name, value in pairs_of(self.headers) if name.lower() not in said]
        given["headers"] = [*usual, *own]
        request = _from_own_page(build(self.base_url, method, path, **given))
        history: list[ClientResponse] = []
        while True:
            answer = yield self._with_cookies(request, own_cookies)
            answer.history = list(history)
            for header in answer.headers.getlist("set-cookie"):
                self.cookies.keep(header, request.path)
            then = request.redirected(answer.status, answer.headers["location"]) if answer.is_redirect else None
            if then is None or not (self.follow_redirects if follow is None else follow):
                return answer
            if len(history) == MOST_REDIRECTS:
                raise RuntimeError(f"{path} was redirected {MOST_REDIRECTS} times, at last to {then.url}.")
            history.append(answer)
            request = then

    def _first(self, path: str, options: RequestOptions) -> ClientRequest:
        """One GET, whose answer is read by somebody else."""
        return next(self._exchange("GET", path, options))

    def _socket(
        self, door: Callable[..., Any], path: str, subprotocols: Sequence[str], options: RequestOptions
    ) -> AsyncClientSocket:
        request = self._first(path, options)
        if "origin" not in dict(request.headers):  # As browsers do, from a page of the app's own.
            request = replace(request, headers=(*request.headers, ("origin", f"{request.scheme}://{request.host}")))

        def keep_cookies(headers: Headers) -> None:
            for header in headers.getlist("set-cookie"):
                self.cookies.keep(header, request.path)

        return AsyncClientSocket(door, request, subprotocols, raise_errors=self.raise_errors, accepted=keep_cookies)

    def _with_cookies(self, request: ClientRequest, own: dict[str, str]) -> ClientRequest:
        cookies = self.cookies.header(request.path, own)
        return replace(request, headers=(*request.headers, ("cookie", cookies))) if cookies else request

    @contextlib.contextmanager
    def _watching(self) -> Iterator[list[BaseException]]:
        """Collect what no handler of the app foresaw, to be raised where it would become a 500."""
        seen: list[BaseException] = []
        token = crashes.set(seen if self.raise_errors else None)
        try:
            yield seen
        finally:
            crashes.reset(token)


def _from_own_page(request: ClientRequest) -> ClientRequest:
    """What browsers say of a form on a page of the app's own, unless a test says where the request comes from."""
    if request.method in _SAFE or any(name in ("origin", "sec-fetch-site") for name, _ in request.headers):
        return request
    return replace(request, headers=(*request.headers, ("origin", f"{request.scheme}://{request.host}")))


class Client(_Client):
    """Asks an app: `client.get("/")`, `client.post("/notes", json={...})`.

    The answer has `.status`, `.text`, `.json()`, `.headers`, `.cookies`. `config` overrides settings,
    `provide` replaces services, by their types, with values or factories; both make a sealed copy and leave
    the app as it is.

    Used with `with`, the app is started at once and stopped at the end; without, it starts at the first
    request and stops with the process or at `close()`. An error that nothing in the app handles is raised in
    the test; with `raise_errors=False` it is the 500 that a visitor would get. A WSGI callable may stand for
    the app, `Client(app.wsgi)` say, to go through a middleware.

    >>> app = App()
    >>> @app.get("/hello")
    ... def hello(name: str = "world"):
    ...     return f"Hello, {name}!"
    >>> Client(app).get("/hello", query={"name": "Ann"}).text
    'Hello, Ann!'
    """

    def __init__(
        self,
        app: App | Callable[..., Any],
        *,
        config: Mapping[str, Any] | None = None,
        provide: Mapping[Any, Any] | None = None,
        base_url: str = "http://localhost",
        headers: HeaderValues | None = None,
        cookies: Mapping[str, str] | None = None,
        follow_redirects: bool = False,
        raise_errors: bool = True,
    ) -> None:
        super().__init__(
            base_url=base_url,
            headers=headers,
            cookies=cookies,
            follow_redirects=follow_redirects,
            raise_errors=raise_errors,
        )
        self.app = app
        self._life: Life | None = None
        self._kernel: Kernel | None = None
        self._door: Callable[..., Any] = app
        if isinstance(app, App):
            kernel = self._kernel = sealed(app, config, provide)
            self._life = Life(kernel)
            self._door = wsgi_door(kernel, self._life)
        else:
            _refuse_overrides(config, provide)

    def request(self, method: str, path: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a request of any method and return the answer."""
        exchange = self._exchange(method, path, options)
        request = next(exchange)
        while True:
            with self._watching() as seen:
                answer = wsgi.ask(self._door, request)
            if seen:
                raise from_your_code(seen[0])
            if self._kernel is not None:
                self._kernel.crew.wait(self._kernel.timeouts.background)
            try:
                request = exchange.send(answer)
            except StopIteration as end:
                last: ClientResponse = end.value
                return last

    def run(self, *words: str) -> CommandResult:
        """Run a command of the app, as it is typed: `client.run("purge", "--days", "3")`; what it raises is raised."""
        if self._kernel is None or self._life is None:
            raise TypeError("run() takes a Client of an App, not of a WSGI callable.")
        self._life.start_sync()
        try:
            from .commands import run_command  # and with it the command line, which other tests do without

            return run_command(self._kernel, words)
        except Exception as error:
            raise from_your_code(error) from error.__cause__

    def get(self, path: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a GET request."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a POST request."""
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a PUT request."""
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a PATCH request."""
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a DELETE request."""
        return self.request("DELETE", path, **options)

    def head(self, path: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a HEAD request."""
        return self.request("HEAD", path, **options)

    def options(self, path: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send an OPTIONS request."""
        return self.request("OPTIONS", path, **options)

    def websocket(self, path: str, subprotocols: Sequence[str] = (), **options: Unpack[RequestOptions]) -> ClientSocket:
        """A WebSocket, open within a `with` block; `WebSocketRefused` is raised if it is not accepted."""
        if self._kernel is None or self._life is None:
            raise TypeError("WSGI has no WebSockets: give the client the App itself, or AsyncClient an ASGI callable.")
        self._life.start_sync()
        return ClientSocket(self._socket(asgi_door(self._kernel, self._life), path, subprotocols, options))

    def events(self, path: str, **options: Unpack[RequestOptions]) -> EventReader:
        """A stream of server-sent events, read event by event within a `with` block."""
        return EventReader(self._door, self._first(path, options))

    def close(self) -> None:
        """Stop the app, if this client started it."""
        if self._life is not None:
            self._life.stop_sync()

    def __enter__(self) -> Self:
        if self._life is not None:
            self._life.start_sync()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient(_Client):
    """`Client` for tests that are coroutines: the same methods, awaited, through the ASGI gateway.

    With `async with` the app is started and stopped as an ASGI server does it; without, it starts at the
    first request. Any ASGI callable may stand for the app.
    """

    def __init__(
        self,
        app: App | Callable[..., Any],
        *,
        config: Mapping[str, Any] | None = None,
        provide: Mapping[Any, Any] | None = None,
        base_url: str = "http://localhost",
        headers: HeaderValues | None = None,
        cookies: Mapping[str, str] | None = None,
        follow_redirects: bool = False,
        raise_errors: bool = True,
    ) -> None:
        super().__init__(
            base_url=base_url,
            headers=headers,
            cookies=cookies,
            follow_redirects=follow_redirects,
            raise_errors=raise_errors,
        )
        self.app = app
        self._door: Callable[..., Any] = app
        self._life: asgi.LifespanTask | None = None
        self._kernel: Kernel | None = None
        if isinstance(app, App):
            kernel = self._kernel = sealed(app, config, provide)
            self._door = asgi_door(kernel, Life(kernel))
        else:
            _refuse_overrides(config, provide)

    async def request(self, method: str, path: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a request of any method and return the answer."""
        exchange = self._exchange(method, path, options)
        request = next(exchange)
        while True:
            with self._watching() as seen:
                answer = await asgi.ask(self._door, request)
            if seen:
                raise from_your_code(seen[0])
            if self._kernel is not None:
                await self._kernel.crew.wait_async(self._kernel.timeouts.background)
            try:
                request = exchange.send(answer)
            except StopIteration as end:
                last: ClientResponse = end.value
                return last

    async def get(self, path: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a GET request."""
        return await self.request("GET", path, **options)

    async def post(self, path: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a POST request."""
        return await self.request("POST", path, **options)

    async def put(self, path: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a PUT request."""
        return await self.request("PUT", path, **options)

    async def patch(self, path: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a PATCH request."""
        return await self.request("PATCH", path, **options)

    async def delete(self, path: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a DELETE request."""
        return await self.request("DELETE", path, **options)

    async def head(self, path: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a HEAD request."""
        return await self.request("HEAD", path, **options)

    async def options(self, path: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send an OPTIONS request."""
        return await self.request("OPTIONS", path, **options)

    def websocket(
        self, path: str, subprotocols: Sequence[str] = (), **options: Unpack[RequestOptions]
    ) -> AsyncClientSocket:
        """A WebSocket, open within an `async with` block; `WebSocketRefused` is raised if it is not accepted."""
        return self._socket(self._door, path, subprotocols, options)

    def events(self, path: str, **options: Unpack[RequestOptions]) -> AsyncEventReader:
        """A stream of server-sent events, read event by event within an `async with` block."""
        return AsyncEventReader(self._door, self._first(path, options))

    async def aclose(self) -> None:
        """Stop the app, if `async with` started it."""
        life, self._life = self._life, None
        if life is not None:
            await life.stop()

    async def __aenter__(self) -> Self:
        life = asgi.LifespanTask(self._door)
        await life.start()
        self._life = life
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _refuse_overrides(config: object, provide: object) -> None:
    if config or provide:
        raise TypeError("config and provide need the App itself; a callable is asked as it is.")
