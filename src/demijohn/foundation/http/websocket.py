"""What is said about WebSockets (RFC 6455) without any I/O: close codes, whose page may connect, the end of one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .errors import BadRequest, Forbidden, HTTPError
from .origins import is_own_origin
from .request import Request

NORMAL = 1000
GOING_AWAY = 1001
UNSUPPORTED_DATA = 1003
NO_STATUS = 1005
ABNORMAL = 1006
INVALID_PAYLOAD = 1007
POLICY_VIOLATION = 1008
TOO_LARGE = 1009
INTERNAL_ERROR = 1011
TRY_AGAIN_LATER = 1013

_CODES_BY_STATUS = {
    400: INVALID_PAYLOAD, 413: TOO_LARGE, 415: UNSUPPORTED_DATA, 422: INVALID_PAYLOAD, 503: TRY_AGAIN_LATER,
}  # fmt: skip
_LONGEST_REASON = 123  # bytes: a control frame holds 125, two of them the code

_KEY = re.compile(r"[A-Za-z0-9+/]{21}[AQgw]==")


class WebSocketDisconnect(Exception):
    """The connection is over: raised by `receive` and `send` once the peer has gone, or either side has closed it.

    `code` is the close code (1005: none was given; 1006: the connection broke), `reason` its text.
    """

    def __init__(self, code: int = NO_STATUS, reason: str = "") -> None:
        self.code = code
        self.reason = reason
        super().__init__(code, reason)

    def __str__(self) -> str:
        return f"{self.code} {self.reason}".rstrip()


def check_close(code: int, reason: str) -> None:
    """Raise ValueError for a code that may not be sent, or a reason that is too long (RFC 6455, section 7.4)."""
    may_be_sent = code in (1000, 1001, 1002, 1003) or 1007 <= code <= 1014 or 3000 <= code <= 4999
    if not may_be_sent:
        raise ValueError(f"{code} is no code to close with: 1000 is the normal one, 4000 to 4999 are your own.")
    if len(reason.encode()) > _LONGEST_REASON:
        raise ValueError(f"The reason is over {_LONGEST_REASON} bytes: {reason[:40]!r}...")


def short_reason(text: str) -> str:
    """As much of a text as a close frame holds.

    >>> short_reason("é" * 100) == "é" * 61
    True
    """
    return text.encode()[:_LONGEST_REASON].decode("utf-8", "ignore")


def close_for(error: HTTPError) -> tuple[int, str]:
    """Code and reason for an error that was raised when the handshake was long over.

    >>> from .errors import BadRequest, NotFound
    >>> close_for(BadRequest("That is not JSON.")), close_for(NotFound())[0]
    ((1007, 'That is not JSON.'), 1008)
    """
    code = _CODES_BY_STATUS.get(error.status, INTERNAL_ERROR if error.status >= 500 else POLICY_VIOLATION)
    problems = [f"{problem.get('where', '')}: {problem.get('message', '')}" for problem in error.errors]
    return code, short_reason(" ".join(problems) or error.detail or error.title)


def key_error(request: Request) -> HTTPError | None:
    """BadRequest, if the key of a handshake is none: 16 bytes in base64 (RFC 6455, section 4.1). HTTP/2 has no key."""
    for key in request.headers.getlist("sec-websocket-key"):
        if not _KEY.fullmatch(key):
            return BadRequest("The Sec-WebSocket-Key is not 16 bytes in base64.")
    return None


def origin_error(
    request: Request, allowed: Sequence[str], trusts: Callable[[str], bool] = lambda _: False
) -> HTTPError | None:
    """Forbidden, if a handshake comes from a page of somebody else's (cross-site WebSocket hijacking).

    Browsers send cookies with handshakes to any site, and no CORS stands in between: the Origin is all there is. It
    must be the host that is asked, or one of `allowed` ("https://shop.example"; "*" is everybody), or one that the app
    `trusts`. Who names no origin is no browser, but may not come with cookies all the same.
    """
    if "*" in allowed:
        return None
    origins = request.headers.getlist("origin")
    if not origins:
        return Forbidden("A WebSocket with cookies needs an Origin.") if "cookie" in request.headers else None
    origin = origins[0].lower() if len(origins) == 1 else "null"
    if is_own_origin(origin, request) or origin in map(str.lower, allowed) or trusts(origin):
        return None
    return Forbidden("WebSockets from other sites are not allowed here.")
