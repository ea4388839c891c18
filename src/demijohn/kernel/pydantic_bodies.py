"""Bodies that Pydantic checks: its models and dataclasses, alone or in lists, dicts and unions."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Annotated, Any

from ..foundation.http.errors import BadRequest
from ..foundation.http.json_body import check_json
from ..foundation.http.request import Request
from .arguments import invalid_request

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

    def read_form(request: Request) -> Any:
        return _told(lambda: adapter.validate_python(dict(request.form)))

    return read_json, read_form


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
    raise invalid_request(
        [{"where": ".".join(["body", *map(str, item["loc"])]), "message": f"{item['msg']}."} for item in items]
    )
