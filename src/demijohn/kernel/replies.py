"""From what a handler returned to what is sent.

Two ways lead there. With arounds, a value becomes a `Response`, which they may look at and change, and is finished to
an `Answer` at the end. Without, the plain types go straight to an `Answer`: status, the frozen headers of their media
type, and bytes.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import logging
import typing
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from types import NoneType
from typing import Annotated, Any

import msgspec

from ..foundation.errors import SetupError, Where
from ..foundation.http.events import EVENT_STREAM
from ..foundation.http.headers import FixedHeaders, HeaderPairs, Headers
from ..foundation.http.request import Request
from ..foundation.http.response import BYTES, HTML_TYPE, JSON, TEXT, Answer, PassedOn, Response, StreamBody
from ..foundation.http.status import BODYLESS
from ..foundation.http.unsent import unsent
from .attributes import read_attributes
from .completion import StandIn, completed_with
from .conditional import heed_conditions, tagged
from .events import EventStream, yields_events
from .foreign import looks_like_an_answer, returned_fix
from .markers import MISSING
from .negotiation import Choice
from .renderers import Render, Renderers, as_written
from .rules import unruled
from .schema import is_pydantic, is_schema, name_of, without_none
from .validation import fields_of

log = logging.getLogger("demijohn")

_NONE_FIXED = FixedHeaders(())

Encode = Callable[[Any], bytes]
Finish = Callable[[Response, Request], Answer]


class FixedHeaderTable:
    """The headers that every answer of a media type carries, frozen when first needed.

    `everywhere` holds for all types, `by_type` for one ("text/html") or for all types that have no entry of their own
    ("*"). A value may hold `{nonce}`, in a source list such as `'nonce-{nonce}'`: it stands there only in answers to
    requests that asked for one.
    """

    def __init__(self) -> None:
        self.everywhere: dict[str, str] = {}
        self.by_type: dict[str, dict[str, str]] = {}
        self._frozen: dict[str, FixedHeaders] = {}

    def of(self, media_type: str) -> FixedHeaders:
        """The frozen headers of a media type, `Content-Type` first."""
        frozen = self._frozen.get(media_type)
        if frozen is None:
            frozen = FixedHeaders([("content-type", media_type), *self._values(media_type, None)])
            if len(self._frozen) < 256:  # Media types come from the app's code, but nothing here may grow for ever.
                self._frozen[media_type] = frozen
        return frozen

    def with_nonce(self, media_type: str, nonce: str) -> FixedHeaders:
        """As `of`, for one answer whose page uses a nonce."""
        return FixedHeaders([("content-type", media_type), *self._values(media_type, nonce)])

    def _values(self, media_type: str, nonce: str | None) -> list[tuple[str, str]]:
        essence = media_type.partition(";")[0].strip().lower()
        chosen = {**self.everywhere, **self.by_type.get(essence, self.by_type.get("*", {}))}
        return [(name, _fill_nonce(value, nonce)) for name, value in chosen.items()]


def _fill_nonce(value: str, nonce: str | None) -> str:
    if "{nonce}" not in value:
        return value
    return value.replace(" 'nonce-{nonce}'", "") if nonce is None else value.replace("{nonce}", nonce)


class Replies:
    """Turns values into answers, for all plans of one kernel."""

    def __init__(
        self,
        fixed: FixedHeaderTable,
        encoders: Mapping[type, Callable[[Any], Any]],
        *,
        debug: bool,
        renderers: Mapping[str, Render] | None = None,
        conditions: bool = False,
        stand_ins: Sequence[StandIn] = (),
    ) -> None:
        self.fixed = fixed
        self.debug = debug
        self.conditions = conditions
        self.complete = completed_with(stand_ins)
        self._encoders = dict(encoders)
        self.encode: Encode = msgspec.json.Encoder(enc_hook=self.plain).encode
        self.renderers = Renderers(self.plain, self.encode, renderers or {})

    def plain(self, value: Any) -> Any:
        """A value of a type that JSON does not know, as plain values; the nearest base class decides."""
        for base in type(value).__mro__:
            encoder = self._encoders.get(base)
            if encoder is not None:
                return encoder(value)
        for kind, encoder in self._encoders.items():
            if isinstance(value, kind):  # an abstract class, which counts others as its own
                return encoder(value)
        if is_pydantic(type(value)):
            return value.model_dump(mode="json")
        name = type(value).__name__
        if isinstance(value, BaseException):
            raise TypeError(f"{name} was returned: an error is raised. Write raise {name}(...).")
        if isinstance(value, Coroutine):
            value.close()
            called = getattr(value, "__name__", name)
            raise TypeError(f"{called}() was called and not awaited. Write await before the call.")
        instead = returned_fix(type(value))
        if instead is not None:
            raise TypeError(f"{type(value).__module__}.{name} was returned, which is not Demijohn's: {instead}.")
        raise TypeError(
            f"Values of {name} cannot be sent as JSON: return a Schema made from it, or say how:"
            f" @app.encoder({name}) def encode(value): return {{...}}"
        )

    def compile(
        self,
        annotation: Any,
        status: int,
        name: str,
        media_type: str | None = None,
        *,
        produces: Sequence[str] = (),
        finish: Finish | None = None,
        varies: bool = False,
    ) -> _Reply:
        """The reply of one route: what its handler's return annotation and `status=` say.

        `finish` replaces the method of that name; `varies` tells that the handler may ask what the client accepts.
        """
        return _Reply(
            self, annotation, status, name, media_type=media_type, produces=produces, finish=finish, varies=varies
        )

    def finish_tagged(self, response: Response, request: Request) -> Answer:
        """As `finish`, for a route whose answers get an entity tag of their bodies."""
        return self.finish(heed_conditions(tagged(self.complete(response, request), request), request), request)

    def finish(self, response: Response, request: Request) -> Answer:
        """A response as it goes out."""
        plain = response.__class__ is Response and response.is_plain
        if plain and not request.varies and request.nonce_used is None and request.due is None:
            return response.status, self.fixed.of(response.media_type), None, response.body or b""
        response = self.complete(response, request)
        if isinstance(response, PassedOn):
            return response.status, _NONE_FIXED, response.own_headers, response.body
        if self.conditions and response.own_headers:
            names = {name for name, _ in response.own_headers}
            if "etag" in names or "last-modified" in names:
                response = heed_conditions(response, request)
        body, status = response.body, response.status
        fixed = self.fixed.of(response.media_type)
        own = response.own_headers
        if request.varies or request.due:
            own = _with_owed(own, request)
        if request.nonce_used is not None:
            fixed = self.fixed.with_nonce(response.media_type, request.nonce_used)
        if own:
            names = {name for name, _ in own} & fixed.names
            if names:
                fixed = fixed.without(names)
            if "content-length" in (name for name, _ in own):
                own = _own_length(own, status, body)
        if status in BODYLESS:
            left = unsent(body) if isinstance(body, StreamBody) else None
            return status, fixed.without({"content-type"}), own, left
        return status, fixed, own, b"" if body is None else body


def _with_owed(own: HeaderPairs | None, request: Request) -> HeaderPairs:
    """Headers with what a request owes its answer; the response keeps its own list, as it may be returned again."""
    headers = Headers.received(list(own or ()))
    if request.varies:
        headers.vary(*request.varies)
    for name, value in request.due or ():
        if name == "set-cookie":
            headers.add(name, value)
        else:
            headers[name] = value
    return headers.pairs()


def _own_length(own: HeaderPairs, status: int, body: Any) -> HeaderPairs:
    """Headers without a length that would contradict the true one; only who streams may know better."""
    if status == 304 or (status not in BODYLESS and isinstance(body, StreamBody)):
        return own
    return [pair for pair in own if pair[0] != "content-length"]


# What msgspec writes by itself: it would never ask an encoder of ours.
_WRITTEN = (
    str, int, float, bytes, bytearray, memoryview, list, tuple, dict, set, frozenset, datetime.date, datetime.time,
    datetime.timedelta, uuid.UUID, decimal.Decimal, enum.Enum, NoneType,
)  # fmt: skip


def require_askable(kind: Any, where: Where) -> None:
    """Raise SetupError for a type that needs no encoder, as one would never be asked."""
    if isinstance(kind, type) and not issubclass(kind, _WRITTEN) and not (is_schema(kind) and not is_pydantic(kind)):
        return
    name = name_of(kind)
    fix = "Convert the value in the handler, or wrap it in a class of your own, and encode that."
    if is_schema(kind):
        fix = f"Annotate the shape that the handlers answer with: def show() -> {name}Output"
    what = f"An encoder for {name} would never be asked: JSON has a spelling for it already."
    raise SetupError("DMJ0122", what, fix=fix, where=where)


class _Reply:
    """One route's way from value to `Answer` (`answer`) or to `Response` (`response`)."""

    __slots__ = (
        "_allow_none", "_events", "_finish", "_name", "_produces", "_replies", "_shape", "_status", "_type", "answer",
        "response",
    )  # fmt: skip

    def __init__(
        self,
        replies: Replies,
        annotation: Any,
        status: int,
        name: str,
        *,
        media_type: str | None,
        produces: Sequence[str],
        finish: Finish | None,
        varies: bool,
    ) -> None:
        self._replies = replies
        self._status = status
        self._name = name
        self._type = media_type
        self._allow_none = annotation is None or annotation is NoneType
        self._shape = shape_of(annotation)
        self._events = yields_events(annotation) or (media_type or "").startswith(EVENT_STREAM)
        self._produces = produces
        self._finish = finish or replies.finish
        plain = self._shape is None and status not in BODYLESS and media_type is None and not produces
        self.answer: Callable[[Any, Request], Answer] = self._careful
        if plain and finish is None:
            self.answer = self._quick_unless_varied() if varies else self._quick()
        self.response: Callable[[Any], Response] = self._quick_response() if plain else self._response

    def _quick_response(self) -> Callable[[Any], Response]:
        status, encode, debug, careful = self._status, self._replies.encode, self._replies.debug, self._response

        def response(value: Any) -> Response:
            kind = value.__class__
            if kind is dict or kind is list:
                return Response(encode(value), status, media_type=JSON)
            if kind is str and not debug:
                return Response(value, status, media_type=TEXT)
            return careful(value)

        return response

    def _response(self, value: Any) -> Response:
        """A value as a response."""
        if isinstance(value, Response):
            if isinstance(value, EventStream):
                value.feed.to_json = self._replies.encode
            return value.within(self._render) if isinstance(value, Choice) else value
        if self._events and isinstance(value, StreamBody | Iterator | AsyncIterator):
            return self.response(EventStream(value))
        if self._produces:
            return Choice(dict.fromkeys(self._produces, lambda: value)).within(self._render)
        return self._plain(value, None)

    def _render(self, value: Any, media_type: str) -> Response:
        """A value as a response of the media type that was chosen for it."""
        return self.response(value) if isinstance(value, Response) else self._plain(value, media_type)

    def _plain(self, value: Any, chosen: str | None) -> Response:
        status, headers = self._status, None
        # Flask's (body, status) and (body, status, headers): an exact tuple, so that named tuples stay JSON.
        if type(value) is tuple and len(value) in (2, 3) and type(value[1]) is int:
            status = value[1]
            headers = value[2] if len(value) == 3 else None
            value = value[0]
            if isinstance(value, Response):
                value.status = status
                value.headers.update(headers or {})
                return value
        if value is None:
            return self._none(status, headers)
        if chosen is not None:
            return Response(self._written(value, chosen), status, headers=headers, media_type=chosen)
        body, media_type = self._encode(value)
        return Response(body, status, headers=headers, media_type=self._type or media_type)

    def _written(self, value: Any, media_type: str) -> Any:
        """The body that a value makes in a media type."""
        if isinstance(value, StreamBody):
            return value
        if isinstance(value, Iterator | AsyncIterator):
            return StreamBody(value)
        if isinstance(value, str) and not hasattr(value, "__html__"):
            if media_type.startswith(("text/html", "application/xhtml")):
                raise TypeError(f"{self._name}() gives a str as HTML: write HTML(...), which escapes, or render(...).")
            if "json" in media_type:
                return self._replies.encode(value)
        written = as_written(value)
        if written is not None:
            return written
        if self._shape is not None:
            value = shaped(value, self._shape, self._name)
        return self._replies.renderers.write(value, media_type)

    def _none(self, status: int, headers: Any) -> Response:
        if self._allow_none or status in BODYLESS:
            return Response(None, status if status in BODYLESS or status != 200 else 204, headers=headers)
        raise TypeError(
            f"{self._name}() returned nothing: a branch ends without return. Return text, a dict, a schema or"
            " render(...); if nothing is what you mean, annotate it -> None (204)."
        )

    def _encode(self, value: Any) -> tuple[Any, str]:
        if isinstance(value, str):
            if hasattr(value, "__html__"):
                return str(value).encode(), HTML_TYPE
            if self._replies.debug and value.lstrip()[:1] == "<":
                log.warning(
                    "%s() returned a str that looks like HTML; a str is sent as text/plain. Write HTML(%r, ...),"
                    " which escapes its values, or render(...).", self._name, value.lstrip()[:20],
                )  # fmt: skip
            return value.encode(), TEXT
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value), BYTES
        if hasattr(value, "__html__"):
            return value.__html__().encode(), HTML_TYPE
        if isinstance(value, StreamBody):
            return value, TEXT
        if isinstance(value, Iterator | AsyncIterator) and self._shape is None:
            return StreamBody(value), TEXT
        if self._shape is not None:
            value = shaped(value, self._shape, self._name)
        elif type(value) is tuple and self._replies.debug and looks_like_an_answer(value):
            log.warning(
                "%s() returned a tuple without a number for its status, which is a JSON list here. Write (body, 404) or"
                " (body, 200, headers).", self._name,
            )  # fmt: skip
        return self._replies.encode(value), JSON

    def _careful(self, value: Any, request: Request) -> Answer:
        return self._finish(self.response(value), request)

    def _quick_unless_varied(self) -> Callable[[Any, Request], Answer]:
        quick, careful = self._quick(), self._careful

        def answer(value: Any, request: Request) -> Answer:
            return careful(value, request) if request.varies or request._due else quick(value, request)

        return answer

    def _quick(self) -> Callable[[Any, Request], Answer]:
        status, encode, careful = self._status, self._replies.encode, self._careful
        text, json = self._replies.fixed.of(TEXT), self._replies.fixed.of(JSON)
        debug = self._replies.debug

        def answer(value: Any, request: Request) -> Answer:
            kind = value.__class__
            if kind is dict or kind is list:
                return status, json, None, encode(value)
            if kind is str and not debug:
                return status, text, None, value.encode()
            return careful(value, request)

        return answer


def shape_of(annotation: Any) -> Any:
    """The type that an answer is shaped to; None where the annotation does not name a record."""
    if annotation is MISSING or annotation is None:
        return None
    if typing.get_origin(annotation) is Annotated:
        # -> Annotated[City, CityOut]: what the handler returns, and what visitors get.
        returned, *extras = typing.get_args(annotation)
        return next((extra for extra in extras if is_schema(extra)), None) or shape_of(returned)
    if is_schema(annotation):
        return annotation
    bare, optional = without_none(annotation)
    if optional:
        return shape_of(bare)
    origin = typing.get_origin(annotation)
    if origin is dict and any(map(is_schema, typing.get_args(annotation))):
        return annotation
    if isinstance(origin, type) and issubclass(origin, Sequence) and any(map(is_schema, typing.get_args(annotation))):
        return list[typing.get_args(annotation)[0]]  # type: ignore[misc]
    return None


def shaped(value: Any, shape: Any, name: str) -> Any:
    """A value cut to a shape: fields are taken from attributes or by key, others are dropped."""
    inner = typing.get_args(shape)[0] if typing.get_origin(shape) is list else shape
    if is_pydantic(inner):
        return _shaped_pydantic(value, shape, inner)
    if value.__class__ is inner and typing.get_origin(shape) is not list:
        return value
    if shape is inner:
        value = _opened(_by_column(value), shape)
    elif not isinstance(value, str | bytes | dict) and hasattr(value, "__iter__"):
        value = [_by_column(item) for item in value]
    read_attributes(value, shape)
    try:
        return msgspec.convert(value, shape, from_attributes=True)
    except msgspec.ValidationError as error:
        read_attributes(value, shape, every=True)
        try:
            # Rules are for what comes in: a row that is older than a rule is still shown.
            return msgspec.convert(value, unruled(shape), from_attributes=True)
        except msgspec.ValidationError:
            what = f"{name}() returned what does not fit its annotation -> {name_of(shape)}: {error}."
            raise TypeError(what) from error


def _opened(value: Any, shape: Any) -> Any:
    """A record of a generic class (a `Page[PostOut]`) as its fields: msgspec would not look into one that is there."""
    origin = typing.get_origin(shape)
    if origin is dict and isinstance(value, dict):
        return {key: _by_column(item) for key, item in value.items()}
    if not isinstance(origin, type) or not is_schema(origin) or not isinstance(value, origin):
        return value
    fields = {name: getattr(value, name) for name, _, _ in fields_of(origin)}
    return {
        name: [_by_column(item) for item in held] if isinstance(held, list) else held for name, held in fields.items()
    }


def _by_column(row: Any) -> Any:
    """A row of a database's result as a mapping of its columns; anything else as it is."""
    mapping = getattr(row, "_mapping", None)
    return row if mapping is None else dict(mapping)


def _shaped_pydantic(value: Any, shape: Any, model: Any) -> Any:
    def one(item: Any) -> Any:
        made = item if isinstance(item, model) else model.model_validate(item, from_attributes=True)
        return made.model_dump(mode="json")

    return [one(item) for item in value] if shape is not model else one(value)
