"""Body rules: what is refused before and while a body is read."""
# ruff: noqa: E501 - the cases read as a table

import pytest

from demijohn.foundation.http.body_rule import ANY, FORM_ONLY, JSON_ONLY, SCHEMA, BodyRule

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


def status(kind: str, content_type: str | None, length: str | None, limit: int = 100) -> int:
    error = BodyRule(limit, 1_000, kind).refuse(content_type, length)
    return 200 if error is None else error.status


@pytest.mark.parametrize("length", ["", "-1", "+1", "1.0", "1,1", "0x1", "²", "1 1", "1e1", "٣"])
def test_lengths_that_are_none(length):
    """Digits of ASCII, or 400."""
    assert status(ANY, "text/plain", length) == 400


@pytest.mark.parametrize(
    ("length", "content_type", "expected"),
    [("100", "text/plain", 200), ("101", "text/plain", 413), ("0100", "text/plain", 200), ("00000000000000000000000", "text/plain", 413),
     ("9" * 5_000, "text/plain", 413), ("101", MULTIPART, 200), ("1000", MULTIPART, 200), ("1001", MULTIPART, 413), ("1001", MULTIPART.upper(), 413), ("99", "text/plain", 200)],
)  # fmt: skip
def test_limits(length, content_type, expected):
    """Just at the limit is within it; multipart has one of its own; no number is too long to be refused."""
    assert status(ANY, content_type, length) == expected


@pytest.mark.parametrize(
    ("kind", "content_type", "expected"),
    [(JSON_ONLY, "application/json", 200), (JSON_ONLY, FORM, 415), (FORM_ONLY, "application/json", 415), (FORM_ONLY, FORM, 200),
     (FORM_ONLY, MULTIPART, 200), (SCHEMA, "application/json", 200), (SCHEMA, "application/problem+json", 200), (SCHEMA, FORM, 200),
     (SCHEMA, "APPLICATION/JSON", 200), (SCHEMA, " application/json ; charset=UTF-8", 200), (SCHEMA, 'application/json;charset="utf-8"', 200),
     (SCHEMA, "application/json; charset=utf-16", 415), (SCHEMA, "text/plain", 415), (SCHEMA, None, 415), (SCHEMA, "", 415),
     (SCHEMA, "application/jsonp", 415), (SCHEMA, "text/json+json", 415), (ANY, None, 200), (ANY, "x", 200)],
)  # fmt: skip
def test_types(kind, content_type, expected):
    """Only what the handler can read."""
    assert status(kind, content_type, "5") == expected


def test_nothing_needs_no_type():
    """A request without a body is not asked what it is."""
    assert status(SCHEMA, None, None) == status(SCHEMA, None, "0") == status(FORM_ONLY, None, "0") == 200


def test_refusals_say_what_is_read():
    """415 names the types in `Accept`; 413 the limit, and closes the connection."""
    error = BodyRule(100, 1_000, FORM_ONLY).refuse("text/plain", "5")
    assert error.headers["accept"] == "application/x-www-form-urlencoded or multipart/form-data"
    error = BodyRule(100, 1_000, ANY).refuse("text/plain", "500")
    assert "100 bytes" in error.detail
    assert error.headers["connection"] == "close"
