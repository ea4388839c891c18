#!/usr/bin/env python3
"""Where the time of a request goes: each step in process, without a server.

    python benchmarks/steps.py

The shortest of many short runs counts, in nanoseconds: what else happens on the machine can only make a run longer.
"""

from __future__ import annotations

import asyncio
import pathlib
import sys
import timeit
from collections.abc import Callable
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "apps"), str(HERE.parent / "src")]

import bare  # noqa: E402
import framework  # noqa: E402
from work import BODY  # noqa: E402

from demijohn.foundation.current import request_context  # noqa: E402
from demijohn.gateways.wsgi import WSGIRequest  # noqa: E402


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


def steps(name: str) -> list[float]:
    """The whole of both sides, and the steps of ours."""
    made = REQUESTS[name]
    kernel = framework.sync_app.seal()

    def head() -> WSGIRequest:
        keys = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "HTTP_HOST")
        return WSGIRequest(made, *(made[key] for key in keys))

    request = head()
    plan = kernel.plan_for(request)
    request.body, request.body_type = BODY, "application/json"

    def context() -> None:
        request_context.reset(request_context.set(request))

    return [
        cost(lambda: bare.wsgi(made, start_response)),
        cost(lambda: framework.sync_wsgi(made, start_response)),
        cost(lambda: WSGIRequest(made, "GET", "/", "", "localhost")),
        cost(context),
        cost(lambda: kernel.plan_for(request)),
        cost(lambda: plan.answer(request)),
    ]


def hop() -> float:
    """What handing a request to a worker thread and back costs, with 64 of them under way."""
    door = framework.sync_app.rsgi

    class Headers:
        def get_all(self, _: str) -> list[str]:
            return ["localhost"]

        def get(self, _: str) -> None:
            return None

    class Scope:
        proto, method, path, query_string, authority, headers = "http", "GET", "/plaintext", "", None, Headers()

    class Protocol:
        def response_bytes(self, *_: object) -> None:
            """The server's cost."""

    async def client(call: Any, count: int) -> None:
        for _ in range(count):
            await call(Scope(), Protocol())
            await asyncio.sleep(0)

    async def measure(call: Any) -> float:
        import time

        await asyncio.gather(*(client(call, 20) for _ in range(64)))
        best = float("inf")
        for _ in range(7):
            begun = time.process_time()
            await asyncio.gather(*(client(call, 200) for _ in range(64)))
            best = min(best, time.process_time() - begun)
        return best / (64 * 200) * 1e9

    async def both() -> float:
        return await measure(door.__rsgi__) - await measure(framework.async_app.rsgi.__rsgi__)

    return asyncio.run(both())


def main() -> None:
    columns = ["bare WSGI", "ours", "request", "context", "match", "bind, handler, reply"]
    print("| workload | " + " | ".join(columns) + " |")
    print("|---|" + "---:|" * len(columns))
    for name in REQUESTS:
        print(f"| {name} | " + " | ".join(f"{value:,.0f}" for value in steps(name)) + " |")
    print(f"\nA hop to a worker thread and back: {hop():,.0f} ns of CPU time.")


if __name__ == "__main__":
    main()
