"""Cookies: what browsers send is read, what they would drop or misread is never written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.foundation.http.cookies import format_cookie, parse_cookies
from demijohn.foundation.http.errors import HeadersTooLarge

VALUES = st.text("".join(map(chr, range(0x21, 0x7F))), max_size=50).filter(lambda v: not set(v) & set('",;\\'))
NAMES = st.text("abcXYZ019!#$%&'*+-.^_`|~", min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        ("a=1; b=2;c=3;", {"a": "1", "b": "2", "c": "3"}),
        (" a = 1 ;\tb=2\t", {"a": "1", "b": "2"}),
        ("a=", {"a": ""}),
        ("a=b=c==", {"a": "b=c=="}),
        ("a=1,b=2", {"a": "1,b=2"}),
        ("a b=1", {"a b": "1"}),
        ('a="1"; b="', {"a": "1", "b": '"'}),
        ('a=""', {"a": ""}),
        ('a="x', {"a": '"x'}),
        ('a="b\\"c\\073"', {"a": 'b\\"c\\073'}),
        ("a=%3B%20", {"a": "%3B%20"}),
        ("A=1; a=2", {"A": "1", "a": "2"}),
    ],
)
def test_headers_are_read(header: str, expected: dict[str, str]) -> None:
    """Spaces, quotes and equal signs; nothing is decoded."""
    assert parse_cookies(header) == expected


def test_the_first_of_a_name_wins() -> None:
    """Browsers send the most specific path first."""
    assert parse_cookies("a=1; a=2; a=") == {"a": "1"}


@pytest.mark.parametrize("header", ["=__Host-session=bad", "__Host-session", "=x", " =x", "\t=__Host-session=x"])
def test_cookies_without_a_name_are_dropped(header: str) -> None:
    """B116: they could pass for another cookie (CVE-2023-23934)."""
    assert parse_cookies(header) == {}


@pytest.mark.parametrize("count", [1000, 2000, 4000, 8000])
def test_hostile_headers_are_read(count: int) -> None:
    """B115: backslashes are plain text (CVE-2024-7592), empty pieces are nothing."""
    assert parse_cookies('a="' + "\\" * count + '"') == {"a": "\\" * count}
    assert parse_cookies(";" * count) == {}


def test_the_number_of_cookies_is_limited() -> None:
    """B115: also where they have one name."""
    assert parse_cookies("a=1;" * 180) == {"a": "1"}
    assert len(parse_cookies(";".join(f"c{n}=1" for n in range(180)) + ";;;flag;")) == 180
    for header in ("a=1;" * 181, ";".join(f"c{n}=1" for n in range(181))):
        with pytest.raises(HeadersTooLarge, match="more than 180 cookies"):
            parse_cookies(header)
    with pytest.raises(HeadersTooLarge, match="more than 1 cookies"):
        parse_cookies("a=1; b=2", limit=1)


def test_the_length_is_limited() -> None:
    """Over the bytes the answer is 431."""
    assert parse_cookies("a=" + "x" * 8188) == {"a": "x" * 8188}
    with pytest.raises(HeadersTooLarge, match="longer than 8190 bytes"):
        parse_cookies("a=" + "x" * 8189)


def test_several_headers_are_joined_with_a_semicolon() -> None:
    """B119: HTTP/2 sends one header per cookie; a comma would be part of a value."""
    assert parse_cookies("; ".join(["a=1", "b=2"])) == {"a": "1", "b": "2"}


def test_octets_are_read_as_utf8_where_they_are() -> None:
    """Else they stay one character each."""
    assert parse_cookies("a=" + "naïve".encode().decode("latin-1")) == {"a": "naïve"}
    assert parse_cookies("a=\xff") == {"a": "\xff"}
    assert parse_cookies("a=✓") == {"a": "✓"}


@given(st.one_of(st.text(), st.text('a=;" \\\t,%', max_size=60)))
def test_any_header_is_read_or_too_large(header: str) -> None:
    """No other exception; no name is empty or has spaces around it."""
    try:
        cookies = parse_cookies(header, limit=5, max_bytes=50)
    except HeadersTooLarge:
        assert len(header) > 50 or header.count("=") > 5
    else:
        assert all(name and name == name.strip(" \t") for name in cookies)


@given(st.dictionaries(NAMES, VALUES, max_size=20))
def test_what_is_written_is_read_again(cookies: dict[str, str]) -> None:
    """A browser sends back the first part of what was set."""
    secure = any(name.startswith("__") for name in cookies)
    sent = [format_cookie(name, value, secure=secure).partition(";")[0] for name, value in cookies.items()]
    assert parse_cookies("; ".join(sent)) == cookies


def test_the_defaults_are_safe() -> None:
    """Not for scripts, and not from other sites' forms."""
    assert format_cookie("a", "1") == "a=1; Path=/; HttpOnly; SameSite=Lax"


def test_every_attribute_is_written() -> None:
    """In one order, each in its spelling."""
    cookie = format_cookie(
        "a",
        "1",
        max_age=timedelta(minutes=1),
        expires=datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        path="/x",
        domain="example.com",
        secure=True,
        httponly=False,
        samesite="none",
        partitioned=True,
    )
    assert cookie == (
        "a=1; Path=/x; Domain=example.com; Max-Age=60; Expires=Thu, 01 Jan 2026 00:00:00 GMT; Secure;"
        " SameSite=None; Partitioned"
    )
    assert format_cookie("a", "", max_age=0, samesite=None) == "a=; Path=/; Max-Age=0; HttpOnly"
    assert "SameSite=Strict" in format_cookie("a", "", samesite="strict")
    assert "Thu, 01 Jan 2026 00:00:00 GMT" in format_cookie("a", "", expires=datetime(2026, 1, 1))  # noqa: DTZ001


def test_samesite_is_taken_in_flasks_spelling() -> None:
    """With a capital, as it stands in the header."""
    lax: Any = "Lax"
    assert format_cookie("a", "1", samesite=lax) == "a=1; Path=/; HttpOnly; SameSite=Lax"


@pytest.mark.parametrize("name", ["", "a;b", "a b", "a=b", "é", "a\0", "a\r\n", "a,b", '"a"', 3])
def test_bad_names_are_refused(name: Any) -> None:
    """B079."""
    with pytest.raises(ValueError, match="is no cookie name"):
        format_cookie(name, "1")


@pytest.mark.parametrize(
    "value", ["x; HttpOnly", "x\r\n", "x,y", "x\0", "x\x7f", "a b", '"x"', "a\\b", "é", "✓", "\ud800"]
)
def test_bad_values_are_refused(value: str) -> None:
    """B079: with the way out in the message."""
    with pytest.raises(ValueError, match=r"encode the value, with urllib\.parse\.quote or base64"):
        format_cookie("k", value)


def test_values_are_text() -> None:
    """Anything else is a TypeError that shows the fix."""
    value: Any = 3
    with pytest.raises(TypeError, match=r"is int, not str: write str\(value\)"):
        format_cookie("k", value)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"path": "/; Secure"}, "is no path"),
        ({"path": ""}, "is no path"),
        ({"path": "x"}, "is no path"),
        ({"path": "/\r\nx"}, "is no path"),
        ({"path": "/é"}, "is no path"),
        ({"domain": "x; y"}, "is no domain"),
        ({"domain": ""}, "is no domain"),
        ({"domain": "a..b"}, "is no domain"),
        ({"domain": "x\r\n"}, "is no domain"),
        ({"domain": "x\n"}, "is no domain"),
        ({"domain": "a." * 127}, "is no domain"),
        ({"samesite": "Lax; z"}, "is no samesite"),
        ({"samesite": ""}, "is no samesite"),
        ({"samesite": "none"}, "secure=True only"),
        ({"partitioned": True}, "secure=True only"),
        ({"expires": datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))}, "HTTP date"),
    ],
)
def test_bad_attributes_are_refused(attributes: dict[str, Any], message: str) -> None:
    """B079: no attribute smuggles another one in, none is silently ignored by browsers."""
    with pytest.raises(ValueError, match=message):
        format_cookie("k", "1", **attributes)


def test_prefixes_are_kept_to() -> None:
    """A browser would drop the cookie without a word."""
    assert format_cookie("__Host-s", "1", secure=True).startswith("__Host-s=1; Path=/; Secure")
    assert format_cookie("__Secure-s", "1", secure=True, path="/x", domain="example.com")
    for attributes in ({}, {"secure": True, "path": "/x"}, {"secure": True, "domain": "example.com"}):
        for name in ("__Host-s", "__host-s", "__HOST-s"):
            with pytest.raises(ValueError, match='needs secure=True, path="/" and no domain'):
                format_cookie(name, "1", **attributes)  # type: ignore[arg-type]
    for name in ("__secure-s", "__Http-s"):
        with pytest.raises(ValueError, match="needs secure=True"):
            format_cookie(name, "1")
    for name in ("__Http-s", "__Host-Http-s"):
        assert format_cookie(name, "1", secure=True)
        with pytest.raises(ValueError, match="needs httponly=True"):
            format_cookie(name, "1", secure=True, httponly=False)


def test_a_path_that_browsers_overlook_is_refused() -> None:
    """They would take the path of the request for it."""
    assert format_cookie("a", "1", path="/" + "p" * 1023)
    with pytest.raises(ValueError, match="is no path for the cookie a"):
        format_cookie("a", "1", path="/" + "p" * 1024)


def test_cookies_that_browsers_drop_are_refused() -> None:
    """B121: over 4096 bytes a session would silently be gone."""
    room = 4096 - len(format_cookie("k", ""))
    assert len(format_cookie("k", "v" * room)) == 4096
    with pytest.raises(ValueError, match="4097 bytes"):
        format_cookie("k", "v" * (room + 1))
    with pytest.raises(ValueError, match="keep the data on the server"):
        format_cookie("k", "v" * 4096)


def test_a_naive_expiry_is_utc() -> None:
    """The same moment either way."""
    moment = datetime(2026, 6, 1, 12)  # noqa: DTZ001
    assert format_cookie("a", "1", expires=moment) == format_cookie("a", "1", expires=moment.replace(tzinfo=UTC))
