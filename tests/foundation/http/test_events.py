"""Server-sent events: how one is written, and what none may hold."""

import json

import pytest

from demijohn.foundation.http.events import Event


def to_json(value):
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("event", "written"),
    [
        (Event("hello"), "data: hello\n\n"),
        (Event(""), "data: \n\n"),
        (Event("a\nb\r\nc\rd"), "data: a\ndata: b\ndata: c\ndata: d\n\n"),
        (Event("a\nevent: x\n\nb"), "data: a\ndata: event: x\ndata: \ndata: b\n\n"),
        (Event("a\u2028b\x0bc\x85"), "data: a\u2028b\x0bc\x85\n\n"),
        (Event({"a": [1]}), 'data: {"a": [1]}\n\n'),
        (Event(0), "data: 0\n\n"),
        (Event("x", event="sold", id=7, retry=500), "event: sold\nid: 7\nretry: 500\ndata: x\n\n"),
        (Event(event="ping"), "event: ping\ndata:\n\n"),
        (Event(id=""), "id: \n\n"),
        (Event(comment="still\nhere"), ": still\n: here\n\n"),
    ],
    ids=repr,
)
def test_written(event, written):
    """Each line of the data is a field; only what ends a line in a browser ends one here."""
    assert event.encode(to_json) == written.encode()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"id": "1\n2"}, ValueError),
        ({"id": "1\r2"}, ValueError),
        ({"id": "1\0"}, ValueError),
        ({"event": "x\ny"}, ValueError),
        ({"event": 5}, TypeError),
        ({"retry": -1}, ValueError),
        ({"retry": 1.5}, ValueError),
        ({"retry": True}, ValueError),
        ({"data": b"bytes"}, TypeError),
        ({}, ValueError),
    ],
)
def test_refused(options, error):
    """What would become another field, or what a browser would ignore, is an error where it is made."""
    with pytest.raises(error):
        Event(**options)


def test_values_need_an_encoder():
    """By itself an event writes text alone, and says so."""
    with pytest.raises(TypeError, match="encoder"):
        Event({"a": 1}).encode()


def test_compared_and_shown():
    """Events are equal by what they say, and show it."""
    assert Event("a", id=1) == Event("a", id="1")
    assert Event("a") != Event("b")
    assert Event("a") != "a"
    assert repr(Event("a", event="x", id=1)) == "Event(data='a', event='x', id='1')"
