"""What `conditional` compares: tags of whatever a function returns, and dates."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from demijohn import App, Client, cache_control, conditional


def client_for(**functions: Any) -> Client:
    """A client of an app with one route."""
    app = App(debug=False)

    @app.get("/", around=[conditional(**functions)])
    def show():
        return "shown"

    return Client(app)


@pytest.mark.parametrize(
    ("returned", "tag"),
    [
        ("v1", '"v1"'), (7, '"7"'), ('"v1"', '"v1"'), ('W/"v1"', 'W/"v1"'), ("", '""'), ('"', None), ('a"b', None),
        ("2026-05-31 14:30", None), ("\u2713", None), ("a\r\nb: c", None), ("a,b", '"a,b"'),
    ],
)  # fmt: skip
def test_whatever_is_returned_makes_a_tag(returned: Any, tag: str | None) -> None:
    """Quoted where it may stand in a tag, and hashed where not; it is recognised when it comes back."""
    client = client_for(etag=lambda: returned)
    sent = client.get("/").headers["etag"]
    assert sent == tag if tag is not None else len(sent) == 34
    assert client.get("/", headers={"if-none-match": sent}).status == 304
    assert client.get("/", headers={"if-none-match": '"other"'}).status == 200


@pytest.mark.parametrize(
    "moment",
    [
        1_780_237_800, 1_780_237_800.9, datetime.datetime(2026, 5, 31, 14, 30),  # noqa: DTZ001 - taken for UTC
        datetime.datetime(2026, 5, 31, 16, 30, 0, 999_999, datetime.timezone(datetime.timedelta(hours=2))),
    ],
)  # fmt: skip
def test_moments(moment: Any) -> None:
    """Seconds or a datetime; what is less than a second does not count."""
    client = client_for(last_modified=lambda: moment)
    date = client.get("/").headers["last-modified"]
    assert date == "Sun, 31 May 2026 14:30:00 GMT"
    assert client.get("/", headers={"if-modified-since": date}).status == 304


def test_nothing_yet_has_no_tag() -> None:
    """And the handler decides what to say of it."""
    answer = client_for(etag=lambda: None).get("/", headers={"if-none-match": "*"})
    assert (answer.status, answer.text) == (200, "shown")
    assert "etag" not in answer.headers


def test_ages_are_whole_seconds() -> None:
    """Whatever they are given as; several arounds are one after the other."""
    app = App(debug=False)
    minute = datetime.timedelta(minutes=1, milliseconds=900)

    @app.get("/", around=[cache_control(max_age=minute, s_maxage=5, must_revalidate=True, private=False)])
    def show():
        return "shown"

    assert Client(app).get("/").headers["cache-control"] == "must-revalidate, max-age=60, s-maxage=5"
