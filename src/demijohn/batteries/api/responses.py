"""What a route answers, as OpenAPI tells it: read from its return annotation by the rules that make the answer."""

from __future__ import annotations

import types
import typing
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from ...foundation.http.events import EVENT_STREAM
from ...foundation.http.files import FileResponse
from ...foundation.http.response import (
    BYTES,
    HTML_TYPE,
    JSON,
    TEXT,
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamBody,
    StreamingResponse,
    TextResponse,
)
from ...foundation.http.status import BODYLESS, phrase
from ...kernel.events import EventStream, yields_events
from ...kernel.markers import MISSING
from ...kernel.plan import Facts
from ...kernel.schema import is_schema
from ...kernel.services import kind_of
from ...kernel.shaping import body_of, shape_of
from .schemas import Json, Schemas

_ANYTHING: Final = "*/*"
_OF_CLASS: Final[dict[type, str]] = {
    HTMLResponse: HTML_TYPE, TextResponse: TEXT, JSONResponse: JSON, FileResponse: _ANYTHING,
    StreamingResponse: _ANYTHING, EventStream: EVENT_STREAM,
}  # fmt: skip
_UNSAID: Final = object()


def answers_of(facts: Facts, schemas: Schemas) -> dict[str, Json]:
    """The Response Objects of what a handler returns, by status."""
    found: dict[str, Json] = {}
    for status, media_type, schema in _contents(facts, facts.returns, facts.route.status, schemas):
        known = found.setdefault(str(status), {"description": phrase(status) or f"Status {status}."})
        if media_type is not None and status not in BODYLESS:
            for offered in facts.route.produces or (media_type,):
                essence = offered.partition(";")[0]
                is_written = bool(facts.route.produces) and not essence.endswith(("/json", "+json"))
                _join(known.setdefault("content", {}), essence, {} if is_written else schema)
    return found


def _join(content: Json, media_type: str, schema: Json | None) -> None:
    entry = content.setdefault(media_type, {})
    if not schema:
        return
    if "schema" not in entry:
        entry["schema"] = schema
    elif entry["schema"] != schema:
        options = entry["schema"].get("anyOf", [entry["schema"]])
        entry["schema"] = {"anyOf": [*options, *([schema] if schema not in options else [])]}


def _contents(facts: Facts, returned: Any, status: int, schemas: Schemas) -> Iterator[tuple[int, str | None, Json]]:
    """(status, media type or None, schema) of each kind of answer that an annotation names."""
    own = facts.route.media_type
    if kind_of(facts.route.handler) in ("generator", "async generator"):
        yield status, own or _of_stream(returned), {"type": "string"}
        return
    if returned is None or returned is types.NoneType:
        yield (204 if status == 200 else status), None, {}
        return
    if returned is MISSING or returned is Any or returned is object:
        yield status, own, {}
        return
    shape = shape_of(returned) if body_of(returned) is returned else None
    if shape is not None:
        yield status, own or JSON, schemas.of(shape, "output")
        return
    if typing.get_origin(returned) is Annotated:
        yield from _contents(facts, typing.get_args(returned)[0], status, schemas)
    elif typing.get_origin(returned) in (typing.Union, types.UnionType):
        # None would be an error: the annotation of 204 is None alone.
        parts = [part for part in typing.get_args(returned) if part is not types.NoneType]
        if len(parts) > 1 and all(map(is_schema, parts)):
            yield status, own or JSON, schemas.of(typing.Union[tuple(parts)], "output")  # noqa: UP007
            return
        for part in parts:
            yield from _contents(facts, part, status, schemas)
    elif body_of(returned) is not returned:
        body, said, *_ = typing.get_args(returned)
        yield from _contents(facts, body, _literal(said) or status, schemas)
    else:
        yield from _plain(facts, returned, status, schemas)


def _literal(kind: Any) -> int | None:
    values = typing.get_args(kind) if typing.get_origin(kind) is Literal else ()
    return values[0] if values and type(values[0]) is int else None


def _plain(facts: Facts, returned: Any, status: int, schemas: Schemas) -> Iterator[tuple[int, str | None, Json]]:
    own = facts.route.media_type
    bare = typing.get_origin(returned) or returned
    if not isinstance(bare, type):
        yield status, own or JSON, schemas.of(returned, "output")
    elif issubclass(bare, RedirectResponse):
        yield 303, None, {}
    elif issubclass(bare, Response):
        yield status, own or _of_response(bare), {}
    elif hasattr(bare, "__html__"):
        yield status, own or HTML_TYPE, {"type": "string"}
    elif issubclass(bare, str):
        yield status, own or TEXT, {"type": "string"}
    elif issubclass(bare, bytes | bytearray | memoryview):
        yield status, own or BYTES, {}
    elif issubclass(bare, (Iterator, AsyncIterator, AsyncIterable, StreamBody)):
        yield status, own or _of_stream(returned), {"type": "string"}
    else:
        yield status, own or JSON, schemas.of(returned, "output")


def _of_stream(returned: Any) -> str:
    return EVENT_STREAM if yields_events(returned) else TEXT


def _of_response(kind: type) -> str | None:
    """The media type of a class of responses: a table for ours, what it says itself for others."""
    for base in kind.__mro__:
        if base in _OF_CLASS:
            return _OF_CLASS[base]
        said = vars(base).get("media_type")
        if isinstance(said, str) and base is not Response:
            return said
    return None


def written_responses(written: Mapping[int | str, Any], schemas: Schemas) -> dict[str, Json]:
    """The `responses=` of a route: a type for each status, or a mapping with `model`, `description` and more."""
    found: dict[str, Json] = {}
    for status, said in written.items():
        told = dict(said) if isinstance(said, Mapping) else {"model": said}
        model = told.pop("model", _UNSAID)
        number = int(status) if str(status).isdigit() else 0
        response: Json = {"description": phrase(number) if number else "Any other answer.", **told}
        if model is not _UNSAID and model is not None:
            content = response["content"] = dict(response.get("content", {}))
            content[JSON] = {"schema": schemas.of(model, "output"), **content.get(JSON, {})}
        found[str(status)] = response
    return found
