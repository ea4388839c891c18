"""Values that a JSON schema allows, for the part of the vocabulary that documents are written in."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

_FORMATS: dict[str, st.SearchStrategy[str]] = {
    "date": st.dates().map(str),
    "date-time": st.datetimes(timezones=st.just(dt.UTC)).map(dt.datetime.isoformat),
    "uuid": st.uuids().map(str),
}
_TEXT = st.characters(exclude_categories=("Cs",))


def values_of(schema: dict[str, Any], root: dict[str, Any], depth: int = 4) -> st.SearchStrategy[Any]:
    """Values that a schema allows; `root` is where references lead to, `depth` how deep recursive ones go."""
    if "$ref" in schema:
        found: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return values_of(found, root, depth - 1)
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return st.one_of([values_of(one, root, depth) for one in schema[several]])
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return st.one_of([values_of({**schema, "type": kind}, root, depth) for kind in kinds])
    return _OF_TYPE[kinds](schema, root, depth)


def _objects(schema: dict[str, Any], root: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    properties = {name: values_of(inner, root, depth) for name, inner in schema.get("properties", {}).items()}
    required = {name: properties.pop(name) for name in schema.get("required", ())}
    named = st.fixed_dictionaries(required, optional=properties)
    others = schema.get("additionalProperties")
    if not isinstance(others, dict):
        return named
    return st.dictionaries(st.text(_TEXT, max_size=4), values_of(others, root, depth), max_size=3)


def _arrays(schema: dict[str, Any], root: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    least, most = schema.get("minItems", 0), schema.get("maxItems", 3)
    if depth <= 0:
        return st.just([])
    return st.lists(st.deferred(lambda: values_of(schema["items"], root, depth - 1)), min_size=least, max_size=most)


def _strings(schema: dict[str, Any], root: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    least, most = schema.get("minLength", 0), schema.get("maxLength", 12)
    if "pattern" in schema:
        texts = st.from_regex(schema["pattern"].removesuffix("$") + r"\Z")
        return texts.filter(lambda text: least <= len(text) <= most)
    given = schema.get("format", "")
    return _FORMATS[given] if given in _FORMATS else st.text(_TEXT, min_size=least, max_size=most)


def _integers(schema: dict[str, Any], root: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    least = schema.get("minimum", schema.get("exclusiveMinimum", -(2**63) - 1) + 1)
    most = schema.get("maximum", schema.get("exclusiveMaximum", 2**63) - 1)
    return st.integers(least, most)


def _numbers(schema: dict[str, Any], root: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    return st.floats(schema.get("minimum"), schema.get("maximum"), allow_nan=False, allow_infinity=False)


_OF_TYPE = {
    "object": _objects,
    "array": _arrays,
    "string": _strings,
    "integer": _integers,
    "number": _numbers,
    "boolean": lambda *_: st.booleans(),
    "null": lambda *_: st.none(),
}
