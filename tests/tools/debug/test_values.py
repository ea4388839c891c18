"""Values as short text."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field
from typing import Any

import attrs
import msgspec
import pydantic
import pytest

from demijohn import App, Client, Request
from demijohn.foundation.http.headers import Headers
from demijohn.tools.debug.values import Describer, message_of


@dataclass
class Account:
    """A dataclass with a secret, and a field that its repr leaves out."""

    name: str
    password: str
    notes: str = field(default="private", repr=False)


class Struct(msgspec.Struct):
    """A msgspec struct."""

    name: str
    api_token: str


@attrs.define
class Attrs:
    """An attrs class."""

    name: str
    secret: str


class Pydantic(pydantic.BaseModel):
    """A Pydantic model."""

    name: str
    session_id: str


Pair = namedtuple("Pair", "name passphrase")


def describe(value: object, name: str = "value") -> str:
    return Describer().describe(name, value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"), (None, "None"), ("a", "'a'"), (b"a", "b'a'"), ([1, "a"], "[1, 'a']"), ((1,), "(1,)"),
        ((), "()"), (set(), "set()"), ({1}, "{1}"), (frozenset({1}), "frozenset({1})"),
        (deque([1]), "deque([1])"), ({}, "{}"), ({"a": 1}, "{'a': 1}"), (ValueError("x"), "ValueError('x')"),
        (OrderedDict(a=1), "OrderedDict({'a': 1})"), (defaultdict(int, a=1), "defaultdict({'a': 1})"),
        (Account("Ann", ""), "Account(name='Ann', password='')"),
    ],
)  # fmt: skip
def test_plain_values_look_as_in_python(value: object, text: str) -> None:
    """The usual types read as one would write them."""
    assert describe(value) == text


@pytest.mark.parametrize(
    "value",
    [
        {"password": "hunter2"}, {"a": {"b": [{"SECRET_KEY": "hunter2"}]}}, Account("Ann", "hunter2"),
        [Account("Ann", "hunter2")], Struct("Ann", "hunter2"), Attrs("Ann", "hunter2"),
        Pydantic(name="Ann", session_id="hunter2"), Pair("Ann", "hunter2"), [("cookie", "hunter2")],
        Headers({"Authorization": "hunter2"}), {b"token": b"hunter2"}, "postgres://u:hunter2@h/d",
        b"password=hunter2",
        '{"password": "hunter2"}', ValueError("postgres://u:hunter2@h/d"), ["x" * 190 + " postgres://u:hunter2@h/d"],
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_secrets_are_hidden_at_any_depth(value: object) -> None:
    """A value under a secret name, or of a secret shape, is masked wherever it lies."""
    text = describe(value)
    assert "hunter" not in text
    assert "[hidden]" in text or "…" in text


def test_a_variable_with_a_secret_name_is_hidden() -> None:
    """The name alone decides; what cannot be a secret is shown."""
    assert describe("hunter2", "api_key") == "[hidden]"
    assert describe(42, "pin_token") == "[hidden]"
    assert describe(None, "password") == "None"
    assert describe(False, "has_password") == "False"


def test_fields_that_a_repr_leaves_out_stay_out() -> None:
    """`field(repr=False)` is respected."""
    assert "private" not in describe(Account("Ann", "x"))


class Strange:
    """An object whose repr does what it is told."""

    def __init__(self, act: Any) -> None:
        self.act = act

    def __repr__(self) -> str:
        return self.act()


def _raise(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(1), KeyboardInterrupt(), RecursionError()])
def test_a_repr_that_raises_is_harmless(error: BaseException) -> None:
    """Whatever a repr raises, the page goes on."""
    assert describe(Strange(lambda: _raise(error))) == f"<its repr raised {type(error).__name__}>"


def test_a_repr_that_is_no_text_is_harmless() -> None:
    """A repr that returns the wrong type is told."""
    assert describe(Strange(lambda: 3)) == "<its repr raised TypeError>"


def test_a_repr_that_never_ends_is_not_waited_for() -> None:
    """A slow repr is given up, and when the budget is spent nothing more is asked."""
    gate = threading.Event()
    describer = Describer(patience=0.01, budget=0.02)
    slow = Strange(lambda: str(gate.wait(30)))
    try:
        assert describer.describe("a", slow) == "<Strange, its repr takes too long>"
        for _ in range(20):
            text = describer.describe("b", slow)
        assert text == "<Strange, not shown: the others took too long>"
    finally:
        gate.set()


@pytest.mark.parametrize(
    "value",
    ["x" * 10**6, b"x" * 10**6, list(range(10**6)), {n: n for n in range(10**5)},
     Strange(lambda: "x" * 10**6),
     10**5000, [["y" * 500] * 50] * 50],
    ids=["str", "bytes", "list", "dict", "repr", "int", "nested"],
)  # fmt: skip
def test_huge_values_are_cut(value: object) -> None:
    """No value takes more than about a thousand characters."""
    assert len(describe(value)) < 1200


def test_what_is_left_out_is_counted() -> None:
    """A cut value says how much there is."""
    assert describe(list(range(100))).endswith("… 88 more]")
    assert describe("x" * 1000).endswith("… 1,000 characters")


def test_values_that_hold_themselves_end() -> None:
    """A circle is cut at a depth."""
    circle: list[Any] = []
    circle.append(circle)
    assert describe(circle) == "[[[[<list>]]]]"


def test_control_characters_are_escaped() -> None:
    """What a strange repr prints cannot move the cursor or turn the text around."""
    assert describe(Strange(lambda: "a\x1b[31m\u202e")) == "a\\x1b[31m\\u202e"


def test_messages_are_read_with_care() -> None:
    """A message that raises, or holds a password, is harmless."""

    class Bad(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert message_of(Bad()) == "<its repr raised ValueError>"
    assert "hunter2" not in message_of(ValueError("no answer from redis://:hunter2@cache"))
    assert len(message_of(ValueError("x" * 10**6))) < 21_000


def test_a_request_is_shown_by_its_line() -> None:
    """The server's object in it holds the environment of the process, with all that is secret there."""
    app = App()
    shown: list[str] = []

    @app.get("/a")
    def show(request: Request) -> str:
        shown.append(describe(request))
        return ""

    with Client(app) as client:
        client.get("/a")
    assert shown == ["<Request GET /a>"]
