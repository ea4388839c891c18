"""From bytes to a typed body: JSON or a form, by what the request says it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ..foundation.http.errors import BadRequest, UnprocessableContent, UnsupportedMediaType
from ..foundation.http.json_body import check_json, decode_json
from ..foundation.http.request import Request
from .arguments import invalid_request
from .dataclass_defaults import completion_of
from .field_checks import holds_checks, problems_by_checks
from .form_bodies import compile_form
from .markers import MISSING
from .pydantic_bodies import holds_pydantic, pydantic_readers
from .schema import name_of, without_none
from .validation import has_long_number, may_be_deep, may_be_wide, problems_of

ReadBody = Callable[[Request], Any]


def compile_body(annotation: Any, default: Any) -> ReadBody:
    """A function that gives a request's body as `annotation`; it raises 400 or 422 with every problem."""
    bare, optional = without_none(annotation)
    if default is not MISSING or optional:
        fallback = None if default is MISSING else default
        read_given = compile_body(bare, MISSING)
        return lambda request: read_given(request) if request.has_body else fallback
    if holds_pydantic(bare):
        return _by_type(*pydantic_readers(bare))
    decode = msgspec.json.Decoder(annotation).decode
    explain = _by_type(_explain_json(annotation), compile_form(bare))
    deep, wide = may_be_deep(annotation), may_be_wide(annotation)

    def read_body(request: Request) -> Any:
        if request.body_type == "application/json":
            raw = request.body
            # The decoder does not tell these; where nothing of the kind can be, nothing is looked for.
            if deep or not raw.isascii():
                check_json(raw)
            if not (wide and has_long_number(raw)):
                try:
                    return decode(raw)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    pass
        return explain(request)

    return _then(read_body, completion_of(annotation), checking(annotation))


def compile_json(annotation: Any) -> Callable[[bytes | str], Any]:
    """A function that reads JSON of a type, from wherever it came; it raises 400 or 422 with every problem."""
    bare, _ = without_none(annotation)
    if holds_pydantic(bare):
        read_model = pydantic_readers(bare)[0]
        return lambda raw: read_model(_octets(raw))
    decode, explain = msgspec.json.Decoder(annotation).decode, _explain_json(annotation)
    deep, wide = may_be_deep(annotation), may_be_wide(annotation)

    def read_json(text: bytes | str) -> Any:
        raw = _octets(text)
        if deep or not raw.isascii():  # as in a body
            check_json(raw)
        if not (wide and has_long_number(raw)):
            try:
                return decode(raw)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                pass
        return explain(raw)

    return _then(read_json, completion_of(annotation), checking(annotation))


def _then(read: Callable[[Any], Any], *steps: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    """Reading, and what is still to be done with what was read."""
    for step in steps:
        if step is not None:
            read = _composed(read, step)
    return read


def _composed(first: Callable[[Any], Any], second: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda given: second(first(given))


def checking(annotation: Any) -> Callable[[Any], Any] | None:
    """A function that passes a decoded value on, or raises 422 with what the checks of its fields found; None for types
    without any."""
    if not holds_checks(annotation):
        return None

    def check(value: Any) -> Any:
        problems = problems_by_checks(value, "body")
        if problems:
            raise invalid_request(problems)
        return value

    return check


def _octets(raw: bytes | str) -> bytes:
    """JSON as it would have been sent; half a character makes it no UTF-8, which is told then."""
    return raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw


def _by_type(read_json: Callable[[bytes], Any], read_form: ReadBody) -> ReadBody:
    def read_body(request: Request) -> Any:
        # The media type was checked before the body was read: what is no JSON here is a form.
        content_type = request.body_type
        if content_type is None or "json" in content_type.partition(";")[0].lower():
            return read_json(request.body)
        try:
            return read_form(request)
        except UnprocessableContent:
            if "urlencoded" in content_type and _is_json(request.body):
                # What `curl -d '{...}'` sends, and every client whose author forgot the header.
                raise UnsupportedMediaType(
                    "The body is JSON, but the request says that it is a form: send it with Content-Type:"
                    " application/json (curl: --json).", headers={"accept": "application/json"},
                ) from None  # fmt: skip
            raise

    return read_body


def _is_json(raw: bytes) -> bool:
    """Whether a body that is no good as a form is an object or a list in JSON."""
    try:
        return raw.lstrip()[:1] in (b"{", b"[") and isinstance(decode_json(raw), dict | list)
    except BadRequest:
        return False


def _explain_json(annotation: Any) -> Callable[[bytes], Any]:
    """Decode JSON in two steps, so that every mistake can be told."""
    decode = msgspec.json.Decoder(annotation).decode

    def read_json(raw: bytes) -> Any:
        value = decode_json(raw)
        problems = problems_of(value, annotation, "body")
        if problems:
            raise invalid_request(problems)
        try:
            return decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # Only the typed decoder objects (a key that is no number, say).
            raise invalid_request([{"where": "body", "message": f"Expected {name_of(annotation)}."}]) from None

    return read_json
