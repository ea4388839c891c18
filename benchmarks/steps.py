"""Where the time of a request goes: each step in process, without a server: sh scripts/benchmark steps.

The shortest of many short runs counts, in nanoseconds: what else happens on the machine can only make a run longer.
"""

from __future__ import annotations

import asyncio
import os
import time
import timeit
from collections.abc import Awaitable, Callable
from typing import Any

from demijohn import App
from demijohn.foundation.current import request_context
from demijohn.gateways.rsgi import RSGIRequest
from demijohn.gateways.wsgi import WSGIRequest

from .apps.work import BODY
from .servers import work_folder

Environ = dict[str, Any]
BareWSGI = Callable[[Environ, Any], object]


class Input:
    """A body that can be read any number of times."""

    def read(self, _: int = -1) -> bytes:
        return BODY


def environ(method: str, path: str, query: str = "") -> dict[str, Any]:
    """A WSGI environ as a server makes it, with forty entries that nobody reads."""
    made: dict[str, Any] = {f"OTHER_{index}": "x" for index in range(40)}
    made |= {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "127.0.0.1:8000"}
    made |= {"wsgi.url_scheme": "http", "SCRIPT_NAME": "", "wsgi.input": Input()}
    if method == "POST":
        made |= {"CONTENT_LENGTH": str(len(BODY)), "CONTENT_TYPE": "application/json"}
    return made


REQUESTS = {
    "plaintext": environ("GET", "/plaintext"),
    "json": environ("GET", "/json"),
    "parameters": environ("GET", "/users/42", "q=cork&limit=25"),
    "validated POST": environ("POST", "/orders"),
}


def cost(function: Callable[[], object]) -> float:
    """Nanoseconds of one call, less those of an empty one."""

    def best(timed: Callable[[], object]) -> float:
        return min(timeit.repeat(timed, number=1000, repeat=150)) / 1000 * 1e9

    return best(function) - best(lambda: None)


def start_response(_status: str, _headers: list[tuple[str, str]]) -> None:
    """What a server would do with them is its own cost."""


def steps(name: str, bare: BareWSGI, app: App) -> list[float]:
    """The whole of both sides under WSGI, and the steps of ours."""
    made = REQUESTS[name]
    kernel, door = app.seal(), app.wsgi

    def head() -> WSGIRequest:
        keys = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "HTTP_HOST")
        return WSGIRequest(made, *(made[key] for key in keys))

    request = head()
    plan = kernel.plan_for(request)
    request.body, request.body_type = BODY, "application/json"

    def context() -> None:
        request_context.reset(request_context.set(request))

    return [
        cost(lambda: bare(made, start_response)),
        cost(lambda: door(made, start_response)),
        cost(lambda: WSGIRequest(made, "GET", "/", "", "localhost")),
        cost(context),
        cost(lambda: kernel.plan_for(request)),
        cost(lambda: plan.answer(request)),
    ]


class Headers:
    """Header fields as granian hands them over."""

    def get_all(self, _: str) -> list[str]:
        return ["localhost"]

    def get(self, _: str) -> None:
        return None


class Scope:
    """A request as granian hands it over."""

    proto, method, path, query_string, authority, headers = "http", "GET", "/plaintext", "", None, Headers()


class Protocol:
    """Where answers go."""

    def response_bytes(self, *_: object) -> None:
        """The server's own cost."""


def rsgi_costs(bare: Any, without_hop: App, with_hop: App) -> list[float]:
    """CPU time of plaintext under RSGI: the bare callable's, an `async def`'s, and what a worker thread adds."""

    async def client(call: Any, count: int) -> None:
        for _ in range(count):
            await call(Scope(), Protocol())
            await asyncio.sleep(0)

    async def measure(call: Callable[[Any, Any], Awaitable[None]]) -> float:
        await asyncio.gather(*(client(call, 20) for _ in range(64)))
        best = float("inf")
        for _ in range(9):
            begun = time.process_time()
            await asyncio.gather(*(client(call, 200) for _ in range(64)))
            best = min(best, time.process_time() - begun)
        return best / (64 * 200) * 1e9

    async def nothing(_scope: Any, _protocol: Any) -> None:
        pass

    async def all_of_them() -> list[float]:
        empty = await measure(nothing)
        ours = await measure(without_hop.rsgi.__rsgi__) - empty
        return [await measure(bare) - empty, ours, await measure(with_hop.rsgi.__rsgi__) - empty - ours]

    return asyncio.run(all_of_them())


def main() -> None:
    """Print the tables."""
    with work_folder() as folder:
        os.environ["BENCHMARK_FOLDER"] = str(folder)
        os.environ["DEMIJOHN_DEBUG"] = "0"
        from .apps import bare_rsgi, bare_wsgi, demijohn_async, demijohn_def

        columns = ["bare WSGI", "ours", "request", "context", "match", "bind, handler, reply"]
        print("| workload | " + " | ".join(columns) + " |")
        print("|---|" + "---:|" * len(columns))
        for name in REQUESTS:
            measured = steps(name, bare_wsgi.app, demijohn_def.app)
            print(f"| {name} | " + " | ".join(f"{value:,.0f}" for value in measured) + " |")
        request = cost(lambda: RSGIRequest(Scope, "GET", "/", "", "localhost"))
        bare, ours, hop = rsgi_costs(bare_rsgi.app, demijohn_async.app, demijohn_def.app)
        print(f"\nPlaintext on RSGI: bare {bare:,.0f}, ours {ours:,.0f} (the request {request:,.0f} of it).")
        print(f"A hop to a worker thread and back: {hop:,.0f} ns of CPU time.")


if __name__ == "__main__":
    main()
