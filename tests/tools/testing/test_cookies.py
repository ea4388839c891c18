"""The cookie jar of the test client."""

from __future__ import annotations

import time

import pytest

from demijohn.tools.testing.cookies import CookieJar, read_set_cookie


def test_paths_decide_where_a_cookie_goes():
    """A cookie of /admin goes to /admin and below, not to /administration."""
    jar = CookieJar()
    jar.keep("a=1; Path=/admin", "/")
    assert jar.header("/admin") == "a=1"
    assert jar.header("/admin/users") == "a=1"
    assert jar.header("/administration") == ""
    assert jar.header("/") == ""


@pytest.mark.parametrize(
    ("request_path", "path"),
    [("/", "/"), ("/login", "/"), ("/shop/cart", "/shop"), ("/shop/", "/shop"), ("", "/")],
)
def test_without_a_path_the_folder_of_the_request_counts(request_path, path):
    """RFC 6265, section 5.1.4."""
    assert read_set_cookie("a=1", request_path).path == path


def test_max_age_goes_before_expires():
    """RFC 6265, section 5.3: Max-Age wins, whichever comes first."""
    header = "a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
    assert read_set_cookie(header).expires == pytest.approx(time.time() + 60, abs=5)


@pytest.mark.parametrize(
    "gone",
    ["a=; Max-Age=0; Path=/", "a=; Max-Age=-1; Path=/", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/"],
)
def test_a_cookie_in_the_past_is_removed(gone):
    """That is how a server deletes one."""
    jar = CookieJar({"a": "1"})
    jar.keep(gone, "/")
    assert dict(jar) == {}


def test_a_cookie_grows_old(monkeypatch):
    """When its time is over it is sent no more."""
    jar = CookieJar()
    jar.keep("a=1; Max-Age=60", "/")
    assert jar["a"] == "1"
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    assert jar.header("/") == ""
    assert "a" not in jar


def test_the_more_specific_cookie_goes_first():
    """Servers take the first of two with one name."""
    jar = CookieJar({"a": "root"})
    jar.keep("a=shop; Path=/shop", "/")
    assert jar.header("/shop") == "a=shop; a=root"


def test_setting_replaces_what_a_server_had_set():
    """A test that writes a cookie means it for all paths."""
    jar = CookieJar()
    jar.keep("a=1; Path=/shop", "/")
    jar["a"] = "2"
    assert jar.header("/shop") == "a=2"


def test_cookies_of_one_request_hide_those_of_the_jar():
    """They are sent once, by the name of the request's."""
    assert CookieJar({"a": "1", "b": "2"}).header("/", {"a": "3"}) == "a=3; b=2"


@pytest.mark.parametrize("header", ["", "novalue", "=nameless", ";;;"])
def test_what_a_browser_ignores_is_ignored(header):
    """A header without a name and a value sets nothing."""
    assert read_set_cookie(header) is None


def test_values_may_have_equals_signs():
    """Only the first one parts name and value."""
    assert read_set_cookie("token=abc==; HttpOnly").value == "abc=="
