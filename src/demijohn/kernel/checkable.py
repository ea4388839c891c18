"""Types whose values cannot be checked: told when the app is sealed, not when the first request comes."""

from __future__ import annotations

from typing import Any

import msgspec

from ..foundation.errors import SetupError, Where
from .schema import is_pydantic, name_of


def require_checkable(annotation: Any, parameter: str, where: Where) -> None:
    """Refuse a type of a client's value that msgspec makes no decoder for; `parameter` is how it is written."""
    if is_pydantic(annotation):
        return
    try:
        msgspec.json.Decoder(annotation)
    except (TypeError, ValueError) as error:
        why, fix = _in_our_words(str(error))
        raise SetupError(
            "DMJ0140", f"{parameter}: no value of {name_of(annotation)} can be checked: {why}.", fix=fix, where=where
        ) from None


def _in_our_words(objection: str) -> tuple[str, str]:
    if "int64" in objection:
        return (
            "it has a bound beyond 64 bits, which whole numbers have here anyway",
            "Leave that bound out. For larger numbers take a Decimal, or a str with Meta(pattern=...).",
        )
    if "must be tagged" in objection:
        return (
            "nothing in the JSON tells which of several records it is",
            'Tag each of them, class Cat(Schema, tag="cat"): then the client sends {"type": "cat", ...}.',
        )
    reason = objection.partition(" - type `")[0].partition("\n")[0].rstrip(".")
    return reason[:1].lower() + reason[1:], "Mend the annotation, or take one record for each kind of value."
