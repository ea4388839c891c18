"""Header fields that are wrong, endless or hostile, going out and coming in, through every door."""
# ruff: noqa: E501 - tables

import asyncio
import json
import logging
import tracemalloc

import pytest
from contract_doors import Got, Sent, ask_asgi, ask_wsgi
from contract_everywhere import everywhere, posted

from demijohn import (
    HTML,
    App,
    Cookie,
    FileResponse,
    Header,
    Limits,
    RedirectResponse,
    Request,
    Response,
    Schema,
    StreamingResponse,
    redirect,
)

app = App(limits=Limits(body=1_000), debug=False)


@pytest.fixture(autouse=True)
def quiet():
    """Failures are part of the cases: their tracebacks are not."""
    logger = logging.getLogger("demijohn")
    logger.disabled = True
    yield
    logger.disabled = False


class Item(Schema):
    """A typed body."""

    name: str


# What goes out ------------------------------------------------------------------------------------------------


@app.get("/set")
def set_value(value: str):
    response = Response("set")
    response.headers["X-A"] = value
    return response


@app.get("/set-async")
async def set_async(value: str):
    return "set", 200, {"X-A": value}


@app.get("/name")
def set_name(name: str):
    return Response("set", headers={name: "1"})


@app.get("/stream")
def set_in_stream(value: str):
    return StreamingResponse(iter([b"a", b"b"]), headers={"X-A": value})


@app.get("/type")
def set_type(value: str):
    return Response("set", media_type=value)


@app.get("/to")
def to(next: str):
    return redirect(next)


@app.get("/to-async")
async def to_async(next: str):
    return RedirectResponse(next)


@app.get("/cookie")
def cookie(name: str = "a", value: str = "1", path: str = "/"):
    response = Response("set")
    response.set_cookie(name, value, path=path)
    return response


@app.get("/download")
def download(name: str):
    return FileResponse(__file__, filename=name, as_attachment=True)


def get(target: str, *fields: tuple[str, str]) -> Got:
    """The answer to a request with some header fields, the same through every door."""
    return everywhere(app, Sent("GET", target, fields))


def quoted(text: str) -> str:
    """As it stands in a query."""
    from urllib.parse import quote

    return quote(text, safe="", errors="surrogatepass")


CONTROLS = ["\r\nSet-Cookie: x=1", "\nX: 1", "\rX: 1", "\0", "\x0b", "\x0c", "\x1b[31m", "\x7f", "a\r\n\r\n<script>"]


@pytest.mark.parametrize("text", [*CONTROLS, "✓", "\u2028", "Ā"])
@pytest.mark.parametrize("target", ["/set?value=", "/set-async?value=", "/stream?value="])
def test_values_break_out_of_no_header(target: str, text: str) -> None:
    """A failure where they are set, and a clean 500 (CVE-2020-7695, CVE-2026-42545)."""
    answer = get(f"{target}a{quoted(text)}b")
    assert answer.status == 500
    assert answer.header("x-a") is None
    assert answer.header("set-cookie") is None
    assert answer.header("content-type") == "application/problem+json"


@pytest.mark.parametrize("name", ["X A", "", "X:", "X\r\nY", "é", "X\0", "X\tY", "(X)", "X;", " X", "X/"])
def test_names_that_are_none(name: str) -> None:
    """The same for names."""
    assert get(f"/name?name={quoted(name)}").status == 500


@pytest.mark.parametrize("text", CONTROLS)
def test_types_break_out_of_no_header(text: str) -> None:
    """Nor do media types (CVE-2026-34514)."""
    answer = get(f"/type?value=text/html{quoted(text)}")
    assert answer.status == 500
    assert answer.header("set-cookie") is None


@pytest.mark.parametrize("target", ["/to?next=", "/to-async?next="])
def test_redirects_break_out_of_no_header(target: str) -> None:
    """Refused, or percent-encoded."""
    for text in (
        "/x\r\nSet-Cookie: a=b",
        "/x\nX: 1",
        "/x\0",
        "/\t/evil.tld",
        "//evil.tld",
        "/\\evil.tld",
        "javascript:alert(1)",
        "\x00//evil.tld",
    ):
        answer = get(target + quoted(text))
        assert answer.status in (303, 500)
        assert answer.header("set-cookie") is None
        assert "evil" not in (answer.header("location") or "")
    assert get(target + quoted("/é?q=ü")).header("location") == "/%C3%A9?q=%C3%BC"


@pytest.mark.parametrize(
    "query",
    ["name=a;b", "name=a%20b", "name=", "name=a%0d%0ab", "name=%C3%A9", "value=x;%20HttpOnly", "value=x%0d%0a", "value=x,y", "value=%22",
     "value=%5C", "value=a%20b", "value=%C3%A9", "path=/;%20Secure", "path=x", "path=/%0d%0a", "name=__Host-a", "name=__SECURE-a", "path=/%C3%A9"],
)  # fmt: skip
def test_cookies_break_out_of_no_header(query: str) -> None:
    """Nor out of their place in it (CVE-2026-3644)."""
    answer = get(f"/cookie?{query.replace(';', '%3b')}")
    assert answer.status == 500
    assert answer.all("set-cookie") == []


def test_a_cookie_that_no_browser_would_keep() -> None:
    """Is told, and is not silently dropped."""
    assert (
        get("/cookie?value=" + "v" * 4_000).header("set-cookie") == f"a={'v' * 4_000}; Path=/; HttpOnly; SameSite=Lax"
    )
    assert get("/cookie?value=" + "v" * 4_100).status == 500


@pytest.mark.parametrize(
    ("name", "said"),
    [('a"; filename="x.sh', 'attachment; filename="a\\"; filename=\\"x.sh"; filename*=UTF-8\'\'a%22%3B%20filename%3D%22x.sh'),
     ("naïve ✓.txt", "attachment; filename=\"naive _.txt\"; filename*=UTF-8''na%C3%AFve%20%E2%9C%93.txt"), ("a\r\nb", 'attachment; filename="a__b"'),
     ("../../x", 'attachment; filename="x"'), ("..\\x", 'attachment; filename="x"'), ("a;b", 'attachment; filename="a;b"')],
)  # fmt: skip
def test_names_of_downloads(name: str, said: str) -> None:
    """One name, escaped, without folders (CVE-2022-36359)."""
    assert get(f"/download?name={quoted(name)}").header("content-disposition") == said


# Every answer has what protects it ---------------------------------------------------------------------------


@app.get("/html")
def html(request: Request):
    return HTML('<script nonce="{}"></script>', request.nonce)


@app.get("/json")
async def as_json():
    return {"a": 1}


@app.get("/file")
def file():
    return FileResponse(__file__)


@app.get("/empty")
def empty() -> None:
    return None


@app.get("/boom")
def boom():
    raise RuntimeError


@app.get("/status/{code}")
def status(code: int):
    return Response(None if code == 304 else "x", code)


@app.post("/item")
def item(body: Item):
    return body


ALWAYS = {
    "x-content-type-options": "nosniff", "referrer-policy": "same-origin", "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin",
}  # fmt: skip


def test_every_answer_is_protected() -> None:
    """Whatever its status and type, refusals and failures too (CVE-2024-28103)."""
    page = (("accept", "text/html"),)
    sent = [
        Sent("GET", "/html"), Sent("GET", "/json"), Sent("GET", "/file"), Sent("GET", "/empty"), Sent("GET", "/boom"), Sent("GET", "/nowhere"),
        Sent("POST", "/json"), Sent("OPTIONS", "/json"), Sent("HEAD", "/html"), Sent("GET", "/to?next=/x"), Sent("GET", "/to"), Sent("GET", "/%ff"),
        Sent("GET", "/", host="a b"), Sent("GET", "/boom", page), Sent("GET", "/nowhere", page), Sent("GET", "/" + "a" * 9_000), Sent("GET", "/to", page),
        Sent("POST", "/item", (("content-type", "text/plain"),), b"x"), Sent("POST", "/item", (("content-type", "application/json"),), b"{" * 2_000),
        Sent("POST", "/item", (("content-type", "application/json"),), b"{"), *(Sent("GET", f"/status/{code}") for code in (201, 299, 304, 400, 401, 403, 410, 503)),
    ]  # fmt: skip
    statuses = set()
    for one in sent:
        answer = everywhere(app, one)
        statuses.add(answer.status)
        if answer.status == 304:  # What it says takes the place of what a browser has kept with the page.
            assert not ({*ALWAYS, "content-security-policy"} & {name for name, _ in answer.headers})
            continue
        for name, value in ALWAYS.items():
            assert answer.header(name) == value, one
        assert (answer.header("content-security-policy") or "").startswith("default-src 'none'"), one
    assert statuses >= {200, 201, 204, 303, 304, 400, 401, 403, 404, 405, 413, 414, 415, 422, 500, 503}


# What comes in -----------------------------------------------------------------------------------------------


@app.get("/seen")
def seen(request: Request):
    return [request.headers.get("x-forwarded-for"), request.headers.get("x_forwarded_for"), request.headers.get("remote-user"),
            request.headers.get("content_length"), request.client]  # fmt: skip


@app.get("/typed")
def typed(agent: str = Header("", alias="user-agent"), theme: str = Cookie("light")):
    return [agent, theme]


@app.get("/cookies")
def cookies(request: Request):
    return request.cookies


@app.get("/cookies-async")
async def cookies_async(request: Request):
    return request.cookies


@app.get("/language")
def language(request: Request):
    return request.accepts_language("en", "de") or "none"


@app.get("/accepts")
def accepts(request: Request):
    return request.accepts("text/html", "application/json") or "none"


def test_names_with_an_underscore_pose_as_nothing() -> None:
    """As CGI they would be others, which a proxy has set (CVE-2026-3902); WSGI servers drop them themselves."""
    from contract_doors import ask_rsgi

    fields = (("x_forwarded_for", "1.2.3.4"), ("content_length", "0"), ("remote_user", "admin"))
    sent = Sent("GET", "/seen", fields)
    for answer in (asyncio.run(ask_asgi(app, sent)), asyncio.run(ask_rsgi(app, sent))):
        assert json.loads(answer.body) == [None, None, None, None, "127.0.0.1"]


@pytest.mark.parametrize("count", [101, 5_000])
def test_fields_are_counted(count: int) -> None:
    """431 above a hundred (CVE-2025-14550, CVE-2025-67725)."""
    for target in ("/seen", "/typed", "/cookies", "/cookies-async"):
        assert get(target, *[(f"x-{number}", "1") for number in range(count)]).status == 431


def test_a_field_that_comes_again_and_again() -> None:
    """Is one of many: ASGI has each in a list, so that reading them is as long as they are."""
    sent = Sent("GET", "/json", (("foo", "bar"),) * 50_000)
    answer = asyncio.run(ask_asgi(app, sent))
    assert answer.status == 431
    assert ask_wsgi(app, Sent("GET", "/seen", (("foo", "bar"),) * 90)).status == 200


def test_fields_are_measured() -> None:
    """431 above 8,190 bytes."""
    for target in ("/seen", "/typed"):
        assert get(target, ("x-a", "a" * 8_000)).status == 200
        assert get(target, ("x-a", "a" * 8_190)).status == 431


@pytest.mark.parametrize(
    "value",
    ["xxxxxxxx" + "-xxxxxxxx" * 500, ", ".join(["en; q=1.0"] * 500), "*" * 4_000, ";" * 4_000, ",q=" * 2_000, "en;q=" + "9" * 4_000, "en" + " " * 8_000 + "x",
     "de;q=0.1;q=0.2", "-", "\t", "de;q=nan", "de;q=1e3", "de;q=-1"],
)  # fmt: skip
def test_languages_and_types_that_are_none(value: str) -> None:
    """They are passed over, in one go (CVE-2023-23969, CVE-2026-77050, CVE-2024-26142, CVE-2024-39316)."""
    assert get("/language", ("accept-language", value)).text in ("en", "de", "none")
    assert get("/accepts", ("accept", value)).status == 200
    assert get("/html", ("accept-encoding", value)).status == 200


def test_languages_are_not_remembered() -> None:
    """Each that is new leaves nothing behind."""

    def ask(number: int) -> None:
        sent = Sent("GET", "/language", (("accept-language", f"{number:x}-" + "x" * 390),))
        assert ask_wsgi(app, sent).status == 200

    for number in range(100):
        ask(number)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(1_000):
            ask(number)
        assert tracemalloc.get_traced_memory()[0] - before < 100_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("unit", ["x=y;", "a", 'x="', "x=\\", ";", " ", "x=y; ", '"', "\\"])
def test_types_of_bodies_as_long_as_may_be(unit: str) -> None:
    """415, read in one go (CVE-2024-24762, CVE-2024-25126)."""
    for start in ("a/b;", "a/b", "application/json", "multipart/form-data;", "application/x-www-form-urlencoded;"):
        value = (start + unit * (8_000 // len(unit)))[:8_100]
        assert posted(app, "/item", value, b"x").status in (400, 415, 422)


# Cookies -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a=1; b=2", {"a": "1", "b": "2"}), ("a=1;b=2;;; ;c", {"a": "1", "b": "2"}), ('a="x y"', {"a": "x y"}), ("a=1; a=2", {"a": "1"}),
        ("=x", {}), ("=__Host-session=bad", {}), ("__Host-session", {}), (" = __Host-a=1", {}), ("__Host-a=1", {"__Host-a": "1"}),
        ("__%48ost-a=1", {"__%48ost-a": "1"}), ("a=%41", {"a": "%41"}), ('a="', {"a": '"'}), ('a=""', {"a": ""}), ("a==b", {"a": "=b"}),
        ("$Version=1; a=1", {"$Version": "1", "a": "1"}), ("a=1, b=2", {"a": "1, b=2"}), ('a="\\"; b=1"', {"a": "\\", "b": '1"'}), ("a", {}), ("", {}),
    ],
)  # fmt: skip
def test_hostile_cookies_are_read(value: str, expected: dict) -> None:
    """None appears that was not sent by that very name (CVE-2023-23934, CVE-2020-8184)."""
    for target in ("/cookies", "/cookies-async"):
        assert json.loads(get(target, ("cookie", value)).body) == expected


@pytest.mark.parametrize("unit", ["\\", "a=1;", ";", "=", '"', " ", "a", 'a="\\"', "a=b; ", ",", "\t;"])
def test_cookies_as_long_as_may_be(unit: str) -> None:
    """Read or refused, in one go (CVE-2024-7592, CVE-2023-22792)."""
    for start, end in (("", ""), ('a="', '"'), ("a=", ";")):
        value = start + unit * (8_000 // len(unit)) + end
        for target in ("/cookies", "/cookies-async", "/typed"):
            assert get(target, ("cookie", value)).status in (200, 431)


def test_cookies_are_counted_and_measured() -> None:
    """431 above 180 of them, and above 8,190 bytes in all."""
    assert len(json.loads(get("/cookies", ("cookie", "; ".join(f"c{n}=1" for n in range(180)))).body)) == 180
    assert get("/cookies", ("cookie", "; ".join(f"c{n}=1" for n in range(181)))).status == 431
    # WSGI servers join two fields, so that it is one which is too long: the reason is worded in two ways.
    sent = Sent("GET", "/cookies", (("cookie", "a=" + "x" * 5_000), ("cookie", "b=" + "x" * 5_000)))
    assert ask_wsgi(app, sent).status == asyncio.run(ask_asgi(app, sent)).status == 431
    assert get("/json", ("cookie", "x" * 9_000)).status == 200  # which nobody asked for


def test_two_cookie_fields_are_one() -> None:
    """HTTP/2 may cut it in pieces (RFC 9113, section 8.2.3)."""
    for target in ("/cookies", "/cookies-async"):
        assert json.loads(get(target, ("cookie", "a=1"), ("cookie", "b=2")).body) == {"a": "1", "b": "2"}
