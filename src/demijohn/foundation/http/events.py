"""Server-sent events (the WHATWG HTML standard, section 9.2): one event, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

EVENT_STREAM = "text/event-stream"

_LINE_END = re.compile(r"\r\n|\r|\n")  # What ends a line in a browser: no other separator of Unicode does.


class Event:
    """One event: `Event({"seats": 3}, event="sold", id=7)`.

    `data` is sent as it is if it is text, and as JSON otherwise. `event` is the name that the page listens to
    ("message" if there is none), `id` what it says as Last-Event-ID when it connects again, `retry` after how many
    milliseconds it does; a `comment` is not seen by the page.

    >>> Event("two\\nlines", id=7).encode()
    b'id: 7\\ndata: two\\ndata: lines\\n\\n'
    """

    __slots__ = ("comment", "data", "event", "id", "retry")

    def __init__(
        self,
        data: Any = None,
        *,
        event: str | None = None,
        id: str | int | None = None,
        retry: int | None = None,
        comment: str | None = None,
    ) -> None:
        if data is None and event is None and id is None and retry is None and comment is None:
            raise ValueError("An Event says something: data, or at least a comment.")
        if isinstance(data, bytes | bytearray | memoryview):
            raise TypeError("The data of an Event is text, or a value that is sent as JSON; bytes are neither.")
        if retry is not None and (not isinstance(retry, int) or isinstance(retry, bool) or retry < 0):
            raise ValueError(f"retry is a number of milliseconds, not {retry!r}.")
        self.data = data
        self.event = None if event is None else _one_line("event", event)
        self.id = None if id is None else _one_line("id", str(id))
        self.retry = retry
        self.comment = comment
        if self.id is not None and "\0" in self.id:
            raise ValueError("The id of an event may not have a NUL: browsers ignore such an id.")

    def encode(self, to_json: Callable[[Any], bytes] | None = None) -> bytes:
        """The event as it is sent; `to_json` encodes data that is no text."""
        lines = [] if self.comment is None else [f": {line}" for line in _LINE_END.split(self.comment)]
        if self.event is not None:
            lines.append(f"event: {self.event}")
        if self.id is not None:
            lines.append(f"id: {self.id}")
        if self.retry is not None:
            lines.append(f"retry: {self.retry}")
        if self.data is not None:
            lines += [f"data: {line}" for line in _LINE_END.split(self._text(to_json))]
        elif self.event is not None:
            lines.append("data:")  # Without any, the page would not hear of it.
        return "\n".join([*lines, "", ""]).encode()

    def _text(self, to_json: Callable[[Any], bytes] | None) -> str:
        if isinstance(self.data, str):
            return self.data
        if to_json is None:
            raise TypeError("Data that is no text needs an encoder.")
        return to_json(self.data).decode()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Event):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        given = [f"{name}={value!r}" for name in self.__slots__ if (value := getattr(self, name)) is not None]
        return f"Event({', '.join(sorted(given, key=lambda text: not text.startswith('data=')))})"


def _one_line(what: str, text: str) -> str:
    if not isinstance(text, str):
        raise TypeError(f"The {what} of an event is text, not {type(text).__name__}.")
    if "\n" in text or "\r" in text:
        raise ValueError(f"The {what} of an event is one line, not {text!r}: what came after would be another field.")
    return text
