"""Values that come as text, as OpenAPI tells them: in paths, queries, headers, cookies and forms."""

from __future__ import annotations

import typing
from typing import Annotated, Any, Final

from ...kernel.schema import without_none
from .schemas import Json, Schemas

LISTS: Final = (list, set, frozenset, tuple)
_INT64: Final = {"format": "int64"}


def schema_of_text(kind: Any, schemas: Schemas) -> Json:
    """The schema of a value that comes as text: there is no null among texts, and no base64."""
    bare, _ = without_none(kind)
    schema = dict(schemas.of(bare, "input"))
    schema.pop("contentEncoding", None)
    if schema.get("type") == "integer" and "enum" not in schema:
        schema = {**schema, **_INT64}
    return schema or {"type": "string"}


def schema_of_file(kind: Any) -> Json:
    """The schema of an uploaded file, or of several of one name."""
    bare, _ = without_none(kind)
    while typing.get_origin(bare) is Annotated:
        bare = typing.get_args(bare)[0]
    one = {"type": "string", "contentMediaType": "application/octet-stream"}
    return {"type": "array", "items": one} if (typing.get_origin(bare) or bare) in LISTS else one
