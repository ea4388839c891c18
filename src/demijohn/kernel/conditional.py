"""Conditional requests (RFC 9110, section 13): answers that the client has already, and changes it no longer wants.

Whatever a handler returns with an `ETag` or a `Last-Modified` is compared with the client's conditions, as one of the
manners. `conditional` asks before the handler runs, so that it need not run at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from ..foundation.errors import SetupError, Where
from ..foundation.http.conditions import NOT_REPEATED, not_modified, precondition_failed
from ..foundation.http.conditions import etag as make_etag
from ..foundation.http.dates import http_date, parse_http_date
from ..foundation.http.errors import HTTPError
from ..foundation.http.request import Request
from ..foundation.http.response import Response
from .markers import Depends
from .spelling import around_only

_READS = ("GET", "HEAD")
_IS_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*+"').fullmatch


@dataclass(frozen=True, slots=True)
class Conditions:
    """Offered: answers of GET and HEAD with an `ETag` or a `Last-Modified` heed the client's conditions."""


def tagged(response: Response, request: Request) -> Response:
    """A response with the entity tag of its body, where it may have one and has none."""
    if (
        response.status != 200
        or request.method not in _READS
        or not (response.body and isinstance(response.body, bytes))
    ):
        return response
    own = response.own_headers or []
    if any(name == "etag" for name, _ in own):
        return response
    # A copy: the same response may be returned again, with another body.
    headers = [*own, ("etag", make_etag(response.body))]
    return Response(response.body, 200, headers=headers, media_type=response.media_type)


_CONDITIONS = ("if-none-match", "if-modified-since", "if-match", "if-unmodified-since")


def heed_conditions(response: Response, request: Request) -> Response:
    """The same response, or a 304 in its place; HTTPError with 412 where a condition fails.

    Only answers of GET and HEAD are held back: whatever another method did is done.
    """
    if response.status != 200 or request.method not in _READS:
        return response
    if not request.has_header(*_CONDITIONS):
        return response
    headers, asked = response.headers, request.headers
    tag, modified = headers.get("etag"), parse_http_date(headers.get("last-modified", ""))
    if precondition_failed(asked, tag, modified, method=request.method):
        raise _failed()
    if not not_modified(asked, tag, modified):
        return response
    kept = [pair for pair in headers.pairs() if pair[0] not in NOT_REPEATED]
    # The body goes along, as it may be a stream that must be closed; it is not sent.
    return Response(response.body, 304, headers=kept, media_type=response.media_type)


def conditional(
    *,
    etag: Callable[..., Any] | None = None,
    last_modified: Callable[..., Any] | None = None,
    required: bool = False,
) -> Callable[..., Any]:
    """An around that compares before the handler runs: `around=[conditional(etag=version_of)]`.

    The functions take parameters by the rules of handlers. `etag` returns a text or number (quotes are added; what may
    not stand in a tag is hashed), `last_modified` a datetime or seconds since 1970; None from both says that there is
    nothing yet. GET and HEAD are answered 304, and changes 412, without the handler; with `required`, a change without
    a condition is a 428 (RFC 6585).
    """
    if etag is None and last_modified is None:
        raise SetupError(
            "DMJ0330", "conditional() is told nothing to compare.", where=Where.caller(),
            fix="around=[conditional(etag=version_of)]   or last_modified=changed_at, or both",
        )  # fmt: skip

    def check_conditions(request: Request, tag: Any, changed: Any) -> Generator[Any, Response, Any]:
        known, modified = _quoted(tag), _seconds(changed)
        if required and request.method not in _READS and not _has_condition(request):
            raise _required()
        if _fails(request, known, modified):
            raise _failed()
        exists = known is not None or modified is not None
        if exists and request.method in _READS and not_modified(request.headers, known, modified):
            return Response(None, 304, headers=_validators(known, modified))
        response = yield
        if request.method in _READS and 200 <= response.status < 300:
            for name, value in _validators(known, modified).items():
                response.headers.setdefault(name, value)
        return None

    check_conditions.__annotations__ = {
        "request": Request,
        "tag": Annotated[Any, Depends(etag or _nothing)],
        "changed": Annotated[Any, Depends(last_modified or _nothing)],
    }
    return around_only(check_conditions, "conditional(...)", Where.caller())


def _nothing() -> None:
    return None


def _quoted(tag: Any) -> str | None:
    if tag is None:
        return None
    text = str(tag)
    if _IS_TAG(text):
        return text
    quoted = f'"{text}"'
    return quoted if _IS_TAG(quoted) else make_etag(text.encode())


def _seconds(moment: Any) -> float | None:
    if isinstance(moment, datetime):
        # What has no time zone is taken for UTC, as everywhere in HTTP.
        return float(parse_http_date(http_date(moment)) or 0)
    return None if moment is None else float(moment)


def _fails(request: Request, tag: str | None, modified: float | None) -> bool:
    if tag is None and modified is None:
        # There is nothing yet: "only if it is as I know it" fails, "only if new" is met (section 13.1).
        return "if-match" in request.headers and request.method not in _READS
    return precondition_failed(request.headers, tag, modified, method=request.method)


def _has_condition(request: Request) -> bool:
    return any(name in request.headers for name in ("if-match", "if-none-match", "if-unmodified-since"))


def _validators(tag: str | None, modified: float | None) -> dict[str, str]:
    headers = {} if tag is None else {"etag": tag}
    return headers if modified is None else {**headers, "last-modified": http_date(modified)}


def _failed() -> HTTPError:
    return HTTPError(412, "This is not, or no longer, what the request is about.")


def _required() -> HTTPError:
    return HTTPError(428, "Say which version you mean to change: send If-Match with its ETag.")
