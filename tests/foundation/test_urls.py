"""URLs: what a redirect may be, and what only looks like one."""
# ruff: noqa: E501 - tables

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.foundation.urls import is_safe_redirect, location, quote_path, quote_query, quote_segment

BAD = [
    "http://example.com", "http:///example.com", "https://example.com", "ftp://example.com", r"\\example.com",
    r"\\\example.com", r"/\\/example.com", r"\\\\example.com", r"\\//example.com", "///example.com", "//example.com",
    r"/\/example.com", r"\/example.com", "http:///example.com", r"http:/\//example.com", r"http:\/example.com",
    r"http:/\example.com", 'javascript:alert("XSS")', "\njavascript:alert(x)", "java\nscript:alert(x)",
    "\x08//example.com", r"http://otherserver\@example.com", r"http:\\testserver\@example.com",
    r"http://testserver\me:pass@example.com", r"http://testserver\@example.com", r"http:\\testserver\confirm\me@example.com",
    "http:999999999", "ftp:9999999999", "\n", "http://[2001:cdba:0000:0000:0000:0000:3257:9652/",
    "http://2001:cdba:0000:0000:0000:0000:3257:9652]/", "", None, " /x", "/x ", "data:text/html,x", "//", "\t//evil",
]  # fmt: skip
GOOD = [
    "/view/?param=http://example.com", "/view/?param=https://example.com", "/view?param=ftp://example.com",
    "view/?param=//example.com", "https://testserver/", "HTTPS://testserver/", "//testserver/", "/url%20with%20spaces/",
    "http://testserver/confirm?email=me@example.com", "path/http:2222222222",
]  # fmt: skip


@pytest.mark.parametrize("url", BAD)
def test_what_leads_astray(url):
    """Nothing that a browser reads as another host or a script (Django's list, and some more)."""
    assert not is_safe_redirect(url, {"testserver"})


@pytest.mark.parametrize("url", GOOD)
def test_what_stays_here(url):
    """Paths and the site's own host."""
    assert is_safe_redirect(url, {"testserver"})


def test_long_ones_are_refused_unread():
    """No work is done on what is too long to be honest."""
    assert not is_safe_redirect("/" + "é" * 100_000)
    assert not is_safe_redirect("/" + "a" * 2_048)
    assert is_safe_redirect("/" + "a" * 2_000)


@given(st.text())
def test_a_location_is_visible_ascii(url):
    """Whatever passes is a header value that stays on its host or says which other."""
    try:
        made = location(url)
    except ValueError:
        return
    assert made.isascii()
    assert not made or made.isprintable()
    assert " " not in made
    assert "\\" not in made
    assert not made.startswith("//")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_quoting_is_undone_by_servers(text):
    """A quoted segment is one segment, and comes back as it was."""
    from urllib.parse import unquote

    quoted = quote_segment(text)
    assert unquote(quoted) == text
    assert not set(quoted) & set('/?#" <>\\^`{}|')
    assert unquote(quote_path(text)) == text


@given(st.binary())
def test_a_quoted_query_is_visible_ascii(raw):
    """Any octets that a client may send after the question mark."""
    quoted = quote_query(raw.decode("latin-1"))
    assert quoted.isascii()
    assert not quoted or quoted.isprintable()
    assert not set(quoted) & set(' "<>\\^`{}|#[]')
