"""Parameters that are forms, as OpenAPI tells them: by the fields that a browser sends, and as JSON where that does.

What is inside of a record goes by names with dots, and rows by their numbers: `items.0.price`. A schema cannot say
that, so the description does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ...foundation.http.response import JSON
from ...foundation.http.uploaded_file import UploadedFile
from ...kernel.markers import MISSING, Factory
from ...kernel.signature import Parameter
from .schemas import Json, Schemas, with_default
from .texts import schema_of_file, schema_of_text

if TYPE_CHECKING:
    from ..forms import Form

FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
_HOME: Final = "demijohn.forms:Forms"
_FORMATS: Final = {"email": "email", "url": "uri", "password": "password"}


@dataclass(frozen=True, slots=True)
class Taken:
    """A form that a route takes, with the prefix of its names."""

    kind: type[Form[Any]]
    prefix: str

    @property
    def is_sent(self) -> bool:
        """Whether it comes in a body; else it is read from the query."""
        return self.kind.method != "get"

    def around(self, schema: Json) -> Json:
        """The schema of what is sent, out of that of the form: behind its prefix, if it has one."""
        return _object({self.prefix: schema}, []) if self.prefix else schema


def forms_in(parameters: Iterable[Parameter]) -> list[Taken]:
    """The forms that a route takes; a wizard is as many as it has steps."""
    found: list[Taken] = []
    for parameter in parameters:
        kind = parameter.type
        if parameter.source == "bound" and getattr(kind, "__provided_by__", None) == _HOME:
            kinds = [kind] if hasattr(kind, "shape") else kind.kinds().values()
            found += [Taken(each, parameter.qualifier or each.prefix) for each in kinds]
    return found


def form_parameters(forms: Iterable[Taken], schemas: Schemas) -> list[Json]:
    """The Parameter Objects of the forms that are read from the query."""
    return [
        {"name": f"{form.prefix}.{name}" if form.prefix else name, "in": "query", "required": False, **_told(schema)}
        for form in forms
        if not form.is_sent
        for name, schema in _properties(form.kind.shape().parts, schemas).items()
    ]


def _told(schema: Json) -> Json:
    description = schema.pop("description", "")
    return {**({"description": description} if description else {}), "schema": schema}


def form_body(forms: Iterable[Taken], schemas: Schemas) -> Json | None:
    """The Request Body Object of the forms that are sent; None where none is."""
    content: dict[str, list[Json]] = {}
    for form in forms:
        if not form.is_sent:
            continue
        shape = form.kind.shape()
        record = _record(shape.parts, schemas, f"{form.prefix}." if form.prefix else "")
        if form.prefix:
            record["description"] = f"Sent as {_names(form.prefix, shape.parts)}"
        content.setdefault(MULTIPART if shape.has_files else FORM, []).append(form.around(record))
        if not shape.has_files:
            content.setdefault(JSON, []).append(form.around(_as_json(form.kind, schemas)))
    if not content:
        return None
    return {"required": True, "content": {name: {"schema": _any_of(found)} for name, found in content.items()}}


def _any_of(options: list[Json]) -> Json:
    return options[0] if len(options) == 1 else {"anyOf": options}


def _as_json(form: type[Form[Any]], schemas: Schemas) -> Json:
    """A form's type; for a model, which has no schema of its own, its fields one by one."""
    shape = form.shape()
    if shape.model is None:
        return schemas.of(shape.schema, "input")
    fields = msgspec.structs.fields(shape.schema)
    properties = {one.encode_name: schemas.of(one.type, "input") for one in fields}
    return _object(properties, [one.encode_name for one in fields if one.required])


def _record(parts: Mapping[str, Any], schemas: Schemas, at: str = "") -> Json:
    required = [name for name, part in parts.items() if _is_required(part)]
    return _object(_properties(parts, schemas, at), required)


def _object(properties: Json, required: list[str]) -> Json:
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def _properties(parts: Mapping[str, Any], schemas: Schemas, at: str = "") -> Json:
    return {name: _field(part, schemas, f"{at}{name}") for name, part in parts.items()}


def _field(part: Any, schemas: Schemas, at: str) -> Json:
    if part.parts is None:
        schema = _value(part, schemas)
        said = part.help
    else:
        schema = _record(part.parts, schemas, f"{at}.0." if part.repeated else f"{at}.")
        if part.repeated:
            schema = {"type": "array", "items": schema, "maxItems": part.most}
            if part.least:
                schema["minItems"] = part.least
        said = f"{part.help} Sent as {_names(at, part.parts, repeated=part.repeated)}".strip()
    if "$ref" in schema:
        return schema if not said else {"allOf": [schema], "description": said}
    return {
        **schema,
        **({"title": part.options.label} if part.options.label else {}),
        **({"description": said} if said else {}),
    }


def _names(at: str, parts: Mapping[str, Any], *, repeated: bool = False) -> str:
    """What the first field of a record is called, at its place."""
    inside = next(iter(parts), "")
    return f"`{at}.0.{inside}`, `{at}.1.{inside}`, ..." if repeated else f"`{at}.{inside}`, ..."


def _value(part: Any, schemas: Schemas) -> Json:
    if part.kind is UploadedFile:
        return schema_of_file(part.annotation)
    schema = schema_of_text(part.annotation, schemas)
    one = schema["items"] if isinstance(schema.get("items"), dict) else schema
    if part.options.choices is not None and part.choices is not None:
        one["enum"] = [msgspec.to_builtins(value, str_keys=True) for value, _ in part.choices]
    if part.widget in _FORMATS:
        one["format"] = _FORMATS[part.widget]
    default = part.default
    if default is MISSING or default is None or default is msgspec.UNSET or isinstance(default, Factory):
        return schema
    return with_default(schema, default)


def _is_required(part: Any) -> bool:
    """Whether a form without this name is refused: an unticked box is not sent, nor is a list that may be empty."""
    if part.options.show_if is not None:
        return False
    if part.options.required:
        return True
    if part.repeated or (part.many and part.kind is not UploadedFile):
        return bool(part.required and part.least)
    if part.parts is not None:
        return not part.optional and any(map(_is_required, part.parts.values()))
    return bool(part.required and not part.optional and part.kind is not bool)
