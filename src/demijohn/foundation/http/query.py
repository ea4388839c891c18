"""Query strings (`application/x-www-form-urlencoded`, WHATWG URL section 5): parsed, kept, and written again.

Text that comes in is *native*, as servers hand it over (PEP 3333): one character for each octet. What the
octets spell, percent-encoded or bare, has to be UTF-8. `&` is the only separator: a `;` that separates for
one program and not for the next is how caches are poisoned.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, TypeVar, cast, overload

from .errors import BadRequest, HTTPError

Value_co = TypeVar("Value_co", covariant=True)
Default = TypeVar("Default")
Converted = TypeVar("Converted")

Pairs = list[tuple[str, str]]

_PIECES = re.compile("[^&]+").finditer
_OCTETS = re.compile("%[0-9A-Fa-f]{2}|.", re.DOTALL).finditer


def parse_query(text: str, limit: int = 1000) -> dict[str, str]:
    """The parameters of a query string; of several with one name the last wins.

    An invalid percent-escape stays as it is written. Raises BadRequest for more than `limit` parameters and
    for octets that are not UTF-8.

    >>> parse_query("q=a+b&page=1&page=2&flag")
    {'q': 'a b', 'page': '2', 'flag': ''}
    """
    # The hot path: most queries have nothing to decode, and then this loop is all there is.
    if "%" in text or "+" in text or not text.isascii():
        return dict(parse_query_list(text, limit))
    pieces = text.split("&")
    if len(pieces) > limit:
        return dict(parse_query_list(text, limit))
    values: dict[str, str] = {}
    for piece in pieces:
        if piece:
            name, _, value = piece.partition("=")
            values[name] = value
    return values


def parse_query_list(text: str, limit: int = 1000) -> Pairs:
    """All parameters of a query string in their order, as (name, value); raises what `parse_query` raises.

    >>> parse_query_list("tag=a&tag=b")
    [('tag', 'a'), ('tag', 'b')]
    """
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        # Not native: somebody has text already. Lone surrogates come out as octets that are not UTF-8.
        text = text.encode("utf-8", "surrogatepass").decode("latin-1")
    return decode_pairs(text, limit, "query", BadRequest)


def decode_pairs(text: str, limit: int, what: str, too_many: Callable[[str], HTTPError]) -> Pairs:
    """The pairs of urlencoded native text, called `what` in errors; `too_many` is the error above `limit`."""
    # Imported here, as it costs every start some milliseconds, and most queries need nothing of it.
    from urllib.parse import unquote_to_bytes

    pairs: Pairs = []
    try:
        for match in _PIECES(text):
            if len(pairs) == limit:
                raise too_many(f"The {what} has more than {limit} parameters.")
            piece = match[0]
            if "+" in piece:
                piece = piece.replace("+", " ")
            name, _, value = piece.partition("=")
            if "%" in name or not name.isascii():
                name = unquote_to_bytes(name.encode("latin-1")).decode()
            if "%" in value or not value.isascii():
                value = unquote_to_bytes(value.encode("latin-1")).decode()
            pairs.append((name, value))
    except UnicodeDecodeError:
        raise _not_utf8(text, what, unquote_to_bytes) from None
    return pairs


def _not_utf8(text: str, what: str, unquote: Callable[[bytes], bytes]) -> BadRequest:
    # The separators are ASCII, so the whole text fails to decode just where its first bad part does.
    try:
        unquote(text.encode("latin-1")).decode()
    except UnicodeDecodeError as error:
        for count, octet in enumerate(_OCTETS(text)):
            if count == error.start:
                byte = error.object[error.start]
                return BadRequest(f"The {what} is not UTF-8: byte 0x{byte:02x} at position {octet.start()}.")
    raise AssertionError("a part of the text did not decode, so the whole cannot")


def urlencode(values: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> str:
    """Names and values as a query string; a list or tuple gives its name several times, None is left out.

    Booleans are written `true` and `false`, members of an Enum as their values, all else as `str` has it.

    >>> urlencode({"q": "salt & pepper", "tag": ["a", "b"], "page": 2, "sort": None})
    'q=salt+%26+pepper&tag=a&tag=b&page=2'
    """
    from urllib.parse import quote_plus  # not at the top for the reason given above

    pairs = _as_pairs(values)
    return "&".join(f"{quote_plus(name)}={quote_plus(text)}" for name, value in pairs for text in _texts(value))


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, (list, tuple)):
        return [text for item in value for text in _texts(item)]
    if isinstance(value, Enum):
        return _texts(value.value)
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [str(value)]


class MissingName(BadRequest, KeyError):
    """400: a name was asked of what a client sent, and is not there; a KeyError for `except` and `in`."""


class MultiDict(Mapping[str, Value_co]):
    """What was sent under names, of which each may come several times; it cannot be changed.

    `values["x"]` and `get` give the last value, `getlist` all of them. A name that is missing raises
    `MissingName`, which is a KeyError and, left alone, an answer 400.

    >>> colours = MultiDict([("top", "red"), ("top", "blue"), ("sole", "grey")])
    >>> colours["top"], colours.getlist("top"), colours.get("lace")
    ('blue', ['red', 'blue'], None)
    """

    __slots__ = ("_lists", "_pairs")

    def __init__(self, values: Mapping[str, Value_co] | Iterable[tuple[str, Value_co]] = ()) -> None:
        self._pairs = tuple(_as_pairs(values))
        self._lists: dict[str, list[Value_co]] = {}
        for name, value in self._pairs:
            self._lists.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> Value_co:
        values = self._lists.get(name)
        if values is None:
            raise MissingName(f"There is no {name!r}: {_listed(list(self._lists))}.")
        return values[-1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lists)

    def __len__(self) -> int:
        return len(self._lists)

    def __contains__(self, name: object) -> bool:
        return name in self._lists

    def __eq__(self, other: object) -> bool:
        if isinstance(other, MultiDict):
            return self._lists == other._lists
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]  # equal to dicts, which have none either

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self._pairs)!r})"

    @overload
    def get(self, name: str, /) -> Value_co | None: ...
    @overload
    def get(self, name: str, /, default: Value_co) -> Value_co: ...  # type: ignore[misc]
    @overload
    def get(self, name: str, /, default: Default) -> Value_co | Default: ...
    @overload
    def get(self, name: str, /, default: None = None, *, type: Callable[[Any], Converted]) -> Converted | None: ...
    @overload
    def get(self, name: str, /, default: Default, type: Callable[[Any], Converted]) -> Converted | Default: ...
    def get(self, name: str, /, default: Any = None, type: Callable[[Any], Any] | None = None) -> Any:
        """The last value of a name, made into `type`; the default where it is missing or does not convert.

        >>> Query.parse("page=two").get("page", 1, type=int)
        1
        """
        values = self._lists.get(name)
        if values is None:
            return default
        if type is None:
            return values[-1]
        try:
            return type(values[-1])
        except (ValueError, TypeError, ArithmeticError):  # the last is what Decimal raises
            return default

    @overload
    def getlist(self, name: str) -> list[Value_co]: ...
    @overload
    def getlist(self, name: str, type: Callable[[Any], Converted]) -> list[Converted]: ...
    def getlist(self, name: str, type: Callable[[Any], Any] | None = None) -> list[Any]:
        """All values of a name in their order; with `type`, those that convert."""
        values = self._lists.get(name, [])
        if type is None:
            return list(values)
        converted = []
        for value in values:
            try:
                converted.append(type(value))
            except (ValueError, TypeError, ArithmeticError):
                continue
        return converted

    def multi_items(self) -> list[tuple[str, Value_co]]:
        """Every (name, value) as it was sent, names repeated."""
        return list(self._pairs)

    @overload
    def to_dict(self) -> dict[str, Value_co]: ...
    @overload
    def to_dict(self, flat: bool) -> dict[str, Any]: ...
    def to_dict(self, flat: bool = True) -> dict[str, Any]:
        """A new dict of the last values; with `flat=False`, of the lists of all values."""
        if flat:
            return {name: values[-1] for name, values in self._lists.items()}
        return {name: list(values) for name, values in self._lists.items()}


def _as_pairs(values: Mapping[str, Default] | Iterable[tuple[str, Default]]) -> Iterable[tuple[str, Default]]:
    if isinstance(values, MultiDict):
        return values.multi_items()
    if isinstance(values, Mapping):
        return cast("Mapping[str, Default]", values).items()
    return values


def _listed(names: list[str]) -> str:
    # What is listed was sent by a stranger, so it is kept short.
    if not names:
        return "nothing was sent"
    shown = ", ".join(repr(name[:40]) for name in names[:10])
    return f"there is {shown}" + (f" and {len(names) - 10} more" if len(names) > 10 else "")


class Query(MultiDict[str]):
    """The query of a URL: `str` of it is the query string again.

    >>> query = Query.parse("q=tea&page=1")
    >>> str(query.replace(page=2)), str(query.replace(page=None))
    ('q=tea&page=2', 'q=tea')
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str, limit: int = 1000) -> Query:
        """The query that `text` spells; raises what `parse_query` raises."""
        return cls(parse_query_list(text, limit))

    def __str__(self) -> str:
        return urlencode(self._pairs)

    def replace(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> Query:
        """The same query with other values, for links: None removes a name, a list gives several values.

        Names keep their places, new ones come last. What is no Python name goes into a mapping:
        `query.replace({"created-after": day})`.
        """
        new = {name: _texts(value) for name, value in {**(values or {}), **more}.items()}
        pairs: Pairs = []
        for name, text in self._pairs:
            if name not in new:
                pairs.append((name, text))
            else:
                pairs.extend((name, replaced) for replaced in new.pop(name))
                new[name] = []
        return Query([*pairs, *((name, text) for name, texts in new.items() for text in texts)])
