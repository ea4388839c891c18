"""From what a handler returned to what is sent.

Two ways lead there. With arounds, a value becomes a `Response`, which they may look at and change, and is finished to
an `Answer` at the end. Without, the plain types go straight to an `Answer`: status, the frozen headers of their media
type, and bytes.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from types import NoneType
from typing import Any

import msgspec

from ..foundation.errors import Where
from ..foundation.http.events import EVENT_STREAM
from ..foundation.http.headers import FixedHeaders, HeaderPairs, Headers
from ..foundation.http.request import Request
from ..foundation.http.response import BYTES, HTML_TYPE, JSON, TEXT, Answer, PassedOn, Response, StreamBody
from ..foundation.http.status import BODYLESS
from ..foundation.http.unsent import unsent
from .answer_shapes import OneOf, answer_shape, sent_as_they_are
from .completion import StandIn, completed_with
from .conditional import heed_conditions, tagged
from .events import EventStream, yields_events
from .fixed_headers import FixedHeaderTable
from .foreign import looks_like_an_answer, returned_fix
from .negotiation import Choice
from .renderers import Render, Renderers, as_written
from .schema import is_pydantic
from .shaped_dataclasses import replacing
from .shaping import shaped
from .strays import records_in

log = logging.getLogger("demijohn")

_NONE_FIXED = FixedHeaders(())

Encode = Callable[[Any], bytes]
Finish = Callable[[Response, Request], Answer]


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
        shaped: tuple[type, ...] = (),
    ) -> None:
        self.fixed = fixed
        self.debug = debug
        self.conditions = conditions
        self.complete = completed_with(stand_ins)
        self._encoders = dict(encoders)
        self.encode: Encode = msgspec.json.Encoder(enc_hook=self.plain).encode
        self.renderers = Renderers(self.plain, self.encode, renderers or {})
        if shaped:
            self.encode, self.renderers = self._searched(shaped, renderers or {})

    def _searched(self, shaped: tuple[type, ...], renderers: Mapping[str, Render]) -> tuple[Encode, Renderers]:
        """How to write values in which dataclasses may be that have a shape of their own."""
        replaced = replacing(shaped, self.plain)

        def plain(value: Any) -> Any:
            return replaced(self.plain(value))

        encode = msgspec.json.Encoder(enc_hook=plain).encode
        return lambda value: encode(replaced(value)), Renderers(plain, encode, renderers, replaced)

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
            return value.model_dump(mode="json", by_alias=True)
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
        where: Where | None = None,
    ) -> _Reply:
        """The reply of one route: what its handler's return annotation and `status=` say.

        `finish` replaces the method of that name; `varies` tells that the handler may ask what the client accepts.
        SetupError, at `where`, if the annotation leaves a choice that no value could decide.
        """
        return _Reply(
            self, annotation, status, name, media_type=media_type, produces=produces, finish=finish, varies=varies,
            where=where,
        )  # fmt: skip

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
        # Browsers put what a 304 says in the place of what they have kept: there, the policy has that page's nonce.
        fixed = self.fixed.of(response.media_type) if status != 304 else _NONE_FIXED
        own = response.own_headers
        if request.varies or request.due:
            own = _with_owed(own, request)
        if request.nonce_used is not None and status != 304:
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
        if body is None:
            return status, fixed if response.media_type != BYTES else fixed.without({"content-type"}), own, b""
        return status, fixed, own, body


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


class _Reply:
    """One route's way from value to `Answer` (`answer`) or to `Response` (`response`)."""

    __slots__ = (
        "_allow_none", "_events", "_finish", "_name", "_produces", "_replies", "_shape", "_status", "_streams", "_type",
        "answer", "response",
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
        where: Where | None,
    ) -> None:
        self._replies = replies
        self._status = status
        self._name = name
        self._type = media_type
        self._allow_none = annotation is None or annotation is NoneType
        self._shape = answer_shape(annotation, name, where)
        self._streams = self._shape is None or (isinstance(self._shape, OneOf) and self._shape.streams)
        self._events = yields_events(annotation) or (media_type or "").startswith(EVENT_STREAM)
        self._produces = produces
        self._finish = finish or replies.finish
        bare = status not in BODYLESS and media_type is None and not produces
        plain = bare and self._shape is None
        self.answer: Callable[[Any, Request], Answer] = self._careful
        if finish is None and (plain or (bare and sent_as_they_are(self._shape, _is_sent_as_it_is))):
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
        if isinstance(value, Iterator | AsyncIterator) and self._streams:
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
        debug, shape = self._replies.debug, self._shape

        def shaped_answer(value: Any, request: Request) -> Answer:
            return (status, json, None, encode(value)) if value.__class__ is shape else careful(value, request)

        if isinstance(shape, OneOf):
            wholes = sent_as_they_are(shape, _is_sent_as_it_is)
            return lambda value, request: (
                (status, json, None, encode(value)) if value.__class__ in wholes else careful(value, request)
            )
        if shape is not None:
            return shaped_answer

        def answer(value: Any, request: Request) -> Answer:
            kind = value.__class__
            if kind is dict or kind is list:
                return status, json, None, encode(value)
            if kind is str and not debug:
                return status, text, None, value.encode()
            return careful(value, request)

        return answer


def _is_sent_as_it_is(shape: Any) -> bool:
    """Whether a value of exactly this class is what it is shaped to, with all that is in it, and JSON."""
    is_record = isinstance(shape, type) and issubclass(shape, msgspec.Struct) and not hasattr(shape, "__html__")
    return is_record and not records_in(shape)
