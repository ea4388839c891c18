"""Query strings: parsing that never crashes, reading with several values, and writing links."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from urllib.parse import parse_qsl
from urllib.parse import urlencode as stdlib_urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.foundation.http.errors import BadRequest
from demijohn.foundation.http.query import (
    MissingName,
    MultiDict,
    Query,
    parse_query,
    parse_query_list,
    urlencode,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def test_the_last_value_of_a_name_wins() -> None:
    """Plain and decoded queries agree on it."""
    assert parse_query("a=1&a=2&b=3") == {"a": "2", "b": "3"}
    assert parse_query("a=1&a=%32&b=3") == {"a": "2", "b": "3"}


@pytest.mark.parametrize("text", ["", "&", "&&&", "&" * 5000])
def test_empty_pieces_are_skipped(text: str) -> None:
    """They are no parameters, and do not count as such."""
    assert parse_query(text) == {}
    assert parse_query_list(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flag", {"flag": ""}),
        ("flag=", {"flag": ""}),
        ("=x", {"": "x"}),
        ("a=b=c", {"a": "b=c"}),
        ("a+b=c+d", {"a b": "c d"}),
        ("a=%2B%26%3D", {"a": "+&="}),
        ("%61=1", {"a": "1"}),
        ("q=na%C3%AFve", {"q": "naïve"}),
    ],
)
def test_pieces_are_read(text: str, expected: dict[str, str]) -> None:
    """With and without value, several equal signs, plus signs and escapes."""
    assert parse_query(text) == expected


def test_only_the_ampersand_separates() -> None:
    """B066: a semicolon is part of a value (CVE-2021-23336, CVE-2025-59830)."""
    assert parse_query("a=1;b=2") == {"a": "1;b=2"}
    assert parse_query("a=1;b=%32") == {"a": "1;b=2"}


def test_invalid_escapes_stay_literal() -> None:
    """B067: nobody can have meant anything else."""
    expected = {"a": "%zz", "b": "%", "c": "%4", "d": "%u0041"}
    assert parse_query("a=%zz&b=%&c=%4&d=%u0041") == expected


def test_the_number_of_parameters_is_limited() -> None:
    """B064: a thousand pass, one more does not, on either path."""
    assert parse_query("a=1&" * 1000) == {"a": "1"}
    assert len(parse_query_list("a=%31&" * 1000)) == 1000
    for text in ("a=1&" * 1001, "a=%31&" * 1001):
        with pytest.raises(BadRequest, match="The query has more than 1000 parameters"):
            parse_query(text)
        with pytest.raises(BadRequest, match="The query has more than 1000 parameters"):
            parse_query_list(text)
    with pytest.raises(BadRequest, match="more than 2"):
        Query.parse("a&b&c", 2)


@pytest.mark.parametrize(
    ("text", "byte", "position"),
    [
        ("q=%ff", "0xff", 2),
        ("a=1&q=x%c3&b=2", "0xc3", 7),
        ("q=%ED%A0%80", "0xed", 2),
        ("%ff=1", "0xff", 0),
        ("q=%zz%c3%a9%FE", "0xfe", 11),
        ("q=+\xe9", "0xe9", 3),
        ("q=\ud800", "0xed", 2),
    ],
)
def test_what_is_not_utf8_is_refused_by_its_position(text: str, byte: str, position: int) -> None:
    """B071: 400, and never a surrogate in a handler."""
    with pytest.raises(BadRequest) as caught:
        parse_query(text)
    assert caught.value.detail == f"The query is not UTF-8: byte {byte} at position {position}."


@pytest.mark.parametrize("unit", ["%ff", "%c3"])
def test_many_bad_octets_are_refused(unit: str) -> None:
    """B068: to the limit of a URL and over it."""
    with pytest.raises(BadRequest, match="position 0"):
        parse_query(unit * 100_000)


def test_many_percent_signs_are_literal() -> None:
    """B068: a percent sign alone is text."""
    assert parse_query("%" * 8190) == {"%" * 8190: ""}


def test_bare_octets_are_read_as_utf8() -> None:
    """Servers hand over one character per octet; text that was decoded already is taken too."""
    assert parse_query("q=" + "naïve".encode().decode("latin-1")) == {"q": "naïve"}
    assert parse_query("q=✓é") == {"q": "✓é"}


@given(st.text())
def test_any_text_parses_or_is_refused(text: str) -> None:
    """No other exception, and never a lone surrogate."""
    try:
        pairs = parse_query_list(text)
    except BadRequest:
        with pytest.raises(BadRequest, match="The query is not UTF-8: byte 0x"):
            parse_query(text)
    else:
        assert parse_query(text) == dict(pairs)
        for name, value in pairs:
            (name + value).encode()


@given(st.text("ab=&+%19c", max_size=30))
def test_it_reads_what_the_standard_library_reads(text: str) -> None:
    """Where both accept the query, they read the same."""
    try:
        pairs = parse_query_list(text)
    except BadRequest:
        with pytest.raises(UnicodeDecodeError):
            parse_qsl(text, keep_blank_values=True, errors="strict")
    else:
        assert pairs == parse_qsl(text, keep_blank_values=True)


@given(st.lists(st.tuples(TEXT, TEXT)))
def test_what_is_written_is_read_again(pairs: list[tuple[str, str]]) -> None:
    """`str` and `parse` are each other's inverse; queries are written as the standard library writes them."""
    written = urlencode(pairs)
    assert written == stdlib_urlencode(pairs)
    assert Query.parse(written).multi_items() == pairs


def test_values_are_written_by_their_kind() -> None:
    """Booleans, members of an Enum, numbers, lists and None."""

    class Order(Enum):
        NEWEST = "new"

    values = {
        "on": True,
        "off": False,
        "order": Order.NEWEST,
        "n": Decimal("1.50"),
        "tag": ["a", None, "b"],
        "no": None,
    }
    assert urlencode(values) == "on=true&off=false&order=new&n=1.50&tag=a&tag=b"


def test_get_gives_the_last_value_and_getlist_all() -> None:
    """As in Flask and Django."""
    query = Query.parse("tag=a&tag=b&page=2")
    assert query["tag"] == query.get("tag") == "b"
    assert query.getlist("tag") == ["a", "b"]
    assert query.getlist("none") == []
    assert query.get("none") is None
    assert query.get("none", "x") == "x"
    assert query.multi_items() == [("tag", "a"), ("tag", "b"), ("page", "2")]
    assert query.to_dict() == {"tag": "b", "page": "2"}
    assert query.to_dict(flat=False) == {"tag": ["a", "b"], "page": ["2"]}
    assert list(query) == ["tag", "page"]
    assert len(query) == 2
    assert "tag" in query
    assert "none" not in query


def test_get_converts() -> None:
    """A value that does not convert gives the default."""
    query = Query.parse("page=2&page=3&bad=x&money=x")
    assert query.get("page", 1, type=int) == 3
    assert query.get("bad", 1, type=int) == 1
    assert query.get("bad", type=int) is None
    assert query.get("none", 1, type=int) == 1
    assert query.get("money", None, type=Decimal) is None
    assert Query.parse("n=1&n=x&n=3").getlist("n", type=int) == [1, 3]


def test_a_missing_name_says_which_names_there_are() -> None:
    """It is a KeyError, and an answer 400 when nobody catches it."""
    with pytest.raises(KeyError) as caught:
        Query.parse("q=1&page=2")["pgae"]
    assert isinstance(caught.value, MissingName)
    assert isinstance(caught.value, BadRequest)
    assert caught.value.detail == "There is no 'pgae': there is 'q', 'page'."
    with pytest.raises(KeyError, match="nothing was sent"):
        Query()["q"]
    with pytest.raises(KeyError, match="and 990 more"):
        MultiDict([(str(n), n) for n in range(1000)])["x"]


def test_it_cannot_be_changed() -> None:
    """Neither by its own means nor through what it hands out."""
    query = Query.parse("a=1")
    with pytest.raises(TypeError):
        query["a"] = "2"  # type: ignore[index]
    query.getlist("a").append("2")
    query.to_dict(flat=False)["a"].append("2")
    query.multi_items().append(("a", "2"))
    assert query == Query.parse("a=1") == {"a": "1"}
    assert query.getlist("a") == ["1"]


def test_equality_sees_all_values() -> None:
    """Two queries with the same last values may still differ."""
    assert Query.parse("a=1&a=2") != Query.parse("a=2")
    assert Query.parse("a=1&b=2") == Query.parse("b=2&a=1")
    assert repr(Query.parse("a=1&a=2")) == "Query([('a', '1'), ('a', '2')])"


def test_it_is_made_from_mappings() -> None:
    """Of plain dicts, of pairs and of its own kind, whose repeated names are kept."""
    assert str(Query({"a": "1"})) == "a=1"
    assert Query(Query.parse("a=1&a=2")).getlist("a") == ["1", "2"]


def test_replace_makes_links() -> None:
    """Names keep their places; None removes, lists repeat, new names come last."""
    query = Query.parse("q=tea&tag=a&page=1&tag=b")
    assert str(query.replace(page=2)) == "q=tea&tag=a&page=2&tag=b"
    assert str(query.replace(tag=None, page=None)) == "q=tea"
    assert str(query.replace(tag=["x", "y"])) == "q=tea&tag=x&tag=y&page=1"
    assert str(query.replace(sort="name")) == "q=tea&tag=a&page=1&tag=b&sort=name"
    assert str(query.replace({"created-after": 3}, q="milk & sugar")) == (
        "q=milk+%26+sugar&tag=a&page=1&tag=b&created-after=3"
    )
    assert str(query) == "q=tea&tag=a&page=1&tag=b"
