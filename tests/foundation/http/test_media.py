"""Media types: what is malformed is told apart, what a client accepts is weighed, and no header is slow."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.foundation.http.media import (
    MediaRange,
    MediaType,
    base_name,
    best_match,
    content_disposition,
    parse_accept,
    parse_options,
)

HEADERS = st.one_of(st.text(), st.text('ab/;=," \\*q.01+-\t', max_size=80))


@pytest.mark.parametrize(
    ("text", "essence", "parameters"),
    [
        ("text/html", "text/html", {}),
        (" Text/HTML ", "text/html", {}),
        ("text/html;charset=utf-8", "text/html", {"charset": "utf-8"}),
        ('text/html ; Charset="utf-8" ', "text/html", {"charset": "utf-8"}),
        ("a/b;x=1;x=2;;", "a/b", {"x": "1"}),
        ('a/b; x="q\\"; y=1"', "a/b", {"x": 'q"; y=1'}),
        ('a/b; x=""', "a/b", {"x": ""}),
        ("application/vnd.api+json", "application/vnd.api+json", {}),
        ("a/b;", "a/b", {}),
        ("a/b; ", "a/b", {}),
    ],
)
def test_media_types_are_read(text: str, essence: str, parameters: dict[str, str]) -> None:
    """Cases, spaces, quoted strings and empty parameters."""
    media = MediaType.parse(text)
    assert media is not None
    assert media.essence == essence
    assert media.parameters == parameters


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "text",
        "text/",
        "/html",
        "text/html/x",
        "text /html",
        "text/html charset=utf-8",
        "text/html; charset",
        "text/html; charset=",
        "text/html; charset =utf-8",
        "text/html; =utf-8",
        'text/html; charset="utf-8',
        'text/html; charset="utf-8\\"',
        'text/html; charset="a"b',
        'a/b; x="\r\n"',
        'a/b; x="\\\0"',
        "text/html, a/b",
        "té/xt",
        "text/html\n",
    ],
)
def test_what_is_malformed_is_none(text: str) -> None:
    """Nothing is guessed."""
    assert MediaType.parse(text) is None


def test_charset_and_json_are_told() -> None:
    """By the names that matter."""
    assert MediaType("text", "html").charset is None
    assert MediaType("text", "html", {"charset": "UTF-8"}).charset == "utf-8"
    assert MediaType("application", "json").is_json
    assert MediaType("application", "problem+json").is_json
    assert not MediaType("text", "json").is_json
    assert not MediaType("application", "jsonx").is_json


def test_media_types_can_be_keys() -> None:
    """Equal ones have the same hash."""
    assert len({MediaType.parse("a/b;x=1"), MediaType.parse("A/B; x=1")}) == 1
    assert MediaType.parse("a/b;x=1") != MediaType.parse("a/b;x=2")


def test_media_types_are_written() -> None:
    """With quotes where they are needed."""
    assert str(MediaType("a", "b", {"x": "1", "y": 'q"\\'})) == 'a/b; x=1; y="q\\"\\\\"'


@given(HEADERS)
def test_any_text_is_a_media_type_or_none(text: str) -> None:
    """Never an exception; what was read is written and read to the same."""
    media = MediaType.parse(text)
    if media is not None:
        assert MediaType.parse(str(media)) == media


HOSTILE: list[Callable[[int], str]] = [
    lambda n: "a/b;" + "x=y;" * n,
    lambda n: "a/b;" + "a" * n,
    lambda n: "a/b;" + " " * n + "x",
    lambda n: 'a/b; x="' + "\\" * n,
    lambda n: 'a/b; x="' + '\\"' * n,
    lambda n: 'a/b; x="' + 'a"' * n,
    lambda n: 'a/b;x="' * n,
    lambda n: "a/b;" + 'x="\\";' * n,
    lambda n: "," * n,
    lambda n: '"' * n,
    lambda n: '"' + '\\"' * n,
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
@pytest.mark.parametrize("read", [MediaType.parse, parse_accept, parse_options])
def test_reading_ends(read: Callable[[str], Any], number: int) -> None:
    """B093: searches that go back would be busy for hours with these (CVE-2024-24762, CVE-2024-25126)."""
    read(HOSTILE[number](500_000))


def test_hostile_content_types_are_read() -> None:
    """B093: a great many parameters are only many, a nameless one is malformed."""
    assert MediaType.parse("a/b;" + "x=y;" * 2000) == MediaType("a", "b", {"x": "y"})
    assert MediaType.parse("a/b;" + "a" * 8000) is None


def test_accept_is_read_in_its_order() -> None:
    """With weights, and without what is malformed."""
    header = 'text/html, text/*;q=0.5 , */*;q=.1,, x, a/b;q=2, a/b;q=0.5x, */b, c/d;v="1,2";q=0.3;q=1'
    assert parse_accept(header) == [
        (MediaRange("text", "html"), 1.0),
        (MediaRange("text", "*"), 0.5),
        (MediaRange("*", "*"), 0.1),
        (MediaRange("c", "d", {"v": "1,2"}), 0.3),
    ]


def test_accept_is_bounded() -> None:
    """64 elements are read, whatever comes."""
    assert len(parse_accept("a/b," * 1000)) == 64
    assert parse_accept("x," * 64 + "a/b") == []


@given(HEADERS)
def test_any_accept_header_is_read(header: str) -> None:
    """Weights lie between 0 and 1, and something or nothing is chosen."""
    assert all(0 <= weight <= 1 for _, weight in parse_accept(header))
    assert best_match(header, ["a/b", "text/html"]) in ("a/b", "text/html", None)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("nonsense", "application/json"),
        ("*/*", "application/json"),
        ("*", "application/json"),
        ("*; q=.2, text/html", "text/html"),
        ("text/html", "text/html"),
        ("text/*", "text/html"),
        ("image/png", None),
        ("text/html;q=0", None),
        ("text/html;q=0.0, */*", "application/json"),
        ("application/json;q=0.5, text/html", "text/html"),
        ("text/html;q=0.5, application/json;q=0.5", "application/json"),
        ("text/html, application/json", "application/json"),
        ("*/*;q=1, application/json;q=0.1", "text/html"),
        ("application/*;q=0.1, */*", "text/html"),
        ("application/json; charset=utf-8", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("TEXT/HTML", "text/html"),
    ],
)
def test_the_narrowest_range_decides(header: str | None, expected: str | None) -> None:
    """RFC 9110, section 12.5.1; equals go by what is offered first."""
    assert best_match(header, ["application/json", "text/html"]) == expected


def test_parameters_make_a_range_narrower() -> None:
    """The example of the RFC."""
    header = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5"
    assert best_match(header, ["text/plain;format=fixed", "image/jpeg"]) == "image/jpeg"
    assert best_match(header, ["text/plain", "text/plain;format=flowed"]) == "text/plain;format=flowed"
    assert best_match(header, ["text/html", "image/jpeg"]) == "image/jpeg"


def test_offers_are_checked() -> None:
    """Nothing offered is nothing chosen; nonsense is the developer's mistake."""
    assert best_match("text/html", []) is None
    assert best_match(None, []) is None
    with pytest.raises(ValueError, match="'html' is no media type to offer"):
        best_match("text/html", ["html"])


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ("", {})),
        ("inline", ("inline", {})),
        (' Attachment ; FileName = "a;b.txt" ; x=1', ("attachment", {"filename": "a;b.txt", "x": "1"})),
        ("a; x=1; x=2", ("a", {"x": "1"})),
        ("a; filename=naïve.txt", ("a", {"filename": "naïve.txt"})),
        ("a; filename*=UTF-8''%41", ("a", {"filename*": "UTF-8''%41"})),
        ('a; x=1; y="open; z=1', ("a", {"x": "1"})),
        ("a;;; x=1", ("a", {"x": "1"})),
    ],
)
def test_options_are_read(header: str, expected: tuple[str, dict[str, str]]) -> None:
    """Leniently, up to the first that is malformed."""
    assert parse_options(header) == expected


@given(HEADERS)
def test_any_header_has_options(header: str) -> None:
    """Never an exception."""
    first, options = parse_options(header)
    assert ";" not in first
    assert all(options)


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("a.txt", 'attachment; filename="a.txt"'),
        ("a b;c.txt", 'attachment; filename="a b;c.txt"'),
        ("../../x", 'attachment; filename="x"'),
        (r"C:\Windows\x", 'attachment; filename="x"'),
        ("", 'attachment; filename="download"'),
        ("x/..", 'attachment; filename="download"'),
        ("a\r\nb", 'attachment; filename="a__b"'),
        (
            'a"; filename="x.sh',
            'attachment; filename="a\\"; filename=\\"x.sh"; filename*=UTF-8\'\'a%22%3B%20filename%3D%22x.sh',
        ),
        (
            "naïve ✓.txt",
            "attachment; filename=\"naive _.txt\"; filename*=UTF-8''na%C3%AFve%20%E2%9C%93.txt",
        ),
        ("50%41.txt", "attachment; filename=\"50%41.txt\"; filename*=UTF-8''50%2541.txt"),
        ("a／b", "attachment; filename=\"a_b\"; filename*=UTF-8''a%EF%BC%8Fb"),  # noqa: RUF001
        ("\u202egnp.exe", 'attachment; filename="_gnp.exe"'),
        ("\ud800", 'attachment; filename="_"'),
    ],
)
def test_names_of_files_are_suggested(filename: str, expected: str) -> None:
    """B082: one filename, its quotes escaped, only the base name, no line breaks (CVE-2022-36359)."""
    assert content_disposition("attachment", filename) == expected


@given(st.text())
def test_any_name_makes_one_header(filename: str) -> None:
    """Printable ASCII, and parsed to exactly two parameters at most."""
    value = content_disposition("inline", filename)
    assert re.fullmatch(r"[\x20-\x7e]*", value)
    kind, options = parse_options(value)
    assert kind == "inline"
    assert set(options) in ({"filename"}, {"filename", "filename*"})
    assert not set(options["filename"]) & set("/\\")


def test_dispositions_are_two() -> None:
    """Anything else is the developer's mistake."""
    kind: Any = "attachment; x"
    with pytest.raises(ValueError, match="is no content disposition"):
        content_disposition(kind, "a")


@pytest.mark.parametrize(
    ("filename", "expected"),
    [("a/b", "b"), ("a\\b", "b"), ("a/b\\c", "c"), ("a/", ""), ("..", ""), ("a/.", ""), ("c", "c")],
)
def test_base_names_have_no_folders(filename: str, expected: str) -> None:
    """Of either system."""
    assert base_name(filename) == expected
