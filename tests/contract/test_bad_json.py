"""JSON bodies that are wrong, huge or hostile: 400 or 422 with the place, through every door."""
# ruff: noqa: E501 - tables

import dataclasses
import gc
import json
import time
from typing import Annotated, Any, TypedDict

import pytest
from contract_doors import Got
from contract_everywhere import posted

from demijohn import App, Body, Limits, Meta, Request, Schema

JSON = "application/json"


class Item(Schema):
    """A typed body."""

    name: str
    age: int
    ratio: float = 0.5
    tags: list[str] = []
    flag: bool = False


class Tree(Schema):
    """A body that holds its own kind."""

    children: list["Tree"] = []


class Loose(Schema):
    """A body with a place for anything."""

    extra: Any = None
    wide: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0


@dataclasses.dataclass
class Pair:
    """Numbers in all sorts of containers."""

    several: tuple[int, ...] = ()
    two: tuple[str, int] = ("", 0)
    mixed: int | str | None = None
    mapped: dict[str, int] = dataclasses.field(default_factory=dict)
    listed: list[int | None] = dataclasses.field(default_factory=list)


class Table(TypedDict):
    """A long list of records."""

    rows: list[Item]


app = App(limits=Limits(body=8_000_000))


@app.post("/item")
def item(body: Item):
    return body


@app.post("/item-async")
async def item_async(body: Item):
    return body


@app.post("/tree")
def tree(body: Tree):
    return body


@app.post("/loose")
def loose(body: Loose):
    return body


@app.post("/pair")
def pair(body: Pair):
    return body


@app.post("/table")
def table(body: Table):
    return len(body["rows"]).__str__()


@app.post("/any")
def any_(body: Annotated[Any, Body()]):
    return {"body": body}


@app.post("/json")
def plain(request: Request):
    return {"body": request.json()}


def send(target: str, body: bytes | str) -> Got:
    """The answer to JSON, the same through every door."""
    return posted(app, target, JSON, body if isinstance(body, bytes) else body.encode())


def places(answer: Got) -> list[str]:
    """Where a 422 says that something is wrong."""
    assert answer.status == 422, answer.text
    return [error["where"] for error in json.loads(answer.body)["errors"]]


def nested(depth: int, opened: str = "[", closed: str = "]") -> str:
    """A value of so many levels."""
    return opened * depth + closed * depth


EVERY = ["/item", "/item-async", "/tree", "/loose", "/any", "/json"]


@pytest.mark.parametrize("target", EVERY)
@pytest.mark.parametrize(
    "body",
    [nested(100_000), '{"a":' * 50_000 + "1" + "}" * 50_000, "[" * 100_000, '{"children":[' * 600 + "]}" * 600],
    ids=["arrays", "objects", "never closed", "records"],
)
def test_values_without_end_are_refused(target: str, body: str) -> None:
    """Not with a RecursionError, and not by the process (OWASP ASVS 1.5.2)."""
    assert send(target, body).status == 400


@pytest.mark.parametrize("target", ["/any", "/json"])
def test_64_levels_pass_and_no_more(target: str) -> None:
    """Whatever the brackets, and however many there are beside."""
    for opened, closed in (("[", "]"), ('{"a":', "}")):
        inside = nested(64, opened, closed) if opened == "[" else opened * 64 + "1" + closed * 64
        assert send(target, inside).status == 200
        answer = send(target, f"{opened}{inside}{closed}")
        assert answer.status == 400
        assert "nested too deep: JSON may have 64 levels" in answer.text
    flat = "[" + ",".join(['{"a":[]}'] * 1_000) + "]"
    assert send(target, flat).status == 200
    assert send(target, f'{{"a":{flat},"b":{nested(64)}}}').status == 400


@pytest.mark.parametrize(
    "text",
    ["[" * 500, "{[" * 500, '\\"[[' * 100, "\\\\\\\\" * 50 + "[" * 200, "]" * 500, "\\u005b" * 500, '\\\\\\"[' * 99],
)
def test_brackets_in_strings_are_text(text: str) -> None:
    """However they are escaped."""
    body = f'{{"extra":[["{text}"],{{"{text}":["{text}"]}}],"more":"{text}"}}'
    assert json.loads(send("/loose", body).body)["extra"] == json.loads(body)["extra"]
    assert json.loads(send("/any", body).body)["body"] == json.loads(body)


def test_records_that_hold_their_own_kind_are_no_deeper() -> None:
    """Each of them is two levels."""
    assert send("/tree", '{"children":[' * 31 + "]}" * 31).status == 200
    assert send("/tree", '{"children":[' * 33 + "]}" * 33).status == 400
    assert send("/loose", '{"extra":' + nested(63) + "}").status == 200
    assert send("/loose", '{"extra":' + nested(64) + "}").status == 400


@pytest.mark.parametrize("target", EVERY)
@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "nan", "-", "01", "+1", "1.", ".5", "1e", "0x1"])
def test_what_is_no_number_is_no_json(target: str, token: str) -> None:
    """RFC 8259, section 6; also where the field is not known."""
    for body in (f'{{"name":"x","age":1,"ratio":{token}}}', f'{{"name":"x","age":1,"other":{token}}}'):
        assert send(target, body).status == 400


@pytest.mark.parametrize("target", ["/item", "/item-async"])
@pytest.mark.parametrize("number", ["9" * 5_000, "1e5000", "-" + "9" * 5_000, "9223372036854775808", "9" * 30,
                                    "-9223372036854775809"])  # fmt: skip
def test_huge_numbers_are_not_valid(target: str, number: str) -> None:
    """In time, and with their place (CVE-2020-10735); whole numbers have 64 bits."""
    assert places(send(target, f'{{"name":"x","age":{number}}}')) == ["body.age"]


@pytest.mark.parametrize("target", ["/any", "/json", "/loose"])
def test_huge_numbers_are_never_anything(target: str) -> None:
    """Where no type says what is expected."""
    for number in ("9" * 5_000, "1e5000", "-1e400"):
        assert places(send(target, f'{{"extra":[0,{number}]}}')) == ["body.extra.1"]


@pytest.mark.parametrize("target", ["/any", "/json"])
def test_the_places_of_huge_numbers_are_told(target: str) -> None:
    """Each of them, up to a hundred; what else is wrong with the body counts first."""
    huge = "9" * 5_000
    assert places(send(target, f'{{"a":{{"b":[1e999,2,-{huge}]}},"c":{huge},"d":1}}')) == [
        "body.a.b.0",
        "body.a.b.2",
        "body.c",
    ]
    assert places(send(target, "-1e999")) == ["body"]
    assert len(places(send(target, "[" + ",".join(["1e999"] * 200) + "]"))) == 100
    for text in ("[1e999,NaN]", "[1e999", '{"a":1e999,"a":1}', "[1e999] 1", "[1e999,Infinity]"):
        answer = send(target, text)
        assert answer.status == 400
        assert "out of all bounds" in answer.text


def test_numbers_at_the_bounds_pass() -> None:
    """Also where a field has bounds of its own, or none because anything goes."""
    for number in ("9223372036854775807", "-9223372036854775808", "-0", "0"):
        assert json.loads(send("/item", f'{{"name":"x","age":{number}}}').body)["age"] == int(number)
    assert json.loads(send("/loose", f'{{"wide":{2**63 - 1}}}').body)["wide"] == 2**63 - 1
    for number in (2**63, 2**64, 2**71, -1):
        assert places(send("/loose", f'{{"wide":{number}}}')) == ["body.wide"]
    assert json.loads(send("/item", '{"name":"9999999999999999999999","age":5}').body)["age"] == 5
    assert json.loads(send("/item", '{"name":"x","age":5,"ratio":99999999999999999999999}').body)["ratio"] == 1e23
    assert send("/any", "99999999999999999999999").status == 200


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"several":[1,99999999999999999999]}', ["body.several.1"]),
        ('{"two":["a",99999999999999999999]}', ["body.two.1"]),
        ('{"mixed":99999999999999999999}', ["body.mixed"]),
        ('{"mapped":{"a":1,"b":99999999999999999999}}', ["body.mapped.b"]),
        ('{"listed":[null,-99999999999999999999]}', ["body.listed.1"]),
        ('{"listed":[99999999999999999999],"mixed":99999999999999999999}', ["body.mixed", "body.listed.0"]),
    ],
)
def test_64_bits_hold_in_containers(body: str, expected: list[str]) -> None:
    """And in unions."""
    assert places(send("/pair", body)) == expected


@pytest.mark.parametrize("target", EVERY)
@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf{}",
        '{"name":"x","age":1}'.encode("utf-16-le"),
        '{"name":"x","age":1}'.encode("utf-16"),
        '{"name":"x","age":1}'.encode("utf-32"),
        b'"\xff"',
        b'{"name":"\xff","age":1}',
        b'{"name":"x","age":1,"other":"\xff"}',
        b'{"name":"x","age":1,"\xff":1}',
        b'{"name":"x","age":1,"other":"\xed\xa0\x80"}',
        b'{"name":"x","age":1,"other":"\xc0\xaf"}',
        b'{"name":"\\ud800","age":1}',
        b'{"name":"\\udc00x","age":1}',
        b'{"name":"x","age":1,"other":"\\ud800\\ud800"}',
    ],
)
def test_text_is_utf8(target: str, body: bytes) -> None:
    """Whole, without a mark at its start, and without half a character (RFC 8259, section 8)."""
    assert send(target, body).status == 400


def test_characters_beyond_the_first_plane_pass() -> None:
    """As they are, and as two escapes."""
    for text in ("😀", "\\ud83d\\ude00"):
        assert json.loads(send("/item", f'{{"name":"{text}","age":1}}').body)["name"] == "😀"


@pytest.mark.parametrize("target", EVERY)
@pytest.mark.parametrize(
    "body",
    ["", " ", "\n", "{} {}", "{},", "{'a':1}", "//c\n{}", "/**/{}", '{"a":1}\0', "\0{}", "{,}", '{"a":1,}', "[1,]", '{"a"}', '{a:1}',
     '"\n"', '"\x00"', '"\\x41"', '"\\u12"', "tru", "undefined", "\x0c{}", "\u00a0{}", '{"a":1', '"a', "]", "}"],
)  # fmt: skip
def test_what_is_no_json_is_refused(target: str, body: str) -> None:
    """RFC 8259 to the letter."""
    assert send(target, body).status == 400


@pytest.mark.parametrize("target", ["/item", "/item-async", "/tree", "/loose", "/pair"])
@pytest.mark.parametrize("body", ["null", "1", "[]", '"x"', "true", "1.5"])
def test_another_value_is_not_valid(target: str, body: str) -> None:
    """JSON, but no object."""
    assert places(send(target, body)) == ["body"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("age", '"12"'), ("age", "true"), ("age", "1.5"), ("age", "1.0"), ("age", "null"), ("age", "[1]"), ("tags", '"abc"'),
        ("tags", '{"0":"a"}'), ("name", "1"), ("name", "null"), ("flag", '"false"'), ("flag", "0"), ("ratio", '"1"'), ("ratio", "true"),
    ],
)  # fmt: skip
def test_types_are_strict_in_json(field: str, value: str) -> None:
    """Only text of queries and forms is read as something else (OWASP ASVS 15.3.5)."""
    sent = {"name": '"x"', "age": "1"} | {field: value}
    body = "{" + ",".join(f'"{name}":{text}' for name, text in sent.items()) + "}"
    assert places(send("/item", body)) == [f"body.{field}"]


def test_the_last_of_two_keys_counts() -> None:
    """As documented; nested too (OWASP ASVS 1.5.3)."""
    assert json.loads(send("/any", '{"role":"user","role":"admin","a":{"b":1,"b":2}}').body)["body"] == {
        "role": "admin",
        "a": {"b": 2},
    }
    assert json.loads(send("/item", '{"name":"x","age":1,"age":2}').body)["age"] == 2
    assert places(send("/item", '{"name":"x","age":1,"age":"2"}')) == ["body.age"]


@pytest.mark.parametrize("kind", [None, "text/plain", "application/jsonp", "application/json; charset=utf-16", "json",
                                  "application/json; charset=utf-7", "multipart/form-data; boundary=b", "text/json"])  # fmt: skip
def test_other_media_types_are_not_json(kind: str | None) -> None:
    """A browser sends `text/plain` to any site without asking it."""
    status = posted(app, "/item", kind, b'{"name":"x","age":1}').status
    assert status == (400 if kind and "multipart" in kind else 415)  # a form, for a route that takes both
    assert posted(app, "/item", "application/vnd.api+json", b'{"name":"x","age":1}').status == 200


def cost(target: str, body: bytes) -> float:
    """Seconds of CPU that a door takes, at best of three."""
    from contract_doors import Sent, ask_wsgi

    best = 1e9
    gc.disable()  # which looks at all that other tests have left
    try:
        for _ in range(3):
            start = time.thread_time()
            ask_wsgi(app, Sent("POST", target, (("content-type", JSON),), body))
            best = min(best, time.thread_time() - start)
    finally:
        gc.enable()
    return best


ROWS = b'{"name":"aaaaaaaaaaaa","age":1}'


@pytest.mark.parametrize(
    "make",
    [
        lambda n: b"[" * n + b"]" * n,
        lambda n: b"[" + b",".join([b"[" * 60 + b"]" * 60] * (n // 60)) + b"]",
        lambda n: b'["' + b"\\\\" * n + b'",' + b",".join([b"[]"] * 70) + b"]",
        lambda n: b'["' + b'","' * n + b'",' + b",".join([b"[]"] * 70) + b"]",
        lambda n: b"[" + b"9999999999999999999," * (n // 10) + b"1]",
    ],
    ids=["deep", "wide", "escapes", "strings", "numbers"],
)
def test_looking_twice_takes_linear_time(make) -> None:
    """Four times the body takes about four times as long, not sixteen times."""
    assert any(cost("/any", make(200_000)) < 8 * max(cost("/any", make(50_000)), 0.002) for _ in range(3))


def test_a_mistake_at_the_end_of_a_long_list_is_found_in_time() -> None:
    """Ten thousand good records before it are not taken apart one by one."""
    good = b'{"rows":[' + b",".join([ROWS] * 50_000) + b"]}"
    bad = b'{"rows":[' + b",".join([ROWS] * 50_000) + b',{"name":1,"age":"x"}]}'
    assert places(send("/table", bad)) == ["body.rows.50000.name", "body.rows.50000.age"]
    assert any(cost("/table", bad) < 10 * cost("/table", good) for _ in range(3))
