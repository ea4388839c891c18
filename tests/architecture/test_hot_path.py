"""What a request costs, in Python function calls: a count that no machine's speed changes.

A call more per request is a per cent of the whole; whoever adds one here should know it. The numbers are those of the
code as it stands; lower them when it gets better. (A coroutine that is resumed counts once more.)
"""

import asyncio
import gc
import inspect
import sys
import threading
from typing import Annotated

import pytest

from demijohn import App, Meta, Query, Schema

sys.path.insert(0, str(__import__("pathlib").Path(__file__).parents[1] / "contract"))
from contract_doors import FakeProtocol, FakeScope, Sent, environ_of


class Item(Schema):
    """The body of a POST."""

    name: Annotated[str, Meta(max_length=80)]
    price: float
    tags: list[str] = []


app = App()


@app.get("/text")
def text():
    return "Hello, world!"


@app.get("/json")
def json():
    return {"message": "Hello, world!"}


@app.get("/users/{id}")
def user(id: int, page: int = 1, size: Annotated[int, Query(le=100)] = 10):
    return {"id": id, "page": page, "size": size}


@app.post("/items")
def create(item: Item):
    return {"name": item.name}


@app.get("/async/text")
async def text_async():
    return "Hello, world!"


@app.get("/async/json")
async def json_async():
    return {"message": "Hello, world!"}


@app.get("/async/users/{id}")
async def user_async(id: int, page: int = 1, size: Annotated[int, Query(le=100)] = 10):
    return {"id": id, "page": page, "size": size}


@app.post("/async/items")
async def create_async(item: Item):
    return {"name": item.name}


BODY = b'{"name":"Sea","price":1.5,"tags":["a","b"]}'
REQUESTS = {
    "text": Sent("GET", "/text"),
    "json": Sent("GET", "/json"),
    "params": Sent("GET", "/users/5?page=2&size=20"),
    "post": Sent("POST", "/items", (("content-type", "application/json"),), BODY),
}


def counted(call) -> list[str]:
    """The Python functions of Demijohn and the app that a call runs, by name."""
    seen: list[str] = []

    def profile(frame, event, _):
        if event == "call":
            code = frame.f_code
            if "/demijohn/" in code.co_filename:
                seen.append(f"{code.co_filename.rpartition('/')[2]}:{code.co_name}")

    gc.disable()
    sys.setprofile(profile)
    try:
        call()
    finally:
        sys.setprofile(None)
        gc.enable()
    return seen


def start_response(status, headers):
    return None


@pytest.mark.parametrize(("name", "most"), [("text", 4), ("json", 4), ("params", 7), ("post", 10)])
def test_calls_of_a_wsgi_request(name, most):
    """A `def` handler through the WSGI door."""
    sent = REQUESTS[name]
    app(environ_of(sent), start_response)
    environ = environ_of(sent)
    door = app.wsgi
    seen = counted(lambda: door(environ, start_response))
    assert len(seen) <= most, seen


@pytest.mark.parametrize(("name", "most"), [("text", 4), ("json", 4), ("params", 7), ("post", 13)])
def test_calls_of_an_rsgi_request(name, most):
    """An `async def` handler through the RSGI door."""
    plain = REQUESTS[name]
    sent = Sent(plain.method, f"/async{plain.target}", plain.headers, plain.body)
    door = app.rsgi.__rsgi__
    with asyncio.Runner() as runner:
        runner.run(door(FakeScope(sent), FakeProtocol(sent)))

        async def drive():
            return FakeScope(sent), FakeProtocol(sent)

        scope, protocol = runner.run(drive())
        protocol._read = False

        async def once():
            sys.setprofile(profile)
            try:
                await door(scope, protocol)
            finally:
                sys.setprofile(None)

        seen: list[str] = []

        def profile(frame, event, _):
            if event == "call" and "/demijohn/" in frame.f_code.co_filename:
                seen.append(f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_code.co_name}")

        runner.run(once())
    assert protocol.answer[0] == 200
    assert len(seen) <= most, seen


def test_calls_of_a_visit_to_a_thread():
    """A `def` handler through the RSGI door, on the loop and in its thread."""
    visited = App()
    visited.get("/text")(text)
    door, sent = visited.rsgi.__rsgi__, REQUESTS["text"]
    seen: list[str] = []
    watching = False

    def profile(frame, event, _):
        if watching and event == "call" and "/demijohn/" in frame.f_code.co_filename:
            seen.append(f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_code.co_name}")

    async def drive():
        nonlocal watching
        await door(FakeScope(sent), FakeProtocol(sent))
        scope, protocol = FakeScope(sent), FakeProtocol(sent)
        watching = True
        await door(scope, protocol)
        watching = False
        return protocol.answer[0]

    threading.setprofile(profile)  # for the worker, which begins with the first request
    try:
        with asyncio.Runner() as runner:
            sys.setprofile(profile)
            assert runner.run(drive()) == 200
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        visited.seal().pool.stop(10)
    assert len(seen) <= 15, seen


def test_a_safe_method_pays_nothing_for_what_guards_the_others():
    """Forged requests are looked for where something is changed: four calls at most, and none for a GET."""
    from demijohn import Security

    def calls(name: str, *headers: tuple[str, str], **settings) -> int:
        asked = App()
        asked.use(Security(**settings))
        asked.get("/text", name="text")(text)
        asked.post("/items", name="items")(create)
        plain = REQUESTS[name]
        sent = Sent(plain.method, plain.target, (*plain.headers, *headers), plain.body)
        asked(environ_of(sent), start_response)
        environ, door = environ_of(sent), asked.wsgi
        return len(counted(lambda: door(environ, start_response)))

    assert calls("text") == calls("text", csrf=False)
    assert calls("post") == calls("post", csrf=False) + 3
    browser = (("cookie", "session=abc"), ("sec-fetch-site", "same-origin"), ("origin", "http://example.com"))
    assert calls("post", *browser) == calls("post", csrf=False) + 4


def many(count: int, **options) -> App:
    """An app with so many routes of each shape that there is."""
    big = App()
    for number in range(count // 5):
        big.get(f"/static/{number}", name=f"static{number}", **options)(text)
        big.get(f"/tail/{number}/{{id}}", name=f"tail{number}", **options)(lambda request: "tail")
        big.get(f"/deep/{number}/{{id}}/edit", name=f"deep{number}", **options)(lambda request: "deep")
        big.get(f"/mixed/{number}/{{a}}-{{b}}", name=f"mixed{number}", **options)(lambda request: "mixed")
        big.get(f"/rest/{number}/{{path:path}}", name=f"rest{number}", **options)(lambda request: "rest")
    return big


def steps(call) -> int:
    """The lines and calls of Demijohn's code that a call runs: a clock that no machine's speed changes."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        if "/demijohn/" not in frame.f_code.co_filename:
            return None
        count += 1
        return trace

    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(None)
    return count


def cost(big: App, target: str, host: str = "example.com") -> int:
    """The steps of one request, when all that is remembered is."""
    door, sent = big.wsgi, Sent("GET", target, host=host)
    for _ in range(2):
        assert b"".join(door(environ_of(sent), lambda status, headers: None))
    environ = environ_of(sent)
    return steps(lambda: door(environ, start_response))


PATHS = ["/static/1", "/tail/1/x", "/deep/1/x/edit", "/mixed/1/a-b", "/rest/1/a/b/c", "/nowhere/1/2/3"]


def test_ten_thousand_routes_cost_as_much_as_ten():
    """A request walks its own path, not the table: not a twentieth more, whatever the shape of its route."""
    few, lots = many(10), many(10_000)
    for path in PATHS:
        assert cost(lots, path) <= 1.05 * cost(few, path), path


def test_thousands_of_routes_on_a_host_cost_as_much_as_ten():
    """On hosts as well."""
    few, lots = many(10, host="{tenant}.example.com"), many(2_000, host="{tenant}.example.com")
    for path in PATHS:
        host = "acme.example.com"
        assert cost(lots, path, host) <= 1.05 * cost(few, path, host), path


def test_an_app_is_put_together_without_reading_its_source(monkeypatch):
    """To know the line of a class its file is parsed: that is for messages. It was nine tenths of the time to seal."""
    monkeypatch.setattr(inspect, "findsource", lambda thing: pytest.fail(f"the source of {thing} is read"))
    made = App()
    made.get("/")(lambda: "Hello")
    made.seal()
