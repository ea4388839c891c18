"""Header fields (RFC 9110, section 5): validated when they are set, so that no server ever meets a bad one.

`Headers` is what users meet, on requests and responses. `FixedHeaders` is what an answer carries: a list frozen when
the app is sealed, in the two spellings that servers want, so that a request copies a reference instead of eight pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any, TypeVar, overload

T = TypeVar("T")

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
# What may stand in a value: tab, space, visible ASCII and obs-text (RFC 9110, section 5.5).
_BAD_VALUE = re.compile(r"[^\t\x20-\x7e\x80-\xff]").search

HeaderPairs = list[tuple[str, str]]


def check_header(name: str, value: str) -> tuple[str, str]:
    r"""The pair with its name in lower case; ValueError where a server would stumble over it.

    >>> check_header("X-Colour", "green")
    ('x-colour', 'green')
    >>> check_header("X-Colour", "green\r\nSet-Cookie: a=b")
    Traceback (most recent call last):
    ValueError: The value of the header X-Colour has a control character or one outside of latin-1 at position 5.
    """
    if not isinstance(name, str) or not _TOKEN(name):
        raise ValueError(f"{name!r} is no header name: letters, digits and -._~ are what it may have.")
    if not isinstance(value, str):
        raise TypeError(f"The value of the header {name} is {type(value).__name__}, not str: write str(value).")
    bad = _BAD_VALUE(value)
    if bad:
        raise ValueError(
            f"The value of the header {name} has a control character or one outside of latin-1"
            f" at position {bad.start()}."
        )
    return name.lower(), value.strip(" \t")


class Headers(MutableMapping[str, str]):
    """Header fields by name, whatever the case; several of one name are kept in order.

    Reading a name that came several times gives the values joined by a comma (RFC 9110, section 5.3); `getlist`
    gives them one by one. Setting replaces all, `add` appends. A value with control characters is a ValueError.

    >>> headers = Headers({"Content-Language": "en"})
    >>> headers.add("Vary", "Accept")
    >>> headers["content-language"], headers.get("etag")
    ('en', None)
    """

    __slots__ = ("_pairs",)

    def __init__(self, values: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        pairs: Any = values.items() if isinstance(values, Mapping) else values
        self._pairs: HeaderPairs = [check_header(name, value) for name, value in pairs]

    @classmethod
    def received(cls, pairs: HeaderPairs) -> Headers:
        """Headers as a server parsed them: names in lower case, not checked again."""
        headers = cls.__new__(cls)
        headers._pairs = pairs
        return headers

    def __getitem__(self, name: str) -> str:
        values = self.getlist(name)
        if not values:
            raise KeyError(name)
        return values[0] if len(values) == 1 else ", ".join(values)

    @overload
    def get(self, name: str, default: None = None, /) -> str | None: ...
    @overload
    def get(self, name: str, default: str | T, /) -> str | T: ...
    def get(self, name: str, default: Any = None, /) -> Any:
        """The value of a name, or `default`."""
        values = self.getlist(name)
        if not values:
            return default
        return values[0] if len(values) == 1 else ", ".join(values)

    def __setitem__(self, name: str, value: str) -> None:
        pair = check_header(name, value)
        self._pairs = [other for other in self._pairs if other[0] != pair[0]]
        self._pairs.append(pair)

    def __delitem__(self, name: str) -> None:
        name = name.lower()
        kept = [pair for pair in self._pairs if pair[0] != name]
        if len(kept) == len(self._pairs):
            raise KeyError(name)
        self._pairs = kept

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self._pairs))

    def __len__(self) -> int:
        return len({name for name, _ in self._pairs})

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and any(other == name.lower() for other, _ in self._pairs)

    def __repr__(self) -> str:
        return f"Headers({self._pairs!r})"

    def getlist(self, name: str) -> list[str]:
        """All values of one name, in the order they came."""
        name = name.lower()
        return [value for other, value in self._pairs if other == name]

    def add(self, name: str, value: str) -> None:
        """Append one more header of this name (`Set-Cookie` is the usual one)."""
        self._pairs.append(check_header(name, value))

    def vary(self, *names: str) -> None:
        """Add names to `Vary`, each once (RFC 9110, section 12.5.5); a `*` stands for them all."""
        present = [part.strip() for part in self.get("vary", "").split(",") if part.strip()]
        known = {name.lower() for name in present}
        for name in names:
            if name.lower() not in known:
                known.add(name.lower())
                present.append(name)
        self["vary"] = "*" if "*" in known else ", ".join(present)

    def pairs(self) -> HeaderPairs:
        """The list behind it: (name in lower case, value). Not a copy."""
        return self._pairs


class FixedHeaders:
    """A list of headers that never changes after it was made: `text` for WSGI and RSGI, `raw` for ASGI."""

    __slots__ = ("names", "raw", "text")

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.text: HeaderPairs = [check_header(name, value) for name, value in pairs]
        self.raw = encode_headers(self.text)
        self.names = frozenset(name for name, _ in self.text)

    def without(self, names: frozenset[str] | set[str]) -> FixedHeaders:
        """The same list less some names: a response that says its own wins."""
        return FixedHeaders(pair for pair in self.text if pair[0] not in names)


def encode_headers(pairs: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Pairs as the bytes that go over the wire; `check_header` has made sure that latin-1 can."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
