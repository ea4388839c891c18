"""WSGI (PEP 3333): from an `environ` to a request, from an answer to `start_response` and an iterable."""

from __future__ import annotations

import contextvars
import functools
import os
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeAlias

from ..foundation.current import request_context
from ..foundation.http.body_rule import STREAM, BodyRule, refuse_framing
from ..foundation.http.errors import BadRequest, HTTPError
from ..foundation.http.headers import HeaderPairs
from ..foundation.http.request import Request
from ..foundation.http.response import Answer, FileBody
from ..foundation.http.status import PHRASES, phrase
from .bodies import FileSource, form_reader, open_stream, read_form
from .contract import Machine, Plan
from .deadlines import too_slow
from .life import Life
from .loop_thread import loop_thread
from .streams import SyncStream, at_once

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[[str, HeaderPairs], Any]
WSGIDoor: TypeAlias = Callable[[Environ, StartResponse], Iterable[bytes]]


class _StatusLines(dict[int, str]):
    """Status lines by status; unregistered ones are made when they are asked for."""

    def __missing__(self, status: int) -> str:
        return f"{status} {phrase(status)}"


_STATUS_LINES = _StatusLines({status: f"{status} {text}" for status, text in PHRASES.items()})


class _Lengths(dict[int, tuple[str, str]]):
    """Content-Length by length: most answers are short, and to write a number costs as much as a function call."""

    def __missing__(self, length: int) -> tuple[str, str]:
        pair = ("content-length", str(length))
        if length < 4096:
            self[length] = pair
        return pair


_LENGTHS = _Lengths()


class _Keys(dict[str, str]):
    """The names under which header fields stand in an environ."""

    def __missing__(self, name: str) -> str:
        key = f"HTTP_{name.upper().replace('-', '_')}"
        if len(self) < 256:  # The names come from code, but nothing here may grow for ever.
            self[name] = key
        return key


_KEYS = _Keys({"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"})


class _KeysOfSeveral(dict[tuple[str, ...], tuple[str, ...]]):
    """The same for several fields that are asked for at once."""

    def __missing__(self, names: tuple[str, ...]) -> tuple[str, ...]:
        keys = tuple(_KEYS[name] for name in names)
        if len(self) < 256:
            self[names] = keys
        return keys


_KEYS_OF_SEVERAL = _KeysOfSeveral()


@functools.cache
def _fields_of_the_process() -> dict[str, str]:
    """What the environment had when the first request came: to look a name up there costs more than to read a field."""
    return {name: value for name, value in os.environ.items() if name.startswith("HTTP_")}


class WSGIRequest(Request, eq=False):
    """A request over WSGI; `native` is the environ."""

    interface: ClassVar[str] = "wsgi"

    def read_headers(self) -> HeaderPairs:
        """The `HTTP_` entries as header fields.

        Servers put the process's environment into the environ too: what stands there with the same value is no header.
        """
        process = _fields_of_the_process()
        pairs = [
            (name[5:].replace("_", "-").lower(), value)
            for name, value in self.native.items()
            if name.startswith("HTTP_") and process.get(name) != value
        ]
        for name, key in (("content-type", "CONTENT_TYPE"), ("content-length", "CONTENT_LENGTH")):
            value = self.native.get(key)
            if value:
                pairs.append((name, value))
        return pairs

    def has_header(self, *names: str) -> bool:
        """Whether the environ has an entry for one of them; an empty one counts."""
        native = self.native
        for key in _KEYS_OF_SEVERAL[names]:  # noqa: SIM110 - a generator costs a call for each
            if key in native:
                return True
        return False

    def read_header(self, name: str) -> str | None:
        """What the environ has of it."""
        value: str | None = self.native.get(_KEYS[name])
        return value

    def read_cookie(self) -> str:
        """What the environ has of it: servers join its parts."""
        if len(self.native) > self.limits.headers:  # perhaps of fields: they are counted where all are read
            return super().read_cookie()
        return str(self.native.get("HTTP_COOKIE", ""))

    def read_scheme(self) -> str:
        """`http` or `https`."""
        return str(self.native.get("wsgi.url_scheme", "http"))

    def read_client(self) -> str | None:
        """The peer's address."""
        return self.native.get("REMOTE_ADDR") or None

    def read_root_path(self) -> str:
        """`SCRIPT_NAME`."""
        return str(self.native.get("SCRIPT_NAME", "")).rstrip("/")

    def read_version(self) -> str:
        """The version of HTTP."""
        return str(self.native.get("SERVER_PROTOCOL", "")).removeprefix("HTTP/")


def wsgi_door(machine: Machine, life: Life) -> WSGIDoor:
    """The WSGI callable of a sealed app."""
    plan_for = machine.plan_for
    enter, leave = request_context.set, request_context.reset

    def wsgi(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not life.started:
            life.start_sync()
        path = environ["PATH_INFO"] or "/"
        if not path.isascii():  # Bytes, handed over as latin-1; what they mean is UTF-8, or refused by the kernel.
            path = path.encode("latin-1", "replace").decode("utf-8", "replace")
        try:
            query, host = environ["QUERY_STRING"], environ["HTTP_HOST"]
        except KeyError:
            query, host = environ.get("QUERY_STRING", ""), environ.get("HTTP_HOST", "")
        request = WSGIRequest(environ, environ["REQUEST_METHOD"], path, query, host)
        token = enter(request)
        body: Any  # Told apart by its class, which type checkers do not follow.
        try:
            plan = plan_for(request)
            if plan.body is not None:
                _read_body(request, plan.body, machine)
            if plan.is_async:
                status, fixed, own, body = _run(machine, plan, request)
            else:
                status, fixed, own, body = plan.answer(request)
        except BaseException:
            request.finish()
            raise
        finally:
            leave(token)
        if body.__class__ is bytes and request.after is None:
            headers = [*fixed.text, _LENGTHS[len(body)]]
            if own:
                headers += own
            start_response(_STATUS_LINES[status], headers)
            return [body]
        return _write(status, fixed.text, own, body, start_response, request=request)

    return wsgi


def _write(
    status: int,
    fixed: HeaderPairs,
    own: HeaderPairs | None,
    body: Any,
    start_response: StartResponse,
    *,
    request: Request,
) -> Iterable[bytes]:
    headers = [*fixed, *(own or ())]
    line = _STATUS_LINES[status]
    if isinstance(body, FileBody):
        body = at_once(body)
    if isinstance(body, bytes):
        start_response(line, [*headers, ("content-length", str(len(body)))])
        return [body] if request.after is None else _Last(body, request)
    if body is None:
        start_response(line, headers)
        # Some servers send no headers before they have seen a first chunk.
        return [b""] if request.after is None else _Last(b"", request)
    length = getattr(body, "length", None)
    if length is not None:
        headers.append(("content-length", str(length)))
    start_response(line, headers)
    # The server asks for the chunks later, when this call and its context are gone.
    context = contextvars.copy_context()
    context.run(request_context.set, request)
    return SyncStream(body, context, request)


class _Last(list[bytes]):
    """A body in one piece, after which something is still to be done."""

    def __init__(self, body: bytes, request: Request) -> None:
        super().__init__([body])
        self._request = request

    def close(self) -> None:
        """Called by the server when all is sent or the client has gone."""
        self._request.finish()


def _run(machine: Machine, plan: Plan, request: Request) -> Answer:
    """The answer of an async plan, from the loop thread."""
    try:
        answer: Answer = loop_thread().run(plan.answer(request), plan.timeout)
        return answer
    except TimeoutError:
        late = machine.refusal(request, too_slow())
        return loop_thread().run(late.answer(request)) if late.is_async else late.answer(request)  # type: ignore[no-any-return]


def _read_body(request: Request, rule: BodyRule, machine: Machine) -> None:
    environ = request.native
    length = environ.get("CONTENT_LENGTH") or None
    request.body_type = content_type = environ.get("CONTENT_TYPE") or None
    read = environ["wsgi.input"].read
    if not rule.takes(content_type, length) or "HTTP_TRANSFER_ENCODING" in environ:
        if "HTTP_TRANSFER_ENCODING" in environ:
            request.refusal = refuse_framing(environ["HTTP_TRANSFER_ENCODING"], length)
            if request.refusal is not None:
                return
        else:
            length = length.strip() if length else None
            request.refusal = rule.refuse(content_type, length)
            if request.refusal is not None or (length is None and rule.kind != STREAM):
                return
        if rule.kind == STREAM:
            # Without any framing there is no body; a server would wait for it for ever.
            size = 0 if length is None and "HTTP_TRANSFER_ENCODING" not in environ else length
            open_stream(request, rule, FileSource(read, None if size is None else int(size), machine), length)
            return
        if content_type is not None and content_type[:10].lower() == "multipart/":
            reader = form_reader(request, rule)
            if reader is not None:
                source = FileSource(read, None if length is None else int(length), machine)
                read_form(request, reader, iter(source.next, b""), rule)
            if reader is not None or request.refusal is not None:
                return
    if length is None:
        request.refusal = _read_chunks(request, environ["wsgi.input"], rule)
    else:
        size = int(length)
        body = read(size)
        if len(body) < size:
            request.refusal = BadRequest("The body ended before its Content-Length.")
        request.body = body


def _read_chunks(request: Request, stream: Any, rule: BodyRule) -> HTTPError | None:
    """A body of unknown length, read up to its limit and not beyond."""
    limit = rule.limit_for(request.body_type)
    body = bytearray()
    while chunk := stream.read(min(65_536, limit + 1 - len(body))):
        body += chunk
        if len(body) > limit:
            return rule.too_large(request.body_type)
    request.body = bytes(body)
    # Whether a type was needed is only known now.
    return rule.refuse(request.body_type, str(len(body)))
