"""Responses: checked when they are made and when they are touched."""
# ruff: noqa: E501 - the cases read as a table

import msgspec
import pytest

from demijohn import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse, TextResponse


def test_kinds_and_their_types():
    """Each class says its media type; `str` is plain text unless told otherwise."""
    assert Response("x").media_type == TextResponse("x").media_type == "text/plain; charset=utf-8"
    assert Response(b"x").media_type == "application/octet-stream"
    assert Response("x", media_type="text/csv").media_type == "text/csv"
    assert HTMLResponse("<p>").media_type == "text/html; charset=utf-8"
    assert JSONResponse({"a": 1}).json() == {"a": 1}
    assert StreamingResponse(["a"]).text == ""


@pytest.mark.parametrize("status", [99, 100, 600, 0, -1, "200", None, 200.0])
def test_a_status_is_a_number(status):
    """From 200 to 599: others are not for an app to send."""
    with pytest.raises(ValueError, match="from 200 to 599"):
        Response("x", status)


@pytest.mark.parametrize("body", [{"a": 1}, 3, ["x"], object()])
def test_a_body_is_text_or_bytes(body):
    """Anything else is told what to do instead."""
    with pytest.raises(TypeError, match=r"JSONResponse\(value\)"):
        Response(body)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:x",
        "//evil",
        "/\\evil",
        "\\\\evil",
        "http:evil",
        "/a b",
        "/a\r\nX: y",
        "\x01javascript:x",
        "https:/evil",
        "vbscript:x",
        "/a\x00",
    ],
)
def test_redirects_go_nowhere_dangerous(url):
    """A ValueError where it is made, not a header that browsers misread."""
    with pytest.raises(ValueError, match=r"."):
        RedirectResponse(url)


@pytest.mark.parametrize("status", [200, 300, 304, 400])
def test_redirects_have_a_status_of_theirs(status):
    """Only those that browsers follow."""
    with pytest.raises(ValueError, match="is no redirect"):
        RedirectResponse("/", status)


def test_redirects_quote_what_is_not_ascii():
    """The location is a URL whatever was written."""
    assert RedirectResponse("/é?q=ü").headers["location"] == "/%C3%A9?q=%C3%BC"
    assert RedirectResponse("?page=2").status == 303


@pytest.mark.parametrize(
    ("name", "options"),
    [("a;b", {}), ("a", {"value": "x; HttpOnly"}), ("a", {"value": "x\r\n"}), ("a", {"value": "x,y"}), ("a", {"path": "/; Secure"}),
     ("a", {"domain": "x; y"}), ("a", {"samesite": "Lax; z"}), ("", {}), ("a b", {}), ("__Host-a", {}), ("a", {"samesite": "none"})],
)  # fmt: skip
def test_cookies_that_would_break_out(name, options):
    """No attribute can be smuggled in, and prefixes keep their promises."""
    response = Response("x")
    with pytest.raises(ValueError, match=r"."):
        response.set_cookie(name, **options)
    assert response.own_headers in (None, [])


def test_deleting_a_cookie():
    """The client is told that it is over at once."""
    response = Response("x")
    response.delete_cookie("a")
    assert "Max-Age=0" in response.headers["set-cookie"]


@pytest.mark.parametrize(
    ("name", "attributes", "expected"),
    [
        ("__Host-a", {}, "__Host-a=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"),
        ("__secure-a", {"path": "/x"}, "__secure-a=; Path=/x; Max-Age=0; Secure; HttpOnly; SameSite=Lax"),
        ("__Http-a", {}, "__Http-a=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"),
        ("a", {"samesite": "none"}, "a=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=None"),
        ("a", {"partitioned": True}, "a=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax; Partitioned"),
        ("a", {"domain": "example.com", "samesite": None}, "a=; Path=/; Domain=example.com; Max-Age=0; HttpOnly"),
    ],
)
def test_deleting_a_cookie_as_it_was_set(name, attributes, expected):
    """Browsers drop what does not keep to its prefix, and keep another cookie of the same name in each partition."""
    response = Response("x")
    response.delete_cookie(name, **attributes)
    assert response.headers["set-cookie"] == expected


def test_json_that_cannot_be():
    """What msgspec cannot encode is an error here, not half an answer."""
    with pytest.raises((TypeError, msgspec.EncodeError)):
        JSONResponse(object())
