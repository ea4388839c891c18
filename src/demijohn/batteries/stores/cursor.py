"""Cursors: where a page ended, as text that an address can carry.

A cursor holds the last item's place in the order, and so stays true however much is added or deleted before it. It is
not signed: it holds nothing that the page did not show, and one that is made up finds nothing that the query hides.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

import msgspec

from demijohn.foundation.http.errors import BadRequest
from demijohn.kernel.grammar import bounded

from .checking import require_text
from .shape import Field

_LONGEST: Final = 2_000


def write_cursor(order: Sequence[tuple[Field, bool]], values: Sequence[Any]) -> str:
    """The cursor of an item that has these values in the fields of an order."""
    names = [("-" if down else "") + field.name for field, down in order]
    raw = msgspec.json.encode([names, list(values)], enc_hook=str)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read_cursor(text: str, order: Sequence[tuple[Field, bool]]) -> list[Any]:
    """The values that a cursor holds; raises `BadRequest` if it is damaged, or of another order."""
    names = [("-" if down else "") + field.name for field, down in order]
    try:
        if len(text) > _LONGEST:
            _refuse()
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        told, values = msgspec.json.decode(raw, type=tuple[list[str], list[Any]])
        if told != names or len(values) != len(order):
            _refuse()
        return [_value(field, value) for (field, _), value in zip(order, values, strict=True)]
    except (ValueError, binascii.Error, msgspec.MsgspecError, RecursionError):
        raise BadRequest("This place in the list is not known: begin at its start.") from None


def _value(field: Field, value: Any) -> Any:
    if value is None:
        return None if field.nullable else _refuse()
    found = msgspec.convert(value, bounded(field.type))
    if isinstance(found, str):
        require_text(found)
    return found


def _refuse() -> NoReturn:
    raise ValueError


def fingerprint(values: Mapping[str, Any]) -> str:
    """A short text that is another one when any of the values is: the version of what does not count its changes."""
    raw = msgspec.json.encode(sorted(values.items()), enc_hook=repr)
    return hashlib.blake2b(raw, digest_size=12).hexdigest()
