"""Conditional requests: tags before dates, strong where bytes count, and nothing by what is malformed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.foundation.http.conditions import etag, if_range_holds, not_modified, precondition_failed, weak
from demijohn.foundation.http.headers import Headers

TAG = '"v1"'
MOMENT = 784111777
THEN = "Sun, 06 Nov 1994 08:49:37 GMT"
BEFORE = "Sun, 06 Nov 1994 08:49:36 GMT"
AFTER = "Sun, 06 Nov 1994 08:49:38 GMT"
NO_DATES = ["Mon, 28 May 999999999999 28:25:26 GMT", "-1", "", "yesterday", f"{THEN}, {THEN}"]


def test_tags_are_of_the_bytes() -> None:
    """Strong, and one quoted string."""
    assert etag(b"a") == etag(b"a") != etag(b"b")
    assert etag(b"").startswith('"')
    assert not_modified(Headers({"If-None-Match": etag(b"a")}), etag(b"a"), None)
    assert weak(etag(b"a")) == weak(weak(etag(b"a"))) == f"W/{etag(b'a')}"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('"v1"', True),
        ('W/"v1"', True),
        ('"v0", "v1"', True),
        ('"v0","v1"', True),
        (' , ,"v0" , W/"v1" ', True),
        ("*", True),
        (" * ", True),
        ('"v2"', False),
        ("v1", False),
        ("", False),
        ('"v1', False),
        ('w/"v1"', False),
        ('"v0" "v1"', False),
        ('"v 0", "v1"', False),
        ('*, "v1"', False),
        ("**", False),
        (",", False),
    ],
)
def test_if_none_match_compares_weakly(header: str, expected: bool) -> None:
    """Reading ends at what is malformed."""
    headers = Headers({"If-None-Match": header})
    assert not_modified(headers, TAG, None) is expected
    assert not_modified(headers, f"W/{TAG}", None) is expected


def test_tags_go_before_dates() -> None:
    """A date is not looked at where a tag was sent (RFC 9110, section 13.1.3)."""
    headers = Headers({"If-None-Match": '"old"', "If-Modified-Since": THEN})
    assert not not_modified(headers, TAG, MOMENT)
    assert not not_modified(headers, None, MOMENT)
    headers = Headers({"If-Match": TAG, "If-Unmodified-Since": BEFORE})
    assert not precondition_failed(headers, TAG, MOMENT)


def test_several_fields_of_a_name_are_one_list() -> None:
    """As RFC 9110, section 5.3 has it."""
    assert not_modified(Headers([("if-none-match", '"v0"'), ("If-None-Match", TAG)]), TAG, None)


@pytest.mark.parametrize(("date", "expected"), [(BEFORE, False), (THEN, True), (AFTER, True)])
def test_if_modified_since_compares_seconds(date: str, expected: bool) -> None:
    """Whole ones, as clients see them."""
    headers = Headers({"If-Modified-Since": date})
    assert not_modified(headers, None, MOMENT) is expected
    assert not_modified(headers, TAG, MOMENT + 0.9) is expected
    assert not not_modified(headers, TAG, None)


@pytest.mark.parametrize("date", [*NO_DATES, "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_odd_dates_modify_nothing(date: str) -> None:
    """B031: the answer is the whole."""
    assert not not_modified(Headers({"If-Modified-Since": date}), TAG, MOMENT)


@pytest.mark.parametrize("count", [1, 100, 2000, 500_000])
def test_long_lists_of_tags_are_read(count: int) -> None:
    """B032: in one go (CVE-2023-22795); with a search that goes back the last would take hours."""
    for hostile in (
        '"a",' * count,
        "W/" * count,
        '"' + "a" * count,
        '"' * count,
        "," * count,
        " " * count + "x",
    ):
        assert not not_modified(Headers({"If-None-Match": hostile}), TAG, None)
    assert not_modified(Headers({"If-None-Match": '"a",' * count + TAG}), TAG, None)


def test_without_conditions_nothing_is_decided() -> None:
    """The usual request."""
    assert not not_modified(Headers(), TAG, MOMENT)
    assert not precondition_failed(Headers(), TAG, MOMENT, method="PUT")
    assert if_range_holds(Headers(), TAG, MOMENT)


@pytest.mark.parametrize(
    ("header", "tag", "expected"),
    [
        ('"v1"', TAG, False),
        ('"v0", "v1"', TAG, False),
        ("*", TAG, False),
        ("*", None, False),
        ('"v2"', TAG, True),
        ('W/"v1"', TAG, True),
        ('"v1"', 'W/"v1"', True),
        ('W/"v1"', 'W/"v1"', True),
        ('"v1"', None, True),
        ("nonsense", TAG, True),
    ],
)
def test_if_match_compares_strongly(header: str, tag: str | None, expected: bool) -> None:
    """What is not surely the same is not touched."""
    assert precondition_failed(Headers({"If-Match": header}), tag, None) is expected


@pytest.mark.parametrize(("date", "expected"), [(BEFORE, True), (THEN, False), (AFTER, False)])
def test_if_unmodified_since_compares_seconds(date: str, expected: bool) -> None:
    """A change after the date refuses."""
    headers = Headers({"If-Unmodified-Since": date})
    assert precondition_failed(headers, TAG, MOMENT) is expected
    assert precondition_failed(headers, TAG, MOMENT + 0.9) is expected
    assert not precondition_failed(headers, TAG, None)


@pytest.mark.parametrize("date", NO_DATES)
def test_odd_dates_refuse_nothing(date: str) -> None:
    """A field that is no date is ignored (RFC 9110, section 13.1.4)."""
    assert not precondition_failed(Headers({"If-Unmodified-Since": date}), TAG, MOMENT)


def test_if_none_match_refuses_changes() -> None:
    """304 is for GET and HEAD; others get 412 (RFC 9110, section 13.1.2)."""
    for header in ("*", TAG, f"W/{TAG}"):
        headers = Headers({"If-None-Match": header})
        assert precondition_failed(headers, TAG, None, method="PUT")
        assert not precondition_failed(headers, TAG, None, method="GET")
        assert not precondition_failed(headers, TAG, None, method="HEAD")
    assert not precondition_failed(Headers({"If-None-Match": '"v0"'}), TAG, None, method="PUT")
    headers = Headers({"If-Match": TAG, "If-None-Match": TAG})
    assert precondition_failed(headers, TAG, None, method="DELETE")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (TAG, True),
        (f" {TAG} ", True),
        ('"v2"', False),
        (f"W/{TAG}", False),
        (f'{TAG}, "v2"', False),
        ("*", False),
        ("", False),
        ("v1", False),
        (THEN, True),
        (BEFORE, False),
        (AFTER, False),
    ],
)
def test_if_range_wants_the_very_same(header: str, expected: bool) -> None:
    """Or the parts would not fit together."""
    headers = Headers({"If-Range": header})
    assert if_range_holds(headers, TAG, MOMENT) is expected
    assert not if_range_holds(headers, None, None)
    assert not if_range_holds(Headers({"If-Range": 'W/"v1"'}), 'W/"v1"', None)


VALUES = st.one_of(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)), st.text('"W/v1, *', max_size=30))


@given(VALUES)
def test_any_field_decides_something(value: str) -> None:
    """Never an exception."""
    for name in ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range"):
        headers = Headers({name: value})
        for tag, moment in ((TAG, MOMENT), (None, None)):
            assert not_modified(headers, tag, moment) in (True, False)
            assert precondition_failed(headers, tag, moment, method="PUT") in (True, False)
            assert if_range_holds(headers, tag, moment) in (True, False)


@given(st.lists(st.tuples(st.booleans(), st.text("abc,", max_size=3)), max_size=8), st.text("abc,", max_size=3))
def test_lists_of_tags_are_read_whole(tags: list[tuple[bool, str]], wanted: str) -> None:
    """A comma within the quotes is part of the tag."""
    header = ", ".join(f'W/"{tag}"' if is_weak else f'"{tag}"' for is_weak, tag in tags)
    found = not_modified(Headers({"If-None-Match": header}), f'"{wanted}"', None)
    assert found == (wanted in [tag for _, tag in tags])
    failed = precondition_failed(Headers({"If-Match": header}), f'"{wanted}"', None)
    assert failed == ((False, wanted) not in tags)
