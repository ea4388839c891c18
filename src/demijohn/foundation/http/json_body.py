"""JSON as bodies carry it (RFC 8259), read strictly: UTF-8 all over, and never deeper than `MAX_DEPTH`.

The decoder goes as deep as Python's stack, and leaves what it skips unread. What a program does with the values is
seldom as careful: deep ones break whoever walks or encodes them, and text that is not UTF-8 is read by others
differently.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, count
from operator import sub
from typing import Any

import msgspec

from .errors import BadRequest, HTTPError, UnprocessableContent

MAX_DEPTH = 64

# What is neither a bracket nor a quote; and all brackets of one kind.
_NO_STRUCTURE = bytes(byte for byte in range(256) if byte not in b'[]{}"')
_ONE_KIND = bytes.maketrans(b"{}", b"[]")

_MOST_DIGITS = 4300  # of a whole number: as Python has it, and msgspec with it
_MOST_PROBLEMS = 100
_INFINITE = float("inf")
_MISFIT = object()


def decode_json(raw: bytes) -> Any:
    """The JSON of a body as plain values.

    Of a key that comes twice the last value counts. Raises BadRequest where the body is no JSON, and
    UnprocessableContent for a number that is out of all bounds.

    >>> decode_json(b'{"a": [1, 2.5, null]}')
    {'a': [1, 2.5, None]}
    """
    if not raw.strip():
        raise BadRequest("The body is empty; JSON was expected.")
    check_json(raw)
    try:
        return msgspec.json.decode(raw)
    except msgspec.ValidationError:  # with no type to compare with, only a number can be wrong
        raise _misfits(raw) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise json_refusal(error) from None


def check_json(raw: bytes) -> None:
    """Refuse what no decoder tells: text that is not UTF-8, and values that are nested too deep."""
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            raise json_refusal(error) from None
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _is_deep(raw):
        raise _too_deep()


def json_refusal(error: Exception) -> HTTPError:
    """What a visitor is told of an error of the decoder."""
    if isinstance(error, UnicodeDecodeError):
        return BadRequest(f"The body is not UTF-8: byte {error.start}.")
    if isinstance(error, RecursionError):
        return _too_deep()
    return BadRequest(f"The body is not JSON: {error}.")


def _misfits(raw: bytes) -> HTTPError:
    """The refusal of numbers that are out of all bounds, with the place of each: the decoder names the keys `...`."""
    import json  # slow to import, and seldom needed

    def whole(digits: str) -> Any:
        return _MISFIT if len(digits.lstrip("-")) > _MOST_DIGITS else 0

    def broken(digits: str) -> Any:
        return _MISFIT if float(digits) in (_INFINITE, -_INFINITE) else 0

    def constant(name: str) -> Any:
        raise ValueError(f"{name} is no number")

    try:
        value = json.loads(raw.decode(), parse_int=whole, parse_float=broken, parse_constant=constant)
    except ValueError:
        value = None
    problems = [{"where": where, "message": "Expected a number that fits."} for where in _places(value, "body")]
    if not problems:  # a key that comes again, with a value that fits; or what comes later is no JSON
        return BadRequest("The body is not JSON that can be read: it has a number that is out of all bounds.")
    count = "One value is" if len(problems) == 1 else f"{len(problems)} values are"
    return UnprocessableContent(f"{count} missing or not valid.", errors=problems[:_MOST_PROBLEMS])


def _places(value: Any, at: str) -> Iterator[str]:
    """Where the numbers stand that do not fit; the value is no deeper than `MAX_DEPTH`."""
    if value is _MISFIT:
        yield at
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _places(item, f"{at}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, f"{at}.{index}")


def _too_deep() -> BadRequest:
    return BadRequest(f"The body is nested too deep: JSON may have {MAX_DEPTH} levels.")


def _is_deep(raw: bytes) -> bool:
    """Whether JSON has more than `MAX_DEPTH` levels; for what is no JSON either answer will do."""
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = raw.translate(_ONE_KIND, _NO_STRUCTURE)
    if b'"' in marks:
        marks = marks.replace(b'""', b"")  # strings without brackets: nearly all
        marks = b"".join(marks.split(b'"')[::2])
    leaves = 2
    for _ in range(leaves):
        marks = marks.replace(b"[]", b"")
    # What is open after each run of opening brackets: all that were opened so far, less a closing one per run.
    opened = accumulate(map(len, marks.split(b"]")))
    deepest: int = max(map(sub, opened, count()))
    return deepest > MAX_DEPTH - leaves
