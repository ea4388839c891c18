"""All that is wrong with a body, at once.

msgspec stops at the first mistake, and that is its speed: a body that passes is decoded in one go. Only when it does
not pass is it walked again here, field by field, so that a visitor hears of every mistake in one answer.
"""

from __future__ import annotations

import dataclasses
import typing
from typing import Annotated, Any

import msgspec

from ..foundation.http.errors import BadRequest
from .schema import is_pydantic, is_schema, without_none
from .wording import in_plain_words

Problem = dict[str, str]


def decode_json(raw: bytes) -> Any:
    """The JSON of a body as plain values; BadRequest says why it is none."""
    if not raw.strip():
        raise BadRequest("The body is empty; JSON was expected.")
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from None
    except UnicodeDecodeError as error:
        raise BadRequest(f"The body is not UTF-8: byte {error.start}.") from None
    except RecursionError:
        raise BadRequest("The body is nested too deep.") from None


def problems_of(value: Any, annotation: Any, at: str, limit: int = 100) -> list[Problem]:
    """Every mistake of a plain value against a type; empty if it passes."""
    found: list[Problem] = []
    _collect(value, annotation, at, found, limit)
    return found[:limit]


def _collect(value: Any, annotation: Any, at: str, found: list[Problem], limit: int) -> None:
    if len(found) >= limit:
        return
    before = len(found)
    bare, optional = without_none(annotation)
    if value is None and optional:
        return
    while typing.get_origin(bare) is Annotated:
        bare = typing.get_args(bare)[0]
    if is_schema(bare) and isinstance(value, dict) and not is_pydantic(bare):
        _collect_fields(value, bare, at, found, limit)
    elif typing.get_origin(bare) in (list, set, frozenset) and isinstance(value, list):
        for index, item in enumerate(value):
            _collect(item, typing.get_args(bare)[0], f"{at}.{index}", found, limit)
    elif typing.get_origin(bare) is dict and isinstance(value, dict):
        for key, item in value.items():
            _collect(item, typing.get_args(bare)[1], f"{at}.{key}", found, limit)
    if len(found) == before:
        _check_whole(value, annotation, at, found)


def _collect_fields(value: dict[str, Any], schema: Any, at: str, found: list[Problem], limit: int) -> None:
    for name, annotation, required in fields_of(schema):
        if name in value:
            _collect(value[name], annotation, f"{at}.{name}", found, limit)
        elif required:
            found.append({"where": f"{at}.{name}", "message": "This field is required."})
    if _forbids_unknown(schema):
        known = {name for name, _, _ in fields_of(schema)}
        for name in value.keys() - known:
            found.append({"where": f"{at}.{name}", "message": "There is no such field."})


def fields_of(schema: Any) -> list[tuple[str, Any, bool]]:
    """(name on the wire, type, required) of each field of a record type."""
    origin = typing.get_origin(schema) or schema
    hints = typing.get_type_hints(origin, include_extras=True)
    if isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        return [
            (field.encode_name, field.type, field.required)  # with the parameters of a generic filled in
            for field in msgspec.structs.fields(schema)
        ]
    if dataclasses.is_dataclass(origin):
        none = dataclasses.MISSING
        return [
            (field.name, hints[field.name], field.default is none and field.default_factory is none)
            for field in dataclasses.fields(origin)
        ]
    if typing.is_typeddict(origin):
        return [(name, _without_required(hints[name]), name in origin.__required_keys__) for name in hints]
    attributes = getattr(origin, "__attrs_attrs__", ())
    return [
        (field.name, hints.get(field.name, Any), repr(field.default) == "NOTHING") for field in attributes if field.init
    ]


def _without_required(annotation: Any) -> Any:
    """The type inside of `Required[...]` and `NotRequired[...]`."""
    while typing.get_origin(annotation) in (typing.Required, typing.NotRequired):
        annotation = typing.get_args(annotation)[0]
    return annotation


def _forbids_unknown(schema: Any) -> bool:
    config = getattr(schema, "__struct_config__", None)
    return config is not None and bool(config.forbid_unknown_fields)


def _check_whole(value: Any, annotation: Any, at: str, found: list[Problem]) -> None:
    try:
        msgspec.convert(value, annotation)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        found.append({"where": at + _path_of(path), "message": f"{in_plain_words(message)}."})
    except RecursionError:
        found.append({"where": at, "message": "This is nested too deep."})


def _path_of(path: str) -> str:
    """msgspec's `.items[0].price` as `.items.0.price`."""
    return path.rstrip("`").replace("[", ".").replace("]", "")
