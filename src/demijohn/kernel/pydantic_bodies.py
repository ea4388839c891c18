"""Bodies that Pydantic checks: its models and dataclasses, alone or in lists, dicts and unions."""

from __future__ import annotations

import enum
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any

from ..foundation.http.errors import BadRequest
from ..foundation.http.json_body import check_json
from ..foundation.http.request import Request
from .arguments import invalid_request
from .grammar import is_box, plain_type
from .schema import without_none

T = typing.TypeVar("T")


def is_of_pydantic(annotation: Any) -> bool:
    """Whether a type is a model or dataclass of Pydantic's; Pydantic itself is not imported for the question."""
    return isinstance(annotation, type) and hasattr(annotation, "__pydantic_validator__")


def holds_pydantic(annotation: Any) -> bool:
    """Whether a type is of Pydantic's, or a container or union of such types."""
    if is_of_pydantic(annotation):
        return True
    parts = typing.get_args(annotation)
    return any(map(holds_pydantic, parts[:1] if typing.get_origin(annotation) is Annotated else parts))


def pydantic_readers(annotation: Any) -> tuple[Callable[[bytes], Any], Callable[[Request], Any]]:
    """How JSON and how a form becomes a type that holds Pydantic's; both raise 400 or 422 with every problem."""
    from pydantic import TypeAdapter  # whoever has such a type has it

    adapter: Any = TypeAdapter(annotation)

    def read_json(raw: bytes) -> Any:
        check_json(raw)
        return _told(lambda: adapter.validate_json(raw))

    fields = list(_fields_of(annotation))

    def read_form(request: Request) -> Any:
        return _told(lambda: adapter.validate_python(_sent(request, fields)))

    return read_json, read_form


def _fields_of(model: Any) -> Iterator[tuple[str, Any, bool]]:
    """Of each field of a model how a form calls it, its type, and whether it has to be there."""
    for name, field in getattr(model, "model_fields", {}).items():
        wire = field.validation_alias or field.alias or name
        if isinstance(wire, str):
            yield wire, field.annotation, field.is_required()


def _sent(request: Request, fields: list[tuple[str, Any, bool]]) -> dict[str, Any]:
    """What a form holds, read as forms are meant: all of a list, boxes that are not ticked, and what was left empty."""
    form = request.form
    values: dict[str, Any] = dict(form)
    for name, kind, required in fields:
        texts = form.getlist(name)
        bare = plain_type(kind)
        if (typing.get_origin(bare) or bare) in (list, set, frozenset, tuple):
            inner = (typing.get_args(bare) or (str,))[0]
            values |= {name: [_member(text, inner) for text in texts]} if texts else {}
        elif not texts and is_box(kind):
            values[name] = False
        elif texts and texts[-1] == "" and bare is not str:
            values[name] = None
            if not required and not without_none(kind)[1]:
                del values[name]
        elif texts:
            values[name] = _member(texts[-1], bare)
    return values


def _member(text: str, kind: Any) -> Any:
    """The value of a member of an Enum that a text means; Pydantic takes a number for no text. Else the text."""
    members = kind if isinstance(kind, type) and issubclass(kind, enum.Enum) else ()
    return next((member.value for member in members if str(member.value) == text), text)


def pydantic_schema(annotation: Any, mode: typing.Literal["validation", "serialization"], reference: str) -> Any:
    """The JSON Schema of a type of Pydantic's, by itself; `reference` is where its components will be, by `{model}`."""
    from pydantic import TypeAdapter

    return TypeAdapter(annotation).json_schema(mode=mode, ref_template=reference)


def _told(make: Callable[[], T]) -> T:
    """What is made; what Pydantic says against it becomes the problems of the request."""
    try:
        return make()
    except ValueError as error:
        listed = getattr(error, "errors", None)
        if listed is None:
            raise
        items = listed(include_url=False, include_context=False, include_input=False)
    if any(item["type"] == "json_invalid" for item in items):
        raise BadRequest(f"The body is not JSON: {items[0]['msg']}.")
    raise invalid_request(problems(items, "body"))


def problems(items: Iterable[Mapping[str, Any]], source: str) -> list[dict[str, str]]:
    """What Pydantic says against a value, at the places where it was sent."""
    return [{"where": ".".join([source, *map(str, item["loc"])]), "message": _sentence(item)} for item in items]


def _sentence(item: Mapping[str, Any]) -> str:
    message: str = item["msg"]
    if item["type"] in ("value_error", "assertion_error"):
        message = message.partition(", ")[2] or message  # "Value error, " is Pydantic's, what follows the validator's
    return message if message.endswith((".", "!", "?")) else f"{message}."
