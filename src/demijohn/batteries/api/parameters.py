"""What a route takes, as OpenAPI tells it: parameters, the request's body, and what of them may be refused."""

from __future__ import annotations

import datetime
import decimal
import enum
import typing
import uuid
from collections.abc import Iterator
from typing import Annotated, Any, Final

from ...foundation.http.body_rule import BodyRule
from ...kernel.grammar import plain_type
from ...kernel.markers import MISSING, Factory, Marker
from ...kernel.plan import Facts
from ...kernel.schema import is_pydantic, is_schema, without_none
from ...kernel.signature import Parameter
from ...kernel.validation import fields_of
from .forms import FORM, MULTIPART, form_body, form_parameters, forms_in
from .schemas import Json, Schemas, with_default
from .texts import LISTS, schema_of_file, schema_of_text

_PLACES: Final = ("path", "query", "header", "cookie")
# OpenAPI 3.1, section 4.8.12: a parameter of one of these names is ignored, they are told by other means.
_TOLD_ELSEWHERE: Final = frozenset({"accept", "content-type", "authorization"})
_SIMPLE: Final = (
    str, int, float, bool, decimal.Decimal, uuid.UUID, datetime.date, datetime.datetime, datetime.time, enum.Enum,
)  # fmt: skip
_JSON: Final = "application/json"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def all_parameters(facts: Facts) -> Iterator[Parameter]:
    """The parameters of the handler, of its arounds and of all services under them."""
    for call in facts.calls:
        yield from call.parameters


def parameters_of(facts: Facts, schemas: Schemas) -> list[Json]:
    """The Parameter Objects: those of the path in its order, then the others as they are written."""
    found: dict[tuple[str, str], Json] = {}
    for name in facts.route.pattern.names:
        found["path", name] = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    for parameter in all_parameters(facts):
        place, name, kind = _place_of(parameter, facts)
        if place not in _PLACES or (place == "header" and name in _TOLD_ELSEWHERE):
            continue
        known = found.get((place, name))
        made = _parameter(place, name, kind, parameter, schemas)
        if known is not None and place != "path":
            made["required"] = made["required"] or known["required"]
        found[place, name] = made
    return [*found.values(), *form_parameters(forms_in(all_parameters(facts)), schemas)]


def _place_of(parameter: Parameter, facts: Facts) -> tuple[str, str, Any]:
    if parameter.source == "bound" and parameter.binding is not None and parameter.binding.takes is not None:
        place = "path" if parameter.name in facts.route.pattern.names else "query"
        return place, parameter.wire or parameter.name, parameter.binding.takes
    if parameter.source == "path" and parameter.wire not in facts.route.pattern.names:
        return "host", parameter.wire, parameter.type  # OpenAPI tells hosts apart as servers, not as parameters.
    return parameter.source, parameter.wire, parameter.type


def _parameter(place: str, name: str, kind: Any, parameter: Parameter, schemas: Schemas) -> Json:
    required = place == "path" or parameter.default is MISSING
    schema = schema_of_text(kind, schemas)
    if not required and parameter.default is not None and not isinstance(parameter.default, Factory):
        schema = with_default(schema, parameter.default)
    marker = parameter.marker
    description = _said(marker, schema)
    if marker is not None and marker.examples:
        schema["examples"] = list(marker.examples)
    told = {"description": description} if description else {}
    return {"name": name, "in": place, "required": required, **told, "schema": schema}


def _said(marker: Marker | None, schema: Json) -> str:
    """What is said about a value: by its marker, or beside its type."""
    beside = schema.pop("description", "") if "$ref" not in schema else ""
    return (marker.description if marker is not None else None) or beside


# The body -------------------------------------------------------------------------------------------------------


def body_of(facts: Facts, method: str, schemas: Schemas) -> Json | None:
    """The Request Body Object; None where no body is read, or a handler reads it as it likes."""
    if facts.body is None:
        return None
    forms = forms_in(all_parameters(facts))
    if forms:
        return None if method in _SAFE else form_body(forms, schemas)
    taken = [parameter for parameter in all_parameters(facts) if parameter.source in ("body", "form", "file", "stream")]
    whole = next((parameter for parameter in taken if parameter.source in ("body", "stream")), None)
    if whole is None:
        return _form_body(taken, schemas) if taken else None
    if whole.source == "stream":
        return {"required": True, "content": {"*/*": {}}}
    kind, optional = without_none(whole.type)
    schema = schemas.of(kind, "input")
    content: Json = {_JSON: {"schema": schema}}
    marker = whole.marker
    if marker is not None and marker.examples:
        content[_JSON]["examples"] = {f"example{i}": {"value": value} for i, value in enumerate(marker.examples, 1)}
    if _fits_a_form(kind):
        content[FORM] = {"schema": _as_form(kind, schema, schemas)}
    told = {"description": marker.description} if marker is not None and marker.description else {}
    return {**told, "required": whole.default is MISSING and not optional, "content": content}


def _form_body(taken: list[Parameter], schemas: Schemas) -> Json:
    properties: Json = {}
    required = []
    for parameter in taken:
        schema = (
            schema_of_file(parameter.type) if parameter.source == "file" else schema_of_text(parameter.type, schemas)
        )
        if parameter.default is MISSING:
            required.append(parameter.wire)
        elif parameter.default is not None and not isinstance(parameter.default, Factory):
            schema = with_default(schema, parameter.default)
        description = _said(parameter.marker, schema)
        properties[parameter.wire] = {**schema, **({"description": description} if description else {})}
    schema = {"type": "object", "properties": properties, **({"required": required} if required else {})}
    has_files = any(parameter.source == "file" for parameter in taken)
    types = (MULTIPART,) if has_files else (FORM, MULTIPART)
    return {"required": bool(required), "content": {name: {"schema": schema} for name in types}}


def _as_form(kind: Any, schema: Json, schemas: Schemas) -> Json:
    """The schema of a record that comes as a form, where it is not the same: what is unticked or empty is not sent."""
    fields = fields_of(kind)
    required = [name for name, _, needed in fields if needed]
    sent = [name for name, field, needed in fields if needed and not _may_be_unsent(field)]
    if sent == required:
        return schema
    properties = {name: schema_of_text(field, schemas) for name, field, _ in fields}
    return {"type": "object", "properties": properties, **({"required": sent} if sent else {})}


def _may_be_unsent(kind: Any) -> bool:
    plain = plain_type(kind)
    return plain is bool or (typing.get_origin(plain) or plain) in LISTS


def _fits_a_form(kind: Any) -> bool:
    """Whether each field of a record can be written in a form: as a text, or as several of one name."""
    return (
        is_schema(kind)
        and not is_pydantic(kind)
        and not getattr(getattr(kind, "__struct_config__", None), "tag", None)
        and all(_is_text(field) for _, field, _ in fields_of(kind))
    )


def _is_text(kind: Any, *, inside: bool = False) -> bool:
    bare, _ = without_none(kind)
    while typing.get_origin(bare) is Annotated:
        bare, _ = without_none(typing.get_args(bare)[0])
    origin = typing.get_origin(bare)
    if origin is typing.Literal:
        return True
    if origin in LISTS and not inside:
        return all(_is_text(part, inside=True) for part in typing.get_args(bare))
    return isinstance(bare, type) and origin is None and issubclass(bare, _SIMPLE)


def takes_form(facts: Facts, method: str) -> bool:
    """Whether a form is sent with this method, and shown again where it is not right."""
    return method not in _SAFE and any(form.is_sent for form in forms_in(all_parameters(facts)))


# Refusals -------------------------------------------------------------------------------------------------------


def refusals_of(facts: Facts, method: str) -> set[int]:
    """The statuses that the plan may answer by itself, before or instead of the handler."""
    found: set[int] = {415, 422} if takes_form(facts, method) else set()
    for parameter in all_parameters(facts):
        place, _, kind = _place_of(parameter, facts)
        if place == "path":
            if parameter.source == "bound" or not _takes_any_text(kind):
                found.add(404)
        elif place in ("query", "header", "cookie", "form", "file"):
            if parameter.default is MISSING or place == "file" or not _takes_any_text(kind):
                found.add(422)
        elif place == "body":
            found |= {400, 422}
    return found | _refusals_of_bodies(facts.body)


def _refusals_of_bodies(rule: BodyRule | None) -> set[int]:
    if rule is None:
        return set()
    return {413, 415} if rule.kind in ("schema", "form", "json") else {413}


def _takes_any_text(kind: Any) -> bool:
    bare, _ = without_none(kind)
    return bare is str or bare is Any or bare is MISSING
