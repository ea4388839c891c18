"""Byte ranges (RFC 9110, section 14): which parts of a file a client asks for."""

from __future__ import annotations

import re

Range = tuple[int, int]

_BYTES = re.compile("bytes=", re.IGNORECASE).match
_SPEC = re.compile("([0-9]*)-([0-9]*)").fullmatch
_MANY_DIGITS = 20  # no file is that long, and Python does not like to convert thousands of them


def parse_ranges(header: str | None, size: int, max_ranges: int = 16) -> list[Range] | None:
    """The parts of `size` bytes that a `Range` header names, as half-open (start, stop), sorted and merged.

    None means that the field does not count, and the answer is the whole: it is missing or malformed, of
    another unit, or names more than `max_ranges`. An empty list means that nothing of it can be had: the
    answer is 416 with `Content-Range: bytes */size`.

    >>> parse_ranges("bytes=0-3, 2-5, -1", 10)
    [(0, 6), (9, 10)]
    >>> parse_ranges("bytes=10-", 10)
    []
    """
    if header is None or not _BYTES(header):
        return None
    specs = [spec.strip(" \t") for spec in header[6:].split(",")]
    specs = [spec for spec in specs if spec]
    if not 0 < len(specs) <= max_ranges:
        return None
    ranges: list[Range] = []
    for spec in specs:
        match = _SPEC(spec)
        if match is None or spec == "-":
            return None
        first, last = match.groups()
        if not first:
            start, stop = max(0, size - _number(last)), size
            if size == 0 and _number(last):
                return None  # it can be had, and is nothing: only the whole can say so
        else:
            start = _number(first)
            if last and _number(last) < start:
                return None
            stop = min(_number(last) + 1, size) if last else size
        if start < stop:
            ranges.append((start, stop))
    return _merged(ranges)


def _number(digits: str) -> int:
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) < _MANY_DIGITS else 10**_MANY_DIGITS


def _merged(ranges: list[Range]) -> list[Range]:
    merged: list[Range] = []
    for start, stop in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged
