"""`Client` and `AsyncClient`: an app asked from a test, in its own process, without sockets.

Both go through the gateways that servers use, so that what a test sees is what a browser gets: parsing, limits,
arounds, error handlers and headers included.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypedDict

from typing_extensions import Self, Unpack

from ...app import App
from ...gateways.asgi import asgi_door
from ...gateways.life import Life
from ...gateways.wsgi import wsgi_door
from ...kernel.failures import crashes
from . import asgi, wsgi
from .answer import ClientResponse
from .cookies import CookieJar
from .exchange import ClientRequest, File, HeaderValues, Values, build

MOST_REDIRECTS = 20


class RequestOptions(TypedDict, total=False):
    """What may be said of a request, by the names that httpx has for it; `params` is `query`."""

    query: Values | None
    params: Values | None
    json: Any
    data: Values | None
    files: Mapping[str, File] | None
    content: bytes | str | None
    headers: HeaderValues | None
    cookies: Mapping[str, str] | None
    follow_redirects: bool | None
