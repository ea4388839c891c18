"""Header fields: checked when they are set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.foundation.http.headers import FixedHeaders, Headers, check_header, encode_headers


@pytest.mark.parametrize("name", ["X A", "", "X:", "X\r\nY", "é", "X\0", "X\t", "(x)", "x/y", 3, None, b"X"])
def test_names_that_are_none(name):
    """A name is a token (RFC 9110, section 5.6.2)."""
    with pytest.raises(ValueError, match="is no header name"):
        check_header(name, "x")


@pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "a\rb", "a\0b", "\x0b", "a\x7f", "✓", "\ud800", "\x80\u0100"])
def test_values_that_would_break_out(value):
    """No control character, nothing outside of latin-1; the error names the header and the place."""
    with pytest.raises(ValueError, match=r"The value of the header X-A has .* at position [0-9]"):
        check_header("X-A", value)


@pytest.mark.parametrize("value", [1, None, b"x", ["a"]])
def test_values_are_text(value):
    """A number is not turned into text behind one's back."""
    with pytest.raises(TypeError, match=r"write str\(value\)"):
        check_header("X-A", value)


@given(st.text(), st.text())
def test_what_passes_is_safe_for_every_server(name, value):
    """Whatever is accepted is a lower-case token and latin-1 without control characters."""
    try:
        name, value = check_header(name, value)
    except ValueError:
        return
    assert name
    assert name.isascii()
    assert name == name.lower()
    assert value == value.strip(" \t")
    assert all(char == "\t" or (char >= " " and char != "\x7f") for char in value)
    assert encode_headers([(name, value)]) == [(name.encode("ascii"), value.encode("latin-1"))]


def test_a_mapping_whatever_the_case():
    """Setting replaces, adding appends, reading joins."""
    headers = Headers({"A": "1"})
    headers.add("a", "2")
    assert headers["A"] == "1, 2"
    assert headers.getlist("a") == ["1", "2"]
    assert ("A" in headers, "b" in headers, 3 in headers) == (True, False, False)
    headers["A"] = "3"
    assert headers.pairs() == [("a", "3")]
    del headers["a"]
    assert (len(headers), list(headers), headers.get("a")) == (0, [], None)
    for missing in (lambda: headers["a"], lambda: headers.__delitem__("a")):
        with pytest.raises(KeyError):
            missing()


def test_every_way_in_is_checked():
    """Constructor, item, `add`, `update`, `setdefault` and `vary`."""
    headers = Headers()
    for step in (
        lambda: Headers({"A": "x\n"}),
        lambda: Headers([("A", "x\n")]),
        lambda: headers.__setitem__("A", "x\n"),
        lambda: headers.add("A", "x\n"),
        lambda: headers.update({"A": "x\n"}),
        lambda: headers.setdefault("A", "x\n"),
        lambda: headers.vary("x\n"),
    ):
        with pytest.raises(ValueError, match="control character"):
            step()
    assert headers.pairs() == []


def test_vary_names_each_once():
    """Names are joined whatever their case."""
    headers = Headers()
    headers.vary("Cookie", "Accept")
    headers.vary("cookie", "Origin")
    assert headers["vary"] == "Cookie, Accept, Origin"


def test_fixed_headers():
    """Both spellings at once; `without` leaves the original as it was."""
    fixed = FixedHeaders([("A", "1"), ("B", "é")])
    assert fixed.text == [("a", "1"), ("b", "é")]
    assert fixed.raw == [(b"a", b"1"), (b"b", b"\xe9")]
    assert fixed.without({"a"}).text == [("b", "é")]
    assert fixed.names == {"a", "b"}
