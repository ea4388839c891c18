"""Types whose values cannot be checked: told when the app is sealed, not when the first request comes."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from ..foundation.errors import SetupError, Where
from .pydantic_bodies import holds_pydantic, is_of_pydantic, pydantic_readers
from .schema import holds_schema, name_of
from .type_parts import infos_in

# A bound beside `T | None`; Python before 3.14 may write the type as Optional[T].
_BESIDE_NONE = re.compile(
    r"Can only set `(?P<bound>\w+)` .* - type `typing\.Annotated\["
    r"(?:typing\.Optional\[(?P<old>.+)\]|(?P<new>.+) \| None), msgspec\.(?P<meta>Meta\(.*\))\]` is invalid"
).fullmatch


def require_checkable(annotation: Any, parameter: str, where: Where) -> None:
    """Refuse a type of a client's value that msgspec makes no decoder for; `parameter` is how it is written."""
    if holds_pydantic(annotation):
        _require_schema_of_pydantic(annotation, parameter, where)
        return
    try:
        msgspec.json.Decoder(annotation)
    except (TypeError, ValueError) as error:
        why, fix = _in_our_words(str(error))
        raise _uncheckable(annotation, parameter, why, fix, where) from None
    if holds_schema(annotation):
        _require_one_kind(annotation, parameter, where)


def _require_schema_of_pydantic(annotation: Any, parameter: str, where: Where) -> None:
    try:
        pydantic_readers(annotation)
    except (RuntimeError, TypeError):  # PydanticUserError is a RuntimeError
        why, fix = "Pydantic knows only a part of it", "Take models of Pydantic only, or a Schema for each."
        raise _uncheckable(annotation, parameter, why, fix, where) from None


def _require_one_kind(annotation: Any, parameter: str, where: Where) -> None:
    """Refuse a record with a Pydantic type in it: msgspec would fill that without running its validators."""
    for info in infos_in(annotation):
        inner = getattr(info, "cls", None)
        if is_of_pydantic(inner):
            why = f"it has {name_of(inner)} in it, which only Pydantic checks"
            fix = f"Make {name_of(annotation)} a BaseModel, too, or {name_of(inner)} a Schema."
            raise _uncheckable(annotation, parameter, why, fix, where)


def _uncheckable(annotation: Any, parameter: str, why: str, fix: str, where: Where) -> SetupError:
    return SetupError(
        "DMJ0140", f"{parameter}: no value of {name_of(annotation)} can be checked: {why}.", fix=fix, where=where
    )


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
    beside = _BESIDE_NONE(objection)
    if beside is not None:
        kind = beside["old"] or beside["new"]
        return (
            f"{beside['bound']} stands beside {kind} | None, and None has nothing that it could bound",
            f"Put it beside the type alone: Annotated[{kind}, {beside['meta']}] | None",
        )
    reason = objection.partition(" - type `")[0].partition("\n")[0].rstrip(".")
    return reason[:1].lower() + reason[1:], "Mend the annotation, or take one record for each kind of value."
