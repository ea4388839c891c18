"""The app that every door and every server is asked: one small handler for each promise of the contract."""
# ruff: noqa: E501 - tables

import asyncio
import contextvars
import dataclasses
import datetime
import decimal
import enum
import math
import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, Literal, TypedDict

from demijohn import (
    HTML,
    App,
    Blueprint,
    Body,
    Conflict,
    Cookie,
    Depends,
    Forbidden,
    FormField,
    Header,
    HTTPError,
    JSONResponse,
    Limits,
    Meta,
    Query,
    RedirectResponse,
    Request,
    Response,
    Schema,
    StreamingResponse,
    UploadedFile,
    current,
    redirect,
    url,
)

LIMIT = 10_000

app = App("contract", limits=Limits(body=LIMIT, form=2 * LIMIT, query=50, fields=50, headers=40), debug=False)

# What handlers, services and arounds have done, in order; `/log` hands it out and empties it.
log: list[str] = []


class Colour(enum.Enum):
    """A choice."""

    RED = "red"
    BLUE = "blue"


class Point(Schema):
    """A record."""

    x: float
    y: float = 0.0


class Line(Schema):
    """A record with records in it, and bounds."""

    name: Annotated[str, Meta(min_length=2, max_length=10)]
    points: list[Point]
    width: Annotated[int, Meta(ge=1)] = 1


class UserOut(Schema):
    """What visitors may see of a user."""

    name: str
    age: int


@dataclasses.dataclass
class Size:
    """A plain dataclass."""

    width: int
    height: int = 1


class Pair(TypedDict):
    """A typed dictionary."""

    left: int
    right: int


class Account:
    """Not a schema: its password must never be sent."""

    def __init__(self) -> None:
        self.name, self.age, self.password = "Ann", 40, "secret"


# Return types ------------------------------------------------------------------------------------------------


@app.get("/")
def home() -> str:
    return "Hello, wörld!"


@app.get("/async")
async def home_async() -> str:
    return "Hello, wörld!"


@app.get("/html")
def html(name: str = "<b>"):
    return HTML("<p>{}</p>", name)


@app.get("/str-html")
def str_html():
    return "<script>alert(1)</script>"


@app.get("/dict")
def a_dict():
    return {"a": 1, "b": [1.5, None, True], "ü": "é"}


@app.get("/list")
async def a_list():
    return [1, "two", {"three": 3}]


@app.get("/schema")
def schema():
    return Point(x=1)


@app.get("/dataclass")
def a_dataclass():
    return Size(2, 3)


@app.get("/nested")
def nested():
    return {"at": datetime.datetime(2026, 5, 31, 14, 30, tzinfo=datetime.UTC), "points": [Point(x=1)], "id": uuid.UUID(int=1),
            "price": decimal.Decimal("1.50"), "colour": Colour.RED}  # fmt: skip


@app.get("/bytes")
def some_bytes():
    return b"\x00\xff"


@app.get("/response")
def a_response():
    return Response("made", 202, headers={"X-One": "1"}, media_type="text/csv")


@app.get("/json-response")
def a_json_response():
    return JSONResponse({"a": 1}, 203)


@app.get("/tuple2")
def tuple_of_two():
    return "made", 201


@app.get("/tuple3")
def tuple_of_three():
    return {"made": True}, 201, {"Location": "/things/1"}


@app.get("/pair")
def a_pair():
    return ["a", "b"]


@app.get("/none")
def none() -> None:
    return None


@app.get("/none-async")
async def none_async() -> None:
    return None


@app.get("/none-201", status=201)
def none_created() -> None:
    return None


@app.get("/forgot")
def forgot():
    """Ends without return, which is a mistake."""


@app.get("/empty")
def empty():
    return Response(None)


@app.get("/generator")
def generator():
    yield "one "
    yield b"two "
    yield ""
    yield "three"


@app.get("/async-generator")
async def async_generator():
    yield "one "
    yield b"two "
    yield ""
    yield "three"


@app.get("/streaming")
def streaming():
    return StreamingResponse(iter(["a", b"b"]), 206, headers={"X-One": "1"}, media_type="text/csv")


@app.get("/streaming-async")
async def streaming_async():
    async def chunks():
        yield "a"
        yield b"b"

    return StreamingResponse(chunks(), 206, headers={"X-One": "1"}, media_type="text/csv")


@app.get("/shaped")
def shaped() -> UserOut:
    return Account()  # type: ignore[return-value]


@app.get("/shaped-list")
def shaped_list() -> list[UserOut]:
    return [Account(), {"name": "Bob", "age": 3, "password": "secret"}]  # type: ignore[list-item]


@app.get("/shaped-wrong")
def shaped_wrong() -> UserOut:
    return {"name": "Bob"}  # type: ignore[return-value]


@app.get("/status-201", status=201)
def created():
    return {"id": 1}


@app.get("/status-odd")
def odd_status():
    return "odd", 299


@app.get("/status-599")
async def highest_status():
    return "odd", 599


@app.get("/status-bad")
def bad_status():
    return "bad", 99


@app.get("/status-204")
def body_with_204():
    return "a body that may not be sent", 204


@app.get("/csv", media_type="text/csv")
def csv():
    return "a,b\n1,2\n"


@app.get("/nan")
def nan():
    return {"value": math.nan, "more": math.inf}


@app.get("/surrogate")
def surrogate():
    return "\ud800"


@app.get("/unencodable")
def unencodable():
    return {"value": object()}


@app.get("/own-length")
def own_length():
    return Response("12345", headers={"Content-Length": "3"})


@app.get("/own-type")
def own_type():
    return Response("<x/>", headers={"Content-Type": "application/xml"})


# Paths -------------------------------------------------------------------------------------------------------


@app.get("/int/{value}")
def path_int(value: int):
    return {"value": value}


@app.get("/float/{value}")
def path_float(value: float):
    return {"value": value}


@app.get("/bool/{value}")
def path_bool(value: bool):
    return {"value": value}


@app.get("/decimal/{value}")
def path_decimal(value: decimal.Decimal):
    return {"value": str(value)}


@app.get("/uuid/{value}")
async def path_uuid(value: uuid.UUID):
    return {"value": value}


@app.get("/date/{value}")
def path_date(value: datetime.date):
    return {"value": value}


@app.get("/datetime/{value}")
def path_datetime(value: datetime.datetime):
    return {"value": value}


@app.get("/enum/{value}")
def path_enum(value: Colour):
    return {"value": value.name}


@app.get("/literal/{value}")
def path_literal(value: Literal["a", "b"]):
    return {"value": value}


@app.get("/str/{value}")
def path_str(value):
    return {"value": value}


@app.get("/mixed/{year}-{month}")
def path_mixed(year: int, month: int):
    return {"year": year, "month": month}


@app.get("/rest/{path:path}")
def path_rest(path: str):
    return {"path": path}


@app.get("/str/static")
def path_static():
    return "static wins"


@app.get("/größe/{value}")
def path_non_ascii(value: str):
    return {"größe": value}


@app.get("/slashed/")
def slashed():
    return "slashed"


@app.get("/slashed/{value}/")
def slashed_value(value: int):
    return {"value": value}


@app.get("/bound/{n}")
def bound(request: Request, n: int, q: str = ""):
    return {"path": request.path, "target": request.target, "params": request.path_params, "q": q}


# Queries, headers, cookies ---------------------------------------------------------------------------------------


@app.get("/query")
def query(
    text: str = "-",
    number: int = 0,
    ratio: float = 0.5,
    flag: bool = False,
    maybe: int | None = None,
    day: datetime.date | None = None,
    colour: Colour = Colour.RED,
    kind: Literal["a", "b"] = "a",
    tags: list[str] = [],  # noqa: B006 - that is how people write it
    ids: list[int] = [],  # noqa: B006
):
    tags.append("end")  # a default that is shared would grow from request to request
    return [text, number, ratio, flag, maybe, day, colour.value, kind, tags, ids]


@app.get("/needed")
async def needed(q: str, page: Annotated[int, Query(ge=1)], size: int = Query(10, le=100)):
    return {"q": q, "page": page, "size": size}


@app.get("/raw-query")
def raw_query(request: Request):
    return {"all": list(request.query.multi_items()), "raw": request.query_string}


@app.get("/header")
def header(x_token: Annotated[str, Header()], user_agent: Annotated[str | None, Header()] = None):
    return {"token": x_token, "agent": user_agent}


@app.get("/headers")
def headers(request: Request):
    names = ("x-one", "x-two", "content-type", "x-forwarded-for", "remote-user")
    return {name: request.headers.get(name) for name in names}


@app.get("/cookies")
def cookies(request: Request, a: Annotated[str, Cookie()] = "none"):
    return {"a": a, "all": request.cookies}


@app.get("/set-cookies")
def set_cookies():
    response = Response("set")
    response.set_cookie("a", "1", max_age=60)
    response.set_cookie("b", "zwei", httponly=False, samesite="strict")
    response.delete_cookie("c")
    return response


# Bodies ------------------------------------------------------------------------------------------------------


@app.post("/line")
def post_line(line: Line):
    return line


@app.post("/line-async")
async def post_line_async(line: Line):
    return line


@app.post("/size")
def post_size(size: Size):
    return {"width": size.width, "height": size.height}


@app.post("/pair")
def post_pair(pair: Pair):
    return pair


@app.post("/points")
def post_points(points: list[Point]):
    return {"count": len(points)}


@app.post("/map")
def post_map(values: dict[str, int]):
    return values


@app.post("/any")
def post_any(data: Annotated[Any, Body()]):
    return {"data": data}


@app.post("/optional")
def post_optional(point: Point | None = None):
    return {"point": point}


@app.put("/both/{id}")
def put_both(id: int, point: Point, dry: bool = False, limit: Annotated[int, Query(ge=1)] = 1):
    return {"id": id, "point": point, "dry": dry, "limit": limit}


@app.post("/field")
def post_field(name: Annotated[str, FormField(min_length=2)], ages: Annotated[list[int], FormField()]):
    return {"name": name, "ages": ages}


@app.post("/upload")
def upload(photo: UploadedFile, title: Annotated[str, FormField()] = ""):
    return {"name": photo.filename, "type": photo.content_type, "size": len(photo.read()), "title": title}


@app.post("/raw")
def raw(request: Request):
    return {"length": len(request.body), "type": request.body_type, "form": list(request.form.multi_items())}


@app.post("/echo")
async def echo(request: Request):
    return request.body


@app.post("/no-body")
def no_body():
    return "done"


@app.post("/json")
def read_json(request: Request):
    return {"json": request.json()}


@app.post("/small", body_limit=10)
def small(request: Request):
    return {"length": len(request.body)}


# Redirects and links -----------------------------------------------------------------------------------------


@app.get("/to-home")
def to_home():
    return redirect(home)


@app.get("/to-name")
async def to_name():
    return redirect("bound", n=5, q="ä b", status=307)


@app.get("/to-path")
def to_path():
    return RedirectResponse("/é?q=ü", 302)


@app.get("/to-elsewhere")
def to_elsewhere(to: str):
    return redirect(to)


@app.get("/linked/{value}")
def linked(value: str, page: int = 1, tags: list[str] = []):  # noqa: B006
    return value


@app.get("/link")
def link():
    return url(linked, value="ä/b"[0:1], page=2, tags=["a", "b&c"])


@app.get("/link-wrong")
def link_wrong():
    return url(path_int)


# Failures ----------------------------------------------------------------------------------------------------


class Custom(Exception):
    """Something that the app handles itself."""


class AsyncCustom(Exception):
    """Something that the app handles itself, elsewhere."""


@app.get("/raise")
def raises():
    raise RuntimeError("the secret reason")


@app.get("/raise-async")
async def raises_async():
    raise RuntimeError("the secret reason")


@app.get("/raise-stop")
def raises_stop():
    raise StopIteration(1)


@app.get("/raise-stop-async")
async def raises_stop_async():
    raise StopIteration(1)


@app.get("/raise-http")
def raises_http():
    raise HTTPError(418, "Short and <stout>.", headers={"X-Pot": "tea"}, extra={"spout": True})


@app.get("/raise-conflict")
async def raises_conflict():
    raise Conflict("Taken.")


@app.get("/raise-custom")
def raises_custom():
    raise Custom("mine")


@app.on_error(Custom)
def on_custom(error: Custom, request: Request):
    return {"handled": str(error), "path": request.path}, 409


@app.get("/raise-forbidden")
def raises_forbidden():
    raise Forbidden("No.", headers={"X-Why": "because"})


@app.on_error(403)
def on_forbidden(error):
    return HTML("<p>{}</p>", error.detail)


@app.get("/raise-in-handler")
def raises_in_handler():
    raise LookupError("first")


@app.on_error(LookupError)
def on_lookup(error):
    raise ValueError("second")


@app.get("/inject")
def inject(value: str = "a\r\nSet-Cookie: stolen=1"):
    response = Response("fine")
    response.headers["X-A"] = value
    return response


@app.get("/inject-tuple")
async def inject_tuple(name: str = "X-A", value: str = "a\r\nSet-Cookie: stolen=1"):
    return "fine", 200, {name: value}


@app.get("/inject-error")
def inject_error():
    raise HTTPError(400, "no", headers={"X-A": "a\nSet-Cookie: stolen=1"})


@app.get("/inject-cookie")
def inject_cookie(value: str = "x\r\nSet-Cookie: stolen=1"):
    response = Response("fine")
    response.set_cookie("a", value)
    return response


# Arounds -----------------------------------------------------------------------------------------------------


def early(request: Request):
    if "early" in request.query:
        return {"early": True}, 203
    response = yield
    response.headers["X-Around"] = "sync"


async def early_async(request: Request):
    if "early" in request.query:
        yield {"early": True}, 203
        return
    response = yield
    response.headers["X-Around"] = "async"


def replaces():
    yield
    return "replaced", 202


async def replaces_async():
    yield
    yield "replaced", 202


def sees_errors():
    try:
        yield
    except ZeroDivisionError as error:
        return {"seen": type(error).__name__}


async def sees_errors_async():
    try:
        yield
    except ZeroDivisionError as error:
        yield {"seen": type(error).__name__}


def swallows():
    try:
        yield
    except ZeroDivisionError:
        return


def twice():
    yield
    yield


def guard(request: Request):
    return ("stopped", 401) if "stop" in request.query else None


async def guard_async(request: Request):
    return ("stopped", 401) if "stop" in request.query else None


def outer_mark():
    response = yield
    response.headers.add("X-Order", "outer")


def inner_mark():
    response = yield
    response.headers.add("X-Order", "inner")


@app.get("/around", around=[early])
def around():
    return "inside"


@app.get("/around-mixed", around=[early])
async def around_mixed():
    return "inside"


@app.get("/around-async", around=[early_async])
async def around_async():
    return "inside"


@app.get("/around-async-mixed", around=[early_async])
def around_async_mixed():
    return "inside"


@app.get("/around-replaces", around=[replaces])
def around_replaces():
    return "inside"


@app.get("/around-replaces-async", around=[replaces_async])
def around_replaces_async():
    return "inside"


@app.get("/around-sees", around=[sees_errors])
def around_sees():
    return str(1 // 0)


@app.get("/around-sees-async", around=[sees_errors_async])
async def around_sees_async():
    return str(1 // 0)


@app.get("/around-swallows", around=[swallows])
def around_swallows():
    return str(1 // 0)


@app.get("/around-twice", around=[twice])
def around_twice():
    return "inside"


@app.get("/around-guard", around=[guard])
def around_guard():
    return "inside"


@app.get("/around-guard-async", around=[guard_async])
def around_guard_async():
    return "inside"


@app.get("/around-order", around=[outer_mark, inner_mark])
def around_order():
    return "inside"


@app.post("/around-refusal", around=[outer_mark, sees_errors], body_limit=5)
def around_refusal(request: Request):
    return "inside"


# Services ----------------------------------------------------------------------------------------------------


class Outer:
    """A service."""


class Inner:
    """A service that needs another."""


class Settled:
    """A service whose clean-up may fail: a commit, say."""


class Slow:
    """A service that awaits."""


class Once:
    """Made once for the app."""

    made = 0

    def __init__(self) -> None:
        Once.made += 1


@app.provide
def make_outer() -> Iterator[Outer]:
    log.append("outer opens")
    try:
        yield Outer()
    except BaseException as error:
        log.append(f"outer sees {type(error).__name__}")
        raise
    finally:
        log.append("outer closes")


@app.provide
def make_inner(outer: Outer) -> Iterator[Inner]:
    log.append("inner opens")
    try:
        yield Inner()
    finally:
        log.append("inner closes")


@app.provide
def make_settled(request: Request) -> Iterator[Settled]:
    yield Settled()
    log.append("commit")
    if "fail" in request.query:
        raise RuntimeError("the commit failed")


@app.provide
async def make_slow() -> AsyncIterator[Slow]:
    log.append("slow opens")
    yield Slow()
    log.append("slow closes")


@app.provide(scope="app")
def make_once() -> Once:
    return Once()


@app.get("/services")
def services(inner: Inner, outer: Outer):
    log.append("handler")
    return "served"


@app.get("/services-async")
async def services_async(inner: Inner, outer: Outer):
    log.append("handler")
    return "served"


@app.get("/services-slow")
def services_slow(slow: Slow, outer: Outer):
    log.append("handler")
    return "served"


@app.get("/services-fail")
def services_fail(inner: Inner):
    log.append("handler")
    raise Conflict("Taken.")


@app.get("/services-fail-async")
async def services_fail_async(inner: Inner):
    log.append("handler")
    raise Conflict("Taken.")


@app.get("/services-stream", status=203, media_type="text/csv")
def services_stream(inner: Inner):
    log.append("handler")
    yield "a"
    log.append("streaming")
    yield "b"


@app.get("/services-stream-async", status=203, media_type="text/csv")
async def services_stream_async(slow: Slow):
    log.append("handler")
    yield "a"
    log.append("streaming")
    yield "b"


@app.get("/commit")
def commit(settled: Settled):
    return "committed"


@app.get("/commit-async")
async def commit_async(settled: Settled):
    return "committed"


@app.get("/once")
def once(a: Once):
    return {"made": Once.made, "same": a is not None}


def current_page(page: int = 1) -> int:
    return page * 10


async def slow_page(page: int = 1) -> int:
    return page * 100


def opened() -> Iterator[str]:
    log.append("opened")
    yield "value"
    log.append("closed")


async def opened_async() -> AsyncIterator[str]:
    log.append("opened")
    yield "value"
    log.append("closed")


@app.get("/depends")
def depends(offset: Annotated[int, Depends(current_page)], again: int = Depends(current_page)):
    return [offset, again]


@app.get("/depends-async")
def depends_async(offset: Annotated[int, Depends(slow_page)]):
    return [offset]


@app.get("/depends-around", around=[Depends(opened)])
def depends_around():
    log.append("handler")
    return "inside"


@app.get("/depends-around-async", around=[Depends(opened_async)])
async def depends_around_async():
    log.append("handler")
    return "inside"


@app.get("/log")
def read_log():
    found, log[:] = list(log), []
    return found


# Context -----------------------------------------------------------------------------------------------------

mark: contextvars.ContextVar[str] = contextvars.ContextVar("mark", default="unset")


def marks():
    token = mark.set("by the around")
    try:
        yield
    finally:
        mark.reset(token)


@app.get("/current")
def current_request():
    return {"path": current.request.path, "on-loop": threading.current_thread().name.startswith("demijohn-loop")}


@app.get("/current-async")
async def current_request_async():
    return {"path": current.request.path}


@app.get("/current-stream")
def current_stream():
    yield current.request.path


@app.get("/current-stream-async")
async def current_stream_async():
    yield current.request.path


@app.get("/context", around=[marks])
def context():
    return {"mark": mark.get()}


@app.get("/context-async", around=[marks])
async def context_async():
    return {"mark": mark.get()}


@app.get("/inline", blocking=False)
def inline():
    return "inline"


@app.get("/state", around=[guard])
def state(request: Request):
    request.state.seen = True
    return {"seen": request.state.seen}


@app.get("/nonce")
def nonce(request: Request):
    return HTML("<script nonce='{}'></script>", request.nonce)


@app.get("/root")
def root(request: Request):
    return {"root": request.root_path, "link": url(home), "target": request.target}


# Clients that leave --------------------------------------------------------------------------------------------

ended: list[str] = []


@app.get("/idle")
async def idle():
    async def chunks():
        try:
            yield "begun"
            await asyncio.sleep(3600)
        finally:
            ended.append("idle")

    return StreamingResponse(chunks())


@app.get("/endless")
def endless():
    try:
        while True:
            yield "x" * 1000
            time.sleep(0.01)
    finally:
        ended.append("endless")


@app.get("/ended")
def what_ended():
    return ended


# A blueprint -------------------------------------------------------------------------------------------------

blog = Blueprint("blog", around=[outer_mark])


@blog.get("/")
def index():
    return "index"


@blog.get("/{id}")
def show(id: int):
    return {"link": url("show", id=id + 1), "home": url("home")}


@blog.get("/broken")
def broken():
    raise KeyError("broken")


@blog.on_error(KeyError)
def on_key_error(error):
    return "the blueprint's own", 410


app.include(blog, prefix="/blog")
