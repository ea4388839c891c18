"""WSGI (PEP 3333): from an `environ` to a request, from an answer to `start_response` and an iterable."""

from __future__ import annotations

import contextvars
import os
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from ..foundation.current import request_context
from ..foundation.http.body_rule import BodyRule, two_framings
from ..foundation.http.errors import BadRequest, HTTPError
from ..foundation.http.headers import HeaderPairs
from ..foundation.http.request import Request
from ..foundation.http.status import PHRASES, phrase
from .contract import Machine
from .life import Life
from .loop_thread import loop_thread
from .streams import SyncStream

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[[str, HeaderPairs], Any]
WSGIDoor: TypeAlias = Callable[[Environ, StartResponse], Iterable[bytes]]


class _StatusLines(dict[int, str]):
    """Status lines by status; unregistered ones are made when they are asked for."""

    def __missing__(self, status: int) -> str:
        return f"{status} {phrase(status)}"


_STATUS_LINES = _StatusLines({status: f"{status} {text}" for status, text in PHRASES.items()})


class WSGIRequest(Request, eq=False):
    """A request over WSGI; `native` is the environ."""

    def read_headers(self) -> HeaderPairs:
        """The `HTTP_` entries as header fields.

        Servers put the process's environment into the environ too: what stands there with the same value is no header.
        """
        process = os.environ
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

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        return str(self.native.get("wsgi.url_scheme", "http"))

    @property
    def client(self) -> str | None:
        """The peer's address."""
        return self.native.get("REMOTE_ADDR") or None

    @property
    def root_path(self) -> str:
        """`SCRIPT_NAME`."""
        return str(self.native.get("SCRIPT_NAME", "")).rstrip("/")


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
                _read_body(request, plan.body)
            if plan.is_async:
                status, fixed, own, body = loop_thread().run(plan.answer(request))
            else:
                status, fixed, own, body = plan.answer(request)
        finally:
            leave(token)
            if request.body_type is not None:
                request.close()
        if body.__class__ is bytes:
            headers = [*fixed.text, ("content-length", str(len(body)))]
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
    if isinstance(body, bytes):
        start_response(line, [*headers, ("content-length", str(len(body)))])
        return [body]
    if body is None:
        start_response(line, headers)
        return [b""]  # Some servers send no headers before they have seen a first chunk.
    length = getattr(body, "length", None)
    if length is not None:
        headers.append(("content-length", str(length)))
    start_response(line, headers)
    # The server asks for the chunks later, when this call and its context are gone.
    context = contextvars.copy_context()
    context.run(request_context.set, request)
    return SyncStream(body, context)


def _read_body(request: Request, rule: BodyRule) -> None:
    environ = request.native
    length = environ.get("CONTENT_LENGTH")
    request.body_type = content_type = environ.get("CONTENT_TYPE") or None
    if "HTTP_TRANSFER_ENCODING" in environ:
        if length:
            request.refusal = two_framings()
        else:
            request.refusal = _read_chunks(request, environ["wsgi.input"], rule)
        return
    error = rule.refuse(content_type, length.strip() if length else None)
    if error is not None:
        request.refusal = error
    elif length:
        size = int(length)
        body = environ["wsgi.input"].read(size)
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
