"""What is kept of a session: when it began and was last used, its values, and the messages that nobody has seen yet.

It is JSON wherever it is kept. Nothing that comes from a visitor or a store is ever unpickled.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec

_DEEPEST = 32
_INSTEAD = {
    "datetime": "value.isoformat()",
    "date": "value.isoformat()",
    "time": "value.isoformat()",
    "timedelta": "value.total_seconds()",
    "Decimal": "str(value)",
    "UUID": "str(value)",
    "bytes": "value.hex()",
    "set": "sorted(value)",
    "frozenset": "sorted(value)",
}


class Record(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """One session: `created` and `seen` are seconds since 1970, `flashes` pairs of text and category."""

    created: int
    seen: int
    data: dict[str, Any]
    flashes: list[tuple[str, str]]


def _plain(value: Any) -> Any:
    """A value of a subclass, such as `Markup` is of `str`, as what it is beneath."""
    kinds: tuple[Any, ...] = (str, int, float, list, dict)
    for kind in kinds:
        if isinstance(value, kind):
            return kind(value)
    raise TypeError(f"a session cannot hold a {type(value).__name__}")


_encode = msgspec.json.Encoder(enc_hook=_plain).encode
_decoder = msgspec.json.Decoder(Record)


def write_record(record: Record) -> bytes:
    """The record as JSON; the same for the same record."""
    for key, value in record.data.items():
        check_value(f"session[{key!r}]", value)
    return _encode(record)


def is_written(record: Record, payload: bytes) -> bool:
    """Whether a record is still what is written there, also inside of its lists and dicts."""
    try:
        return _encode(record) == payload
    except (TypeError, ValueError, RecursionError):
        return False  # `write_record` says why


def read_record(payload: bytes) -> Record | None:
    """The record that was written; None for anything else."""
    try:
        return _decoder.decode(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def sizes(record: Record) -> list[tuple[int, str]]:
    """How many bytes each value takes, the largest first."""
    kept = [(len(_encode(value)), key) for key, value in record.data.items()]
    return sorted([*kept, (len(_encode(record.flashes)), "the messages")], reverse=True)


def check_value(name: str, value: Any, depth: int = 0) -> None:
    """TypeError or ValueError for what would not come back from JSON as it went in; a tuple comes back as a list."""
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _check_text(name, value)
    elif isinstance(value, int | float):
        _check_number(name, value)
    elif depth >= _DEEPEST:
        raise ValueError(f"{name} is nested more than {_DEEPEST} deep, or holds itself.")
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            check_value(f"{name}[{number}]", item, depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{name} has the key {key!r}: keys are text in JSON. Write str(key).")
            _check_text(name, key)
            check_value(f"{name}[{key!r}]", item, depth + 1)
    else:
        raise _not_json(name, value)


def _check_number(name: str, value: float) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name} is {value}, which JSON has no spelling for.")
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        raise ValueError(f"{name} is a number of more than 64 bits, which JSON loses: write str(value).")


def _check_text(name: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{name} has half of a surrogate pair at position {error.start}: that is no text.") from None


def _not_json(name: str, value: Any) -> TypeError:
    kind = type(value).__name__
    instead = _INSTEAD.get(kind, "what identifies it, such as value.id, and load it when it is needed")
    return TypeError(
        f"{name} is a {kind}, and sessions hold what JSON has: text, numbers, lists, dicts. Keep {instead}."
    )
