"""The cases: what is sent, and what every door must answer.

`body` is compared with the whole body (bytes or str), or with the decoded JSON (anything else); `where` with the
places of a 422's problems; `headers` must be among those of the answer, a None must not. `everywhere` marks the cases
that real servers are asked too.
"""
# ruff: noqa: E501 - the cases read as a table

import json
from dataclasses import dataclass, field
from typing import Any

from contract_app import LIMIT
from contract_doors import Got, Sent

ANYTHING: Any = object()


@dataclass(frozen=True)
class Case:
    """One request and its answer."""

    name: str
    sent: Sent
    status: int = 200
    body: Any = ANYTHING
    headers: dict[str, str | None] = field(default_factory=dict)
    where: tuple[str, ...] | None = None
    logged: tuple[str, ...] | None = None
    everywhere: bool = False
    doors: tuple[str, ...] = ("wsgi", "asgi", "rsgi")

    def check(self, answer: Got) -> None:
        """Compare an answer with what was promised."""
        assert answer.status == self.status, answer.body[:300]
        if isinstance(self.body, str):
            assert answer.text == self.body
        elif isinstance(self.body, bytes):
            assert answer.body == self.body
        elif self.body is not ANYTHING:
            assert json.loads(answer.body) == self.body
        for name, value in self.headers.items():
            assert answer.header(name) == value, name
        if self.where is not None:
            problem = json.loads(answer.body)
            assert sorted(error["where"] for error in problem["errors"]) == sorted(self.where)
            assert all(error["message"].endswith(".") for error in problem["errors"])
            count = "One value is" if len(self.where) == 1 else f"{len(self.where)} values are"
            assert problem["detail"].startswith(count)


TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
JSON = "application/json"
PROBLEM = "application/problem+json"
FORM = "application/x-www-form-urlencoded"
BROWSER = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8")

CASES: list[Case] = []


def case(name: str, sent: Sent, status: int = 200, body: Any = ANYTHING, **more: Any) -> None:
    """Add a case."""
    kind = more.pop("type", None)
    headers = dict(more.pop("headers", {}))
    if kind:
        headers["content-type"] = kind
    alike = sum(known.name.partition(" #")[0] == name for known in CASES)
    CASES.append(Case(f"{name} #{alike + 1}" if alike else name, sent, status, body, headers, **more))


def get(target: str, status: int = 200, body: Any = ANYTHING, *, with_: tuple = (), **more: Any) -> None:
    """Add a GET."""
    host = more.pop("host", "example.com")
    name = more.pop("name", f"GET {target[:60]}")
    case(name, Sent("GET", target, tuple(with_), host=host), status, body, **more)


def post(
    target: str, kind: str | None, content: bytes | str, status: int = 200, body: Any = ANYTHING, **more: Any
) -> None:
    """Add a POST (or another method) with a body."""
    method = more.pop("method", "POST")
    extra = tuple(more.pop("with_", ()))
    raw = content.encode() if isinstance(content, str) else content
    headers = ((("content-type", kind),) if kind else ()) + extra
    name = more.pop("name", f"{method} {target[:30]} {kind} {raw[:30]!r}")
    chunks = more.pop("chunks", None)
    case(name, Sent(method, target, headers, raw, chunks), status, body, **more)


# Return types
get("/", 200, "Hello, wörld!", type=TEXT, headers={"content-length": "14"}, everywhere=True)
get("/async", 200, "Hello, wörld!", type=TEXT, everywhere=True)
get("/inline", 200, "inline", type=TEXT, everywhere=True)
get("/html", 200, "<p>&lt;b&gt;</p>", type=HTML, everywhere=True)
get("/str-html", 200, "<script>alert(1)</script>", type=TEXT, headers={"x-content-type-options": "nosniff"})
get("/dict", 200, '{"a":1,"b":[1.5,null,true],"ü":"é"}', type=JSON, everywhere=True)
get("/list", 200, '[1,"two",{"three":3}]', type=JSON, everywhere=True)
get("/schema", 200, {"x": 1.0, "y": 0.0}, type=JSON)
get("/dataclass", 200, {"width": 2, "height": 3}, type=JSON)
get("/nested", 200, {"at": "2026-05-31T14:30:00Z", "points": [{"x": 1, "y": 0}], "price": "1.50", "colour": "red",
                     "id": "00000000-0000-0000-0000-000000000001"})  # fmt: skip
get("/bytes", 200, b"\x00\xff", type="application/octet-stream", everywhere=True)
get("/response", 202, "made", type="text/csv", headers={"x-one": "1"}, everywhere=True)
get("/json-response", 203, {"a": 1}, type=JSON)
get("/tuple2", 201, "made", type=TEXT)
get("/tuple3", 201, {"made": True}, headers={"location": "/things/1"}, everywhere=True)
get("/pair", 200, ["a", "b"])
get("/none", 204, b"", headers={"content-type": None, "content-length": None}, everywhere=True)
get("/none-async", 204, b"", headers={"content-type": None, "content-length": None}, everywhere=True)
get("/none-201", 201, b"", headers={"content-length": "0", "content-type": None}, everywhere=True)
get("/empty", 200, b"", headers={"content-length": "0"}, everywhere=True)
get("/forgot", 500, type=PROBLEM)
get("/generator", 200, "one two three", type=TEXT, everywhere=True)
get("/async-generator", 200, "one two three", type=TEXT, everywhere=True)
get("/streaming", 206, "ab", type="text/csv", headers={"x-one": "1"}, everywhere=True)
get("/streaming-async", 206, "ab", type="text/csv", headers={"x-one": "1"}, everywhere=True)
get("/shaped", 200, {"name": "Ann", "age": 40})
get("/shaped-list", 200, [{"name": "Ann", "age": 40}, {"name": "Bob", "age": 3}])
get("/shaped-wrong", 500, type=PROBLEM)
get("/status-201", 201, {"id": 1}, everywhere=True)
get("/status-odd", 299, "odd", everywhere=True)
get("/status-599", 599, "odd")
get("/status-bad", 500, type=PROBLEM)
get("/status-204", 204, b"", headers={"content-type": None}, everywhere=True)
get("/csv", 200, "a,b\n1,2\n", type="text/csv")
get("/nan", 200, {"value": None, "more": None})
get("/surrogate", 500, type=PROBLEM, everywhere=True)
get("/unencodable", 500, type=PROBLEM)
get("/own-length", 200, "12345", headers={"content-length": "5"}, everywhere=True)
get("/own-type", 200, "<x/>", type="application/xml")

# Path parameters: good ones, and bad ones, which are 404
for kind, good, bad in (
    ("int", {"5": 5, "-3": -3, "0": 0, "-0": 0, "007": 7, "9223372036854775807": 2**63 - 1},
     ("x", "1.5", "+5", "1e3", "%C2%B2", "%D9%A3", "9223372036854775808", "9" * 400, "1_000", "%205", "null", "0x1")),
    ("float", {"1.5": 1.5, "2": 2, "-0.5": -0.5}, ("nan", "inf", "-inf", "x", "1,5", "null", "1e999", "0x1p3")),
    ("bool", {"true": True, "0": False, "on": True}, ("maybe", "2", "null")),
    ("decimal", {"1.50": "1.50", "-3": "-3"}, ("NaN", "Infinity", "1e5", "x")),
    ("uuid", {"00000000-0000-0000-0000-000000000001": "00000000-0000-0000-0000-000000000001"}, ("1", "x" * 36, "null")),
    ("date", {"2026-05-31": "2026-05-31"}, ("2026-02-30", "20260531", "1748649600", "yesterday")),
    ("datetime", {"2026-05-31T14:30:00Z": "2026-05-31T14:30:00Z"}, ("2026-05-31", "1748649600", "x")),
    ("enum", {"red": "RED"}, ("RED", "green", "Red")),
    ("literal", {"a": "a"}, ("c", "A")),
    ("str", {"a%20b": "a b", "caf%C3%A9": "café", "%E2%9C%93": "✓", "a+b": "a+b", "..": "..", "null": "null", "%25": "%"}, ()),
):  # fmt: skip
    for text, value in good.items():
        get(f"/{kind}/{text}", 200, {"value": value}, everywhere=text in ("5", "caf%C3%A9", "a%20b"))
    for text in bad:
        get(f"/{kind}/{text}", 404, type=PROBLEM, everywhere=text == "x")

get("/str/static", 200, "static wins")
get("/str/", 404)
get("/str/a%2Fb", 404, everywhere=True)
get("/str/a/b", 404)
get("/rest/a%2Fb/c", 200, {"path": "a/b/c"}, everywhere=True)
get("/rest/a//b/", 200, {"path": "a//b/"})
get("/rest/", 404)
get("/mixed/2026-05", 200, {"year": 2026, "month": 5})
get("/mixed/2026-11", 200, {"year": 2026, "month": 11})
get("/mixed/2026", 404)
get("/gr%C3%B6%C3%9Fe/%C3%A4", 200, {"größe": "ä"}, everywhere=True)
get("/str/%00", 400, type=PROBLEM, everywhere=True)
get("/str/a%0Ab", 400)
get("/str/%7f", 400)
get("/str/%C2%85", 400)
get("/str/%ff", 400, type=PROBLEM, everywhere=True)
get("/str/%c3", 400)
get("/%ff", 400, everywhere=True)
get("/str/%ED%A0%80", 400)
get("/int/%ff", 400)
get("/nowhere%0d%0aSet-Cookie:%20a=b", 400, headers={"set-cookie": None})
get("/str/" + "a" * 8_000, 200)
get("/str/" + "a" * 9_000, 414, name="a path over the limit")
get("/?q=" + "a" * 9_000, 414, name="a query over the limit")
get(
    "/bound/7?q=%C3%A4%26b",
    200,
    {"path": "/bound/7", "target": "/bound/7?q=%C3%A4%26b", "params": {"n": "7"}, "q": "ä&b"},
    everywhere=True,
)
case("no leading slash", Sent("GET", "str/a"), 404)
case("no leading slash, one segment", Sent("GET", "x5"), 404)
case("an asterisk", Sent("OPTIONS", "*"), 404)
get("//evil.example/str/a", 404)
get("//slashed", 404, headers={"location": None})

# Queries
default = ["-", 0, 0.5, False, None, None, "red", "a", ["end"], []]
get("/query", 200, default)
get("/query", 200, default, name="a default list is not shared")
get("/query?text=x&number=-3&ratio=1e3&flag=on&maybe=4&day=2026-05-31&colour=blue&kind=b&tags=p&tags=q&ids=1&ids=2", 200,
    ["x", -3, 1000, True, 4, "2026-05-31", "blue", "b", ["p", "q", "end"], [1, 2]], everywhere=True)  # fmt: skip
get("/query?text=&number=&maybe=&day=", 200, ["", *default[1:]], name="empty values are as if left out")
get("/query?number=x&ratio=nan&flag=maybe&maybe=null&day=2026-02-30&colour=green&kind=c&ids=1&ids=x", 422, where=tuple(
    f"query.{name}" for name in ("number", "ratio", "flag", "maybe", "day", "colour", "kind", "ids")), everywhere=True)  # fmt: skip
for text in ("4.0", "1e3", "%20", "+5%20", "%C2%B2", "9" * 30, "true", "NaN", "0x10", "1_0"):
    get(f"/query?number={text}", 422, where=("query.number",))
get("/query?number=%ff", 400, name="a query that is not UTF-8")
get("/query?number=007", 200, ["-", 7, *default[2:]])
get("/query?number=1&number=2", 200, ["-", 2, *default[2:]], name="of two values the last counts")
get("/query?unknown=1", 200, default)
get("/needed", 422, where=("query.q", "query.page"))
get("/needed?q=a&page=0&size=101", 422, where=("query.page", "query.size"))
get("/needed?q=a+b&page=3", 200, {"q": "a b", "page": 3, "size": 10}, everywhere=True)
get("/raw-query?a=1;b=2", 200, {"all": [["a", "1;b=2"]], "raw": "a=1;b=2"})
get(
    "/raw-query?a=%zz&b=%&c=%4",
    200,
    {"all": [["a", "%zz"], ["b", "%"], ["c", "%4"]], "raw": "a=%zz&b=%&c=%4"},
    everywhere=True,
)
get("/raw-query?a=%C3%A4&%C3%A4=", 200, {"all": [["a", "ä"], ["ä", ""]], "raw": "a=%C3%A4&%C3%A4="}, everywhere=True)
get("/raw-query?" + "&".join(["a=1"] * 51), 400, name="more query parameters than the limit")
get("/query?" + "&".join(["tags=1"] * 51), 400, name="more query parameters than the limit, typed")
get("/needed?page=1&" + "&".join(["q=1"] * 51), 400, name="more query parameters than the limit, quick")

# Headers and cookies
get("/header", 422, where=("header.x-token",))
get("/header", 200, {"token": "t", "agent": None}, with_=(("X-Token", "t"),), name="a header")
get(
    "/header",
    200,
    {"token": "t", "agent": "me"},
    with_=(("X-Token", "t"), ("User-Agent", "me")),
    everywhere=True,
    name="two headers",
)
get("/headers", 200, {"x-one": "a, b", "x-two": "", "content-type": None, "x-forwarded-for": None, "remote-user": None},
    with_=(("X-One", "a, b"), ("X-Two", "")), name="headers of any value")  # fmt: skip
get("/headers", 431, with_=[(f"X-{n}", "1") for n in range(60)], name="too many headers")
get("/headers", 431, with_=[("X-One", "a" * 9_000)], name="a header that is too long")
get("/cookies", 200, {"a": "none", "all": {}})
get(
    "/cookies",
    200,
    {"a": "1", "all": {"a": "1", "b": "2"}},
    with_=[("Cookie", "a=1; b=2")],
    name="cookies",
    everywhere=True,
)
get(
    "/cookies",
    200,
    {"a": "1", "all": {"a": "1", "b": "2"}},
    with_=[("Cookie", "a=1"), ("Cookie", "b=2")],
    name="cookies in two fields",
)
get("/cookies", with_=[("Cookie", '=;;; a;b="x, y" ,=;\x01')], name="odd cookies")
get("/set-cookies", 200, "set", everywhere=True)

# Hosts
for host in (
    "example.com",
    "example.com:80",
    "EXAMPLE.com",
    "example.com.",
    "[::1]:8000",
    "127.0.0.1:5000",
    "a_b.example",
):
    get("/", 200, host=host, name=f"host {host}")
for host in ("example.com@evil.tld", "example.com:80/badpath", "a/?x=", "a b", "example.com: evil", "example.com..", "a,b",
             "example.com:dr.frankenstein@evil.tld:80", "-", "a" * 300, "é", "a\\b", "[::1", "<script>"):  # fmt: skip
    get("/", 400, host=host, name=f"host {host[:40]}", type=PROBLEM)
get("/", 400, host=None, name="no host", type=PROBLEM)

# Bodies
good = '{"name":"road","points":[{"x":1},{"x":2,"y":3}]}'
line = {"name": "road", "points": [{"x": 1, "y": 0}, {"x": 2, "y": 3}], "width": 1}
for path in ("/line", "/line-async"):
    post(path, JSON, good, 200, line, everywhere=True)
    post(path, "application/json; charset=utf-8", good, 200, line)
    post(path, "application/vnd.api+json", good, 200, line)
    post(path, JSON, '{"name":"x","points":[{"x":"a"},{"y":1},3],"width":0}', 422,
         where=("body.name", "body.points.0.x", "body.points.1.x", "body.points.2", "body.width"), type=PROBLEM, everywhere=True)  # fmt: skip
    post(path, JSON, "{}", 422, where=("body.name", "body.points"))
    post(path, JSON, "null", 422, where=("body",))
    post(path, JSON, "[]", 422, where=("body",))
    post(path, JSON, '{"name":1,"points":"abc","width":"3"}', 422, where=("body.name", "body.points", "body.width"))
    post(path, JSON, '{"name":"ab","points":[],"width":true}', 422, where=("body.width",))
    huge = '{"name":"ab","points":[],"width":' + "9" * 5_000 + "}"
    post(path, JSON, huge, 422, where=("body.width",), name=f"{path} a huge number")
    post(path, JSON, '{"name":"ab","points":[],"width":1e5000}', 422, where=("body.width",))
    post(path, JSON, '{"name":"ab","points":[],"width":1.5}', 422, where=("body.width",))
    for bad in (b"", b"{", b"{} {}", b"{},", b"{'a':1}", b"//c\n{}", b'{"a":1}\x00', b"\xef\xbb\xbf{}", "{}".encode("utf-16"),
                b'{"ratio": NaN}', b"Infinity", b'"\xff"', b'{"name":"\xff"}'):  # fmt: skip
        post(path, JSON, bad, 400, type=PROBLEM, everywhere=bad in (b"{", b'"\xff"'))
    post(path, JSON, b"[" * 4_000 + b"]" * 4_000, 400, name=f"{path} nested deep")
    post(path, JSON, b'{"a":' * 1_500 + b"1" + b"}" * 1_500, 400, name=f"{path} nested deep, unknown field")
    for kind in (
        None,
        "text/plain",
        "application/jsonp",
        "application/xml",
        "json",
        "application/json; charset=utf-16",
        "text/html; json",
    ):
        post(path, kind, good, 415, type=PROBLEM, everywhere=kind == "text/plain")
    post(path, "application/jsonjsonjson;" + "x=y;" * 50, good, 415, name=f"{path} a long content type")
post("/json", JSON, b"[" * 4_000 + b"]" * 4_000, 400, name="request.json() nested deep")
post("/json", JSON, '{"a":[1]}', 200, {"json": {"a": [1]}})
post("/json", JSON, "\xff", 400)
post("/json", None, "{}", 200, {"json": {}})
post("/size", JSON, '{"width":2}', 200, {"width": 2, "height": 1})
post("/size", JSON, '{"width":"2"}', 422, where=("body.width",))
post("/size", FORM, "width=2&height=", 200, {"width": 2, "height": 1}, everywhere=True)
post("/size", FORM, "height=x", 422, where=("body.width", "body.height"))
post("/size", "multipart/form-data; boundary=json", b'--json\r\nContent-Disposition: form-data; name="width"\r\n\r\n4\r\n--json--\r\n',
     200, {"width": 4, "height": 1}, name="a boundary that says json")  # fmt: skip
post("/pair", JSON, '{"left":1,"right":2}', 200, {"left": 1, "right": 2})
post("/pair", JSON, '{"left":"1"}', 422, where=("body.left", "body.right"))
post("/points", JSON, '[{"x":1},{"x":2}]', 200, {"count": 2})
post("/points", JSON, '[{"x":1},{"y":2},{"x":"z"}]', 422, where=("body.1.x", "body.2.x"))
post("/points", FORM, "x=1", 422)
post("/map", JSON, '{"a":1}', 200, {"a": 1})
post("/map", JSON, '{"a":"1","b":2,"c":null}', 422, where=("body.a", "body.c"))
post("/map", FORM, "a=1&b=2", 200, {"a": 1, "b": 2})
post("/map", FORM, "a=x", 422)
post("/any", JSON, '{"a":[1,null]}', 200, {"data": {"a": [1, None]}})
post("/any", JSON, '{"a":1,"a":2}', 200, {"data": {"a": 2}}, name="of two keys the last counts")
post("/optional", JSON, "", 200, {"point": None}, name="an optional body left out")
post("/optional", None, "", 200, {"point": None}, name="an optional body without type left out")
post("/optional", JSON, '{"x":1}', 200, {"point": {"x": 1, "y": 0}})
post(
    "/both/5?dry=1",
    JSON,
    '{"x":1}',
    200,
    {"id": 5, "point": {"x": 1, "y": 0}, "dry": True, "limit": 1},
    method="PUT",
    everywhere=True,
)
post("/both/5?dry=x&limit=0", JSON, '{"x":"a"}', 422, where=("query.dry", "query.limit", "body.x"), method="PUT")
post("/both/x", JSON, '{"x":1}', 404, method="PUT")
post("/field", FORM, "name=Ann&ages=1&ages=2", 200, {"name": "Ann", "ages": [1, 2]}, everywhere=True)
post("/field", FORM, "name=A&ages=x", 422, where=("form.name", "form.ages"))
post("/field", FORM, "", 422, where=("form.name", "form.ages"))
post("/field", FORM, "name=%C3%A4%C3%B6+%26&ages=1", 200, {"name": "äö &", "ages": [1]})
post("/field", FORM, "name=%ff%ff&ages=1", name="a form that is not UTF-8", status=400)
post("/field", JSON, "{}", 415)
post("/field", FORM, "&".join(["a=1"] * 51), 413, name="more form fields than the limit")
multipart = (
    b'--B\r\nContent-Disposition: form-data; name="title"\r\n\r\nSea\r\n'
    b'--B\r\nContent-Disposition: form-data; name="photo"; filename="a b.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\x00\r\n--B--\r\n'
)
post("/upload", "multipart/form-data; boundary=B", multipart, 200,
     {"name": "a b.png", "type": "image/png", "size": 5, "title": "Sea"}, name="an upload", everywhere=True)  # fmt: skip
post("/upload", "multipart/form-data; boundary=B", b"--B--\r\n", 422, where=("file.photo",), name="an upload left out")
post("/upload", "multipart/form-data; boundary=B", multipart[:-20], 400, name="an upload cut short")
post("/upload", "multipart/form-data", multipart, 400, name="an upload without boundary")
post("/upload", FORM, "photo=x", 422, where=("file.photo",))
post(
    "/upload",
    "multipart/form-data; boundary=B",
    multipart.replace(b"PNG", b"P" * 2 * LIMIT),
    413,
    name="an upload over the limit",
)
post(
    "/upload",
    "multipart/form-data; boundary=B",
    multipart.replace(b"PNG", b"P" * LIMIT),
    200,
    name="an upload over the limit of other bodies",
)
post("/raw", "text/plain", "abc", 200, {"length": 3, "type": "text/plain", "form": []}, everywhere=True)
post("/raw", None, "", 200, {"length": 0, "type": None, "form": []})
post("/raw", FORM, "a=1&b=2&a=3", 200, {"length": 11, "type": FORM, "form": [["a", "1"], ["b", "2"], ["a", "3"]]})
post("/echo", "application/octet-stream", bytes(range(256)), 200, bytes(range(256)), name="every byte", everywhere=True)
post("/no-body", None, "", 200, "done", everywhere=True)
post("/no-body", "text/plain", "ignored", 200, "done")

# Limits and lengths
for path in ("/raw", "/line", "/echo", "/no-body", "/field"):
    kind = {"/line": JSON, "/field": FORM}.get(path, "text/plain")
    big = b"a" * (LIMIT + 1)
    post(path, kind, big, 413, name=f"{path} over the limit", type=PROBLEM, everywhere=path == "/raw")
    post(
        path,
        kind,
        b"",
        413,
        chunks=(big[:5_000], big[5_000:]),
        name=f"{path} over the limit in chunks",
        everywhere=path == "/raw",
    )
    for length in ("5,5", "-1", "+5", "5 5", "1e2", "0x5", "x", "9" * 40):
        post(
            path,
            kind,
            b"aaaaa",
            413 if length == "9" * 40 else 400,
            with_=[("Content-Length", length)],
            name=f"{path} Content-Length {length[:9]}",
        )
    post(
        path, kind, b"aaaaa", 400, with_=[("Content-Length", "5"), ("Content-Length", "5")], name=f"{path} two lengths"
    )
    post(
        path,
        kind,
        b"aaaaa",
        400,
        with_=[("Content-Length", "5"), ("Transfer-Encoding", "chunked")],
        name=f"{path} length and chunks",
    )
post(
    "/raw",
    "text/plain",
    b"aa",
    400,
    with_=[("Content-Length", "\xb2")],
    name="a digit, but not one of ASCII",
    doors=("wsgi", "asgi"),
)
post(
    "/raw",
    "text/plain",
    b"",
    200,
    {"length": 9_999, "type": "text/plain", "form": []},
    chunks=(b"a" * 9_000, b"", b"a" * 999),
    name="in chunks",
    everywhere=True,
)
post("/raw", "text/plain", b"a" * LIMIT, 200, name="just at the limit")
post(
    "/line",
    JSON,
    b"",
    200,
    line,
    chunks=tuple(bytes([byte]) for byte in good.encode()),
    name="JSON in chunks of one byte",
)
post("/line", None, b"", 415, chunks=(good.encode(),), name="chunks without a type")
post("/small", "text/plain", "a" * 10, 200, {"length": 10})
post("/small", "text/plain", "a" * 11, 413)
post("/nowhere", JSON, "{}", 404)

# Manners
case("HEAD /", Sent("HEAD", "/"), 200, b"", headers={"content-length": "14", "content-type": TEXT}, everywhere=True)
case("HEAD async", Sent("HEAD", "/async"), 200, b"", headers={"content-length": "14"}, everywhere=True)
for path in ("/generator", "/async-generator", "/streaming-async", "/services-stream", "/services-stream-async"):
    case(
        f"HEAD {path}",
        Sent("HEAD", path),
        203 if "services" in path else 206 if "streaming" in path else 200,
        b"",
        everywhere=True,
    )
case("HEAD none", Sent("HEAD", "/none"), 204, b"")
case("HEAD 404", Sent("HEAD", "/nowhere"), 404, b"", type=PROBLEM, everywhere=True)
case("HEAD 400", Sent("HEAD", "/str/%00"), 400, b"")
case("HEAD 405", Sent("HEAD", "/line"), 405, b"", headers={"allow": "POST, OPTIONS"}, everywhere=True)
case("HEAD 500", Sent("HEAD", "/raise"), 500, b"", type=PROBLEM)
case("HEAD redirect", Sent("HEAD", "/slashed"), 308, b"", headers={"location": "/slashed/"})
case("OPTIONS", Sent("OPTIONS", "/"), 204, b"", headers={"allow": "GET, HEAD, OPTIONS"}, everywhere=True)
case("OPTIONS POST", Sent("OPTIONS", "/line"), 204, b"", headers={"allow": "POST, OPTIONS"})
case("OPTIONS nowhere", Sent("OPTIONS", "/nowhere"), 404)
case("405", Sent("POST", "/"), 405, headers={"allow": "GET, HEAD, OPTIONS"}, type=PROBLEM, everywhere=True)
case(
    "405 with body", Sent("DELETE", "/line", (("content-type", JSON),), b"{}"), 405, headers={"allow": "POST, OPTIONS"}
)
for method in ("get", "BREW", "G@T", "A" * 100, "<SCRIPT>"):
    case(f"method {method[:9]}", Sent(method, "/"), 405, headers={"allow": "GET, HEAD, OPTIONS"})
get("/slashed", 308, headers={"location": "/slashed/"}, everywhere=True)
get("/slashed?a=1&b=%C3%A4", 308, headers={"location": "/slashed/?a=1&b=%C3%A4"})
get("/slashed?a=\\", 308, headers={"location": "/slashed/?a=%5C"})
get("/slashed?a=\"<>'|", 308, headers={"location": "/slashed/?a=%22%3C%3E'%7C"})
get("/dict/", 308, headers={"location": "/dict"})
get("/slashed/5", 308, headers={"location": "/slashed/5/"})
get("/str/caf%C3%A9/", 308, headers={"location": "/str/caf%C3%A9"})
post("/line/", JSON, good, 308, headers={"location": "/line"})
for path in ("//evil.example/str", "//evil.example", "/%5Cevil.example/", "/%2f%2fevil.example/admin", "//str/a"):
    get(path, 404, headers={"location": None})

# Redirects and links
get("/to-home", 303, b"", headers={"location": "/"}, everywhere=True)
get("/to-name", 307, b"", headers={"location": "/bound/5?q=%C3%A4+b"}, everywhere=True)
get("/to-path", 302, headers={"location": "/%C3%A9?q=%C3%BC"}, everywhere=True)
get("/to-elsewhere?to=https://example.org/", 303, headers={"location": "https://example.org/"})
for to in (
    "//evil",
    "javascript:alert(1)",
    "data:text/html,x",
    "/x%0d%0aSet-Cookie:%20a=b",
    "%01javascript:x",
    "/%5Cevil",
    "http:evil",
    "/a%20b",
):
    get(f"/to-elsewhere?to={to}", 500, headers={"location": None, "set-cookie": None}, type=PROBLEM)
get("/link", 200, "/linked/%C3%A4?page=2&tags=a&tags=b%26c")
get("/link-wrong", 500)
get("/blog/", 200, "index", headers={"x-order": "outer"})
get("/blog/5", 200, {"link": "/blog/6", "home": "/"}, headers={"x-order": "outer"}, everywhere=True)
get("/blog/broken", 410, "the blueprint's own")
MOUNTED = ("wsgi", "asgi")  # RSGI servers have no prefix.
case(
    "a prefix",
    Sent("GET", "/root", root="/mount"),
    200,
    {"root": "/mount", "link": "/mount/", "target": "/mount/root"},
    doors=MOUNTED,
)
case(
    "a prefix, redirect",
    Sent("GET", "/slashed", root="/mount"),
    308,
    headers={"location": "/mount/slashed/"},
    doors=MOUNTED,
)
case("a prefix, nothing after it", Sent("GET", "", root="/mount"), 200, "Hello, wörld!", doors=MOUNTED)

# Failures
SECURE = {"x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "same-origin",
          "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin"}  # fmt: skip
get("/raise", 500, type=PROBLEM, everywhere=True)
get("/raise-async", 500, type=PROBLEM, everywhere=True)
get("/raise", 500, type=HTML, with_=[BROWSER], name="500 for a browser")
get("/raise-stop", 500, type=PROBLEM, everywhere=True)
get("/raise-stop-async", 500, type=PROBLEM, everywhere=True)
get("/raise-http", 418, {"type": "about:blank", "title": "I'm a Teapot", "status": 418, "detail": "Short and <stout>.", "spout": True},
    type=PROBLEM, headers={"x-pot": "tea"}, everywhere=True)  # fmt: skip
get("/raise-http", 418, type=HTML, with_=[BROWSER], name="418 for a browser", headers={"x-pot": "tea"})
get(
    "/raise-conflict",
    409,
    {"type": "about:blank", "title": "Conflict", "status": 409, "detail": "Taken."},
    type=PROBLEM,
)
get("/raise-custom", 409, {"handled": "mine", "path": "/raise-custom"}, type=JSON, everywhere=True)
get("/raise-forbidden", 403, "<p>No.</p>", type=HTML, headers={"x-why": "because"})
get("/raise-in-handler", 500, type=PROBLEM)
get("/nowhere", 404, type=PROBLEM, everywhere=True)
get("/nowhere", 404, type=HTML, with_=[BROWSER], name="404 for a browser", everywhere=True)
get("/%3Cscript%3Ealert(1)%3C/script%3E?%3Cscript%3E", 404, type=HTML, with_=[BROWSER], name="a script in the path")
for path in ("/inject", "/inject-tuple", "/inject-error", "/inject-cookie", "/inject-tuple?name=X%20A&value=1", "/inject-tuple?name=&value=1",
             "/inject-tuple?name=X:&value=1", "/inject-tuple?name=X%0d%0aY&value=1", "/inject-tuple?name=%C3%A9&value=1",
             "/inject?value=%E2%9C%93", "/inject?value=a%00b", "/inject?value=a%0Bb"):  # fmt: skip
    get(
        path,
        500,
        type=PROBLEM,
        headers={"set-cookie": None, "x-a": None},
        everywhere=path in ("/inject", "/inject-tuple", "/inject-error"),
    )
get("/inject?value=%C3%A9", 200, "fine", headers={"x-a": "é"})
for path, status in (("/", 200), ("/html", 200), ("/dict", 200), ("/none", 204), ("/generator", 200), ("/to-home", 303), ("/str/%00", 400),
                     ("/raise-forbidden", 403), ("/nowhere", 404), ("/line", 405), ("/query?number=x", 422), ("/raise", 500)):  # fmt: skip
    get(path, status, headers=SECURE, name=f"secure headers on {path}", everywhere=path in ("/", "/raise"))
get("/nonce", 200, type=HTML)

# Arounds
for name, how in (("", "sync"), ("-mixed", "sync"), ("-async", "async"), ("-async-mixed", "async")):
    get(f"/around{name}", 200, "inside", headers={"x-around": how}, everywhere=True)
    get(f"/around{name}?early=1", 203, {"early": True}, headers={"x-around": None})
for name in ("", "-async"):
    get(f"/around-replaces{name}", 202, "replaced")
    get(f"/around-sees{name}", 200, {"seen": "ZeroDivisionError"})
    get(f"/around-guard{name}", 200, "inside")
    get(f"/around-guard{name}?stop=1", 401, "stopped")
get("/around-swallows", 500)
get("/around-twice", 500)
get("/around-order", 200, "inside")
post("/around-refusal", "text/plain", "too much", 413, type=PROBLEM)

# Services
closing = ("outer opens", "inner opens", "handler", "inner closes", "outer closes")
get("/services", 200, "served", logged=closing)
get("/services-async", 200, "served", logged=closing)
get("/services-slow", 200, "served", logged=("slow opens", "outer opens", "handler", "outer closes", "slow closes"))
failing = ("outer opens", "inner opens", "handler", "inner closes", "outer sees Conflict", "outer closes")
get("/services-fail", 409, logged=failing)
get("/services-fail-async", 409, logged=failing)
get(
    "/services-stream",
    203,
    "ab",
    type="text/csv",
    logged=("outer opens", "inner opens", "handler", "streaming", "inner closes", "outer closes"),
)
get("/services-stream-async", 203, "ab", type="text/csv", logged=("slow opens", "handler", "streaming", "slow closes"))
case(
    "HEAD services",
    Sent("HEAD", "/services-stream"),
    203,
    b"",
    logged=("outer opens", "inner opens", "inner closes", "outer closes"),
)
case("HEAD services async", Sent("HEAD", "/services-stream-async"), 203, b"", logged=("slow opens", "slow closes"))
for name in ("", "-async"):
    get(f"/commit{name}", 200, "committed", logged=("commit",))
    get(f"/commit{name}?fail=1", 500, type=PROBLEM, logged=("commit",), everywhere=True)
get("/once", 200, {"made": 1, "same": True})
get("/depends?page=3", 200, [30, 30])
get("/depends?page=x", 422, where=("query.page",))
get("/depends-async?page=3", 200, [300])
get("/depends-around", 200, "inside", logged=("opened", "handler", "closed"))
get("/depends-around-async", 200, "inside", logged=("opened", "handler", "closed"))

# Context
get("/current", 200, {"path": "/current", "on-loop": False}, everywhere=True)
get("/current-async", 200, {"path": "/current-async"}, everywhere=True)
get("/current-stream", 200, "/current-stream")
get("/current-stream-async", 200, "/current-stream-async")
get("/context", 200, {"mark": "by the around"}, everywhere=True)
get("/context-async", 200, {"mark": "by the around"}, everywhere=True)
get("/state", 200, {"seen": True})
