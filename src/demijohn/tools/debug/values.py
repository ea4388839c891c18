"""Values as short text: never long, never slow, never raising, never telling a secret.

The plain containers, dataclasses, msgspec structs and attrs classes are walked here, so that a secret inside
of them is seen by its name. Anything else is asked for its own `repr`, on a thread that nobody waits for
when it dawdles.
"""

from __future__ import annotations

import contextvars
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

from demijohn.foundation.http.request import Request

from .masking import HIDDEN, is_secret, printable, scrub, scrub_pairs

_MOST_ITEMS = 12
_MOST_DEPTH = 4
_MOST_STRING = 200
_MOST_READ = 4000
_MOST_TEXT = 1000
_SCALARS = (int, float, complex, bool, type(None), type(Ellipsis), type(NotImplemented))
_BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
    deque: ("deque([", "])"),
}


class Describer:
    """Describes values within limits of time: `patience` seconds for one value, `budget` for all of them.

    >>> Describer().describe("user", {"name": "Ann", "password": "hunter2"})
    "{'name': 'Ann', 'password': [hidden]}"
    """

    def __init__(self, *, patience: float = 0.25, budget: float = 1.5) -> None:
        self._patience = patience
        self._ends = time.monotonic() + budget

    def describe(self, name: str, value: object) -> str:
        """A value as text of at most about a thousand characters, with what is secret hidden."""
        if type(value) in _SCALARS and not is_secret(name):
            return _shorten(_scalar(value))
        left = min(self._patience, self._ends - time.monotonic())
        if left <= 0:
            return f"<{_type_name(value)}, not shown: the others took too long>"
        text = _within(left, lambda: _named(name, value, 0))
        return f"<{_type_name(value)}, its repr takes too long>" if text is None else _shorten(printable(text))


def message_of(exc: BaseException) -> str:
    """The message of an exception, however badly it is made."""
    text = _within(0.5, lambda: str(exc))
    if text is None:
        return "<its message takes too long>"
    return printable(scrub(text if len(text) <= 20_000 else f"{text[:20_000]}…"))


def _within(seconds: float, make: Callable[[], str]) -> str | None:
    """What `make` returns, or None when it takes longer; an exception becomes text that names it.

    A thread of Python cannot be stopped: a call that never ends goes on, as a daemon; nobody waits for it.
    """
    result: list[str] = []

    def run() -> None:
        try:
            result.append(make())
        except BaseException as exc:  # whatever somebody's repr raises: it is shown, and that is all
            result.append(f"<its repr raised {type(exc).__name__}>")

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(run,), daemon=True, name="demijohn-debug-repr")
    thread.start()
    thread.join(seconds)
    return result[0] if result else None


def _named(name: object, value: object, depth: int) -> str:
    """A value that has a name: hidden when the name says so and there is something to hide."""
    if not is_secret(name):
        return _show(value, depth)
    if value is None or isinstance(value, (bool, type, FunctionType, ModuleType)) or value == "":
        return _show(value, depth)
    return HIDDEN


def _show(value: object, depth: int) -> str:
    kind = type(value)
    if kind in _SCALARS:
        return _scalar(value)
    if kind is str or kind is bytes or kind is bytearray:
        return _string(value)
    if depth >= _MOST_DEPTH:
        return f"<{_type_name(value)}>"
    if kind in _BRACKETS:
        return _items(kind, value, depth)  # type: ignore[arg-type]
    if isinstance(value, Mapping) and not isinstance(value, type):
        pairs = [f"{_show(key, depth + 1)}: {_named(key, item, depth + 1)}" for key, item in _first(value.items())]
        body = "{" + _join(pairs, len(value)) + "}"
        return body if kind is dict else f"{kind.__name__}({body})"
    if isinstance(value, BaseException):
        return scrub_pairs(f"{kind.__name__}({', '.join(_show(arg, depth + 1) for arg in value.args)})")
    names = _field_names(value)
    if names is not None:
        pairs = [f"{name}={_named(name, getattr(value, name), depth + 1)}" for name in names]
        return f"{kind.__name__}({_join(pairs[:_MOST_ITEMS], len(pairs))})"
    return _clip(scrub_pairs(_clip(repr(value), _MOST_READ)), _MOST_TEXT)


def _items(kind: type, value: Iterable[Any], depth: int) -> str:
    opening, closing = _BRACKETS[kind]
    count = len(value)  # type: ignore[arg-type]
    if kind is tuple and count == 2:
        # A pair may be one of a list of headers or of form fields: its first half is then a name.
        first, second = value
        return f"({_show(first, depth + 1)}, {_named(first, second, depth + 1)})"
    if not count and kind is set:
        return "set()"
    shown = _join([_show(item, depth + 1) for item in _first(value)], count)
    return f"{opening}{shown}{',' if kind is tuple and count == 1 else ''}{closing}"


def _field_names(value: object) -> list[str] | None:
    """The fields that a dataclass, msgspec struct, attrs class or Pydantic model shows, else None."""
    cls = type(value)
    if issubclass(cls, Request):  # its own text: the server's object in it holds the whole environment of the process
        return None
    for attribute in ("__dataclass_fields__", "__attrs_attrs__"):
        fields = getattr(cls, attribute, None)
        if fields is not None:
            values = fields.values() if isinstance(fields, Mapping) else fields
            return [field.name for field in values if field.repr is not False and hasattr(value, field.name)]
    names = getattr(cls, "__struct_fields__", None) or getattr(cls, "__pydantic_fields__", None)
    if names is None and issubclass(cls, tuple):
        names = getattr(cls, "_fields", None)
    return None if names is None else [name for name in names if hasattr(value, name)]


def _first(items: Iterable[Any]) -> Iterator[Any]:
    return itertools.islice(items, _MOST_ITEMS)


def _join(parts: list[str], count: int) -> str:
    if count > len(parts):
        parts = [*parts, f"… {count - len(parts)} more"]
    return ", ".join(parts)


def _scalar(value: object) -> str:
    try:
        return repr(value)
    except ValueError:  # an int of more digits than Python turns into text (sys.set_int_max_str_digits)
        return f"<int of {int(value).bit_length():,} bits>"  # type: ignore[call-overload]


def _string(value: Any) -> str:
    """A string with its secrets hidden before it is cut: half of a password is one still."""
    count = len(value)
    read = value[:_MOST_READ]
    if isinstance(read, str):
        text = repr(scrub_pairs(read))
    else:
        text = repr(type(read)(scrub_pairs(read.decode("latin-1")).encode("latin-1")))
    if count <= _MOST_STRING or len(text) <= _MOST_STRING + 2:
        return text
    return f"{text[:_MOST_STRING]}… {count:,} {'characters' if isinstance(value, str) else 'bytes'}"


def _clip(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… {len(text):,} characters"


def _shorten(text: str) -> str:
    return _clip(text, _MOST_TEXT + 100)


def _type_name(value: object) -> str:
    return type(value).__name__
