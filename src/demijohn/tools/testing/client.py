"""`Client` and `AsyncClient`: an app asked from a test, in its own process, without sockets.

Both go through the gateways that servers use, so that what a test sees is what a browser gets: parsing,
limits, arounds, error handlers and headers included.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

from ...app import App
from ...gateways.asgi import asgi_door
from ...gateways.life import Life
from ...gateways.wsgi import wsgi_door
from ...kernel.failures import crashes
from . import asgi, wsgi
from .answer import ClientResponse
from .cookies import CookieJar
from .exchange import ClientRequest, File, HeaderValues, Values, build, pairs_of

MOST_REDIRECTS = 20


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
        given["headers"] = [*self.headers.items(), *pairs_of(given.pop("headers", None))]
        request = build(self.base_url, method, path, **given)
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

    def _with_cookies(self, request: ClientRequest, own: dict[str, str]) -> ClientRequest:
        cookies = self.cookies.header(request.path, own)
        return replace(request, headers=(*request.headers, ("cookie", cookies))) if cookies else request

    @contextlib.contextmanager
    def _watching(self) -> Iterator[None]:
        """Raise what no handler of the app foresaw, where it would become a 500."""
        if not self.raise_errors:
            yield
            return
        seen: list[BaseException] = []
        token = crashes.set(seen)
        try:
            yield
        finally:
            crashes.reset(token)
        if seen:
            raise seen[0]


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
        provide: Mapping[type, Any] | None = None,
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
        self._door: Callable[..., Any] = app
        if isinstance(app, App):
            kernel = app.seal(config=config, provide=provide)
            self._life = Life(kernel)
            self._door = wsgi_door(kernel, self._life)
        else:
            _refuse_overrides(config, provide)

    def request(self, method: str, path: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a request of any method and return the answer."""
        exchange = self._exchange(method, path, options)
        request = next(exchange)
        while True:
            with self._watching():
                answer = wsgi.ask(self._door, request)
            try:
                request = exchange.send(answer)
            except StopIteration as end:
                last: ClientResponse = end.value
                return last

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
        provide: Mapping[type, Any] | None = None,
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
        if isinstance(app, App):
            kernel = app.seal(config=config, provide=provide)
            self._door = asgi_door(kernel, Life(kernel))
        else:
            _refuse_overrides(config, provide)

    async def request(self, method: str, path: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a request of any method and return the answer."""
        exchange = self._exchange(method, path, options)
        request = next(exchange)
        while True:
            with self._watching():
                answer = await asgi.ask(self._door, request)
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
