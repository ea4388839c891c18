"""How values of a type become JSON: what batteries offer, and which types may be said."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import Any

from ..foundation.errors import SetupError, Where
from .schema import is_pydantic, is_schema, name_of

# What msgspec writes by itself: it would never ask an encoder of ours.
_WRITTEN = (
    str, int, float, bytes, bytearray, memoryview, list, tuple, dict, set, frozenset, datetime.date, datetime.time,
    datetime.timedelta, uuid.UUID, decimal.Decimal, enum.Enum, NoneType,
)  # fmt: skip


def require_askable(kind: Any, where: Where) -> None:
    """Raise SetupError for a type that needs no encoder, as one would never be asked."""
    if isinstance(kind, type) and not issubclass(kind, _WRITTEN) and not (is_schema(kind) and not is_pydantic(kind)):
        return
    name = name_of(kind)
    fix = "Convert the value in the handler, or wrap it in a class of your own, and encode that."
    if is_schema(kind):
        fix = f"Annotate the shape that the handlers answer with: def show() -> {name}Output"
    what = f"An encoder for {name} would never be asked: JSON has a spelling for it already."
    raise SetupError("DMJ0122", what, fix=fix, where=where)


@dataclass(frozen=True, slots=True)
class Encoder:
    """Offered by a battery: how values of a type (and its subclasses, by `issubclass`) become plain ones, for JSON.

    `dataclasses` tells that some of them are dataclasses, which JSON would write by itself: answers are searched for
    them then.
    """

    kind: type
    encode: Callable[[Any], Any]
    dataclasses: bool = False

    def __post_init__(self) -> None:
        require_askable(self.kind, Where.caller())
