"""Requests as tests write them."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.foundation.http.forms import parse_multipart
from demijohn.foundation.limits import Limits
from demijohn.tools.testing.exchange import ClientRequest, absolute, build, multipart

BASE = "http://localhost"


def sent(**content):
    """The request that a POST makes of some content."""
    return build(BASE, "post", "/", **content)


@pytest.mark.parametrize(
    ("content", "body", "media_type"),
    [
        ({"json": {"a": [1]}}, b'{"a":[1]}', "application/json"),
        ({"json": []}, b"[]", "application/json"),
        ({"data": {"q": "a b", "n": 1}}, b"q=a+b&n=1", "application/x-www-form-urlencoded"),
        ({"content": "ü"}, b"\xc3\xbc", "text/plain; charset=utf-8"),
    ],
)
def test_bodies_and_their_types(content, body, media_type):
    """Each way to write a body says what it is."""
    request = sent(**content)
    headers = dict(request.headers)
    assert request.body == body
    assert headers["content-type"] == media_type
    assert headers["content-length"] == str(len(body))


def test_raw_content_says_nothing_about_itself():
    """Bytes are sent as they are, without a type; nothing is sent without a length."""
    assert dict(sent(content=b"\x00").headers) == {"content-length": "1"}
    assert sent().headers == ()


def test_a_type_that_was_given_is_kept():
    """The test knows better."""
    assert dict(sent(json={}, headers={"Content-Type": "text/json"}).headers)["content-type"] == "text/json"


@pytest.mark.parametrize(
    "content",
    [
        {"json": 1, "data": {}},
        {"json": 1, "content": b""},
        {"files": {}, "json": 1},
        {"files": {}, "content": b""},
    ],
)
def test_a_request_has_one_body(content):
    """Two at once are a mistake in the test."""
    with pytest.raises(ValueError, match="one body"):
        sent(**content)


def test_a_raw_body_is_not_form_data():
    """data= takes fields, as in httpx; the message shows the other spelling."""
    with pytest.raises(TypeError, match="content="):
        sent(data=b"raw")


def test_files_arrive_as_they_were_written(tmp_path):
    """All ways to name a file, read back by the parser that the server uses."""
    path = tmp_path / "notes.txt"
    path.write_text("from disk")
    body, media_type = multipart(
        {"title": 'a "quoted"\r\nname', "tag": ["x", "y"]},
        {"a": b"plain", "b": ("b.csv", "1,2"), "c": ("c", io.BytesIO(b"stream"), "image/png"), "d": path},
    )
    fields, files = parse_multipart(body, media_type, Limits())
    assert fields == [("title", 'a "quoted"\r\nname'), ("tag", "x"), ("tag", "y")]
    seen = [(name, file.filename, file.content_type, file.read()) for name, file in files]
    assert seen == [
        ("a", "file", "application/octet-stream", b"plain"),
        ("b", "b.csv", "text/csv", b"1,2"),
        ("c", "c", "image/png", b"stream"),
        ("d", "notes.txt", "text/plain", b"from disk"),
    ]
    for _, file in files:
        file.close()


@pytest.mark.parametrize(
    ("path", "query", "url"),
    [
        ("/a b", None, "/a%20b"),
        ("/a%2Fb", None, "/a%2Fb"),
        ("/%ff", None, "/%ff"),
        ("/s?q=ü", {"n": [1, 2]}, "/s?q=%C3%BC&n=1&n=2"),
        ("/s", [("a", "&"), ("a", "=")], "/s?a=%26&a=%3D"),
        ("", None, None),
        ("shop", None, None),
    ],
)
def test_urls_as_a_browser_sends_them(path, query, url):
    """What must be encoded is, what is encoded stays; a path begins with a slash."""
    if url is None:
        with pytest.raises(ValueError, match="starts with a slash"):
            absolute(BASE, path, query)
    else:
        assert absolute(BASE, path, query) == BASE + url


@given(st.text())
def test_any_text_in_a_path_comes_back(text):
    """Whatever letters a test puts in a segment, the server decodes the same ones."""
    for special in "%?#/":
        text = text.replace(special, "")
    encodable = text.encode("utf-8", "ignore").decode()
    request = ClientRequest("GET", absolute(BASE, f"/x/{encodable}"))
    if not any(letter in encodable for letter in "\t\r\n"):  # browsers, and urlsplit, drop these three
        assert request.path_bytes.decode() == f"/x/{encodable}"


@pytest.mark.parametrize(
    ("method", "status", "becomes"),
    [
        ("POST", 303, "GET"),
        ("PUT", 303, "GET"),
        ("HEAD", 303, "HEAD"),
        ("POST", 302, "GET"),
        ("PUT", 302, "PUT"),
        ("POST", 307, "POST"),
        ("POST", 308, "POST"),
        ("GET", 301, "GET"),
    ],
)
def test_redirects_as_browsers_follow_them(method, status, becomes):
    """RFC 9110, section 15.4: a body goes along only where the method stays."""
    request = build(BASE, method, "/shop/cart", json={"a": 1})
    then = request.redirected(status, "done?x=1")
    assert then.method == becomes
    assert then.url == f"{BASE}/shop/done?x=1"
    assert bool(then.body) == (becomes == method)
    assert ("content-type" in dict(then.headers)) == (becomes == method)


def test_a_redirect_to_another_host_is_not_followed():
    """There is only one app to ask."""
    assert build(BASE, "GET", "/").redirected(302, "https://example.org/") is None


def test_headers_are_checked():
    """A header that would split the request is a mistake in the test, told at once."""
    with pytest.raises(ValueError, match="control character"):
        build(BASE, "GET", "/", headers={"x-a": "1\r\nx-b: 2"})
