"""What clients prefer of languages and content codings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.foundation.http.preferences import (
    MAX_ELEMENTS,
    best_encoding,
    best_language,
    parse_preferences,
)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", []),
        ("gzip", [("gzip", 1.0)]),
        (" GZIP ;q=0.5,\tbr ; Q=1 ", [("gzip", 0.5), ("br", 1.0)]),
        ("*;q=0", [("*", 0.0)]),
        ("a;q=1.001, b;q=2, c;q=-1, d;q=.5, e;q=0.1234, f;q=, g;x=1, ;q=1, h i, j;q=1.", [("j", 1.0)]),
        ("gzip;q=0.0.1, br", [("br", 1.0)]),
        ("de-CH-1996, zh-Hant;q=0.9", [("de-ch-1996", 1.0), ("zh-hant", 0.9)]),
        ("g\u00fcn, br", [("br", 1.0)]),
    ],
)
def test_words_and_weights(header: str, expected: list[tuple[str, float]]) -> None:
    """Malformed elements are skipped."""
    assert parse_preferences(header) == expected


def test_endless_headers_are_read_up_to_a_point() -> None:
    """The first elements count (CVE-2024-26146, CVE-2026-34230)."""
    assert len(parse_preferences("a," * 100_000)) == MAX_ELEMENTS
    assert best_encoding("x," * MAX_ELEMENTS + "gzip", ["gzip"]) is None


@given(st.text(alphabet=" \t,;=q.019*-azAZ\u00e9\x00"), st.lists(st.sampled_from(["gzip", "br", "de", "en-GB", "*"])))
def test_any_header_has_an_answer(header: str, offered: list[str]) -> None:
    """One of what is offered or none, and weights between 0 and 1."""
    assert all(0 <= weight <= 1 and word == word.lower() for word, weight in parse_preferences(header))
    assert best_encoding(header, offered) in (None, *offered)
    assert best_language(header, offered) in (None, *offered)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("en-GB", "en-GB"), ("en", "en-GB"), ("en-US", None), ("fr, de-AT", "de"), ("de;q=0.1, en;q=0.2", "en-GB"),
        ("*", "de"), ("*;q=0", None), ("en-GB;q=0, *", "de"), ("e", None), ("den", None), ("", "de"), ("?", "de"),
        ("en;q=0.5, en-GB;q=0.1, de;q=0.3", "de"),
    ],
)  # fmt: skip
def test_languages(header: str, expected: str | None) -> None:
    """Of `de` and `en-GB`: what is covered, then what is narrower than offered, then what a star takes."""
    assert best_language(header, ["de", "en-GB"]) == expected


def test_nothing_offered() -> None:
    """There is nothing to choose."""
    assert best_language("de", []) is best_language(None, []) is best_encoding("gzip", []) is None
