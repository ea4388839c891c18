"""The manners that visitors expect of any address: HEAD, OPTIONS, and the other spelling of a trailing slash.

They come in as a battery, through the same door as everybody's; an app without them (`App(bare=True)`) answers 404 and
405, and nothing else breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..foundation.errors import SetupError
from ..foundation.http.request import Request
from ..foundation.http.response import Answer, FileBody, RedirectResponse, Response
from ..foundation.http.unsent import unsent
from ..foundation.urls import quote_path, quote_query
from .battery import Battery, Setup
from .checks import Check
from .conditional import Conditions

if TYPE_CHECKING:
    from .kernel import Kernel


@dataclass(frozen=True, slots=True)
class DerivedMethod:
    """A method that every route of another method answers too: the kernel derives its plan when the app is sealed."""

    method: str
    source: str
    change: Callable[[Answer], Answer]


@dataclass(frozen=True, slots=True)
class Miss:
    """A request that no route answers: the methods of its address (none: there is no such address).

    `finds` tells whether another path would be answered.
    """

    methods: tuple[str, ...]
    finds: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Manner:
    """Asked about each miss, in the order offered: returns what a handler may return, or None to pass."""

    answer: Callable[[Request, Miss], Any]


@dataclass(frozen=True)
class Manners(Battery):
    """HEAD as GET without a body, OPTIONS with `Allow`, a redirect to the spelling of a path that exists, and answers
    that heed the conditions of requests (304, 412) where they have an `ETag` or a `Last-Modified`.
    """

    name = "manners"
    head: bool = True
    options: bool = True
    slashes: bool = True
    conditions: bool = True

    def install(self, setup: Setup) -> None:
        """Offer what is switched on."""
        if self.head:
            setup.offer(DerivedMethod("HEAD", "GET", without_body))
        if self.options:
            setup.offer(Manner(answer_options))
        if self.slashes:
            setup.offer(Manner(redirect_slash))
        if self.conditions:
            setup.offer(Conditions())
        setup.offer(Check(_links))


def _links(kernel: Kernel) -> Iterable[SetupError]:
    from .link_checks import check_links  # which nobody needs who only serves

    return check_links(kernel)


def without_body(answer: Answer) -> Answer:
    """An answer to HEAD: the headers of GET, with the length that its body would have had (RFC 9110, section 9.3.2)."""
    status, fixed, own, body = answer
    if body is None:
        return answer
    if isinstance(body, bytes):
        length = len(body)
    elif isinstance(body, FileBody):
        length = body.length
    else:
        return status, fixed, own, unsent(body)
    return status, fixed, [*(own or ()), ("content-length", str(length))], None


def answer_options(request: Request, miss: Miss) -> Any:
    """204 with `Allow` (RFC 9110, section 9.3.7)."""
    if request.method != "OPTIONS" or not miss.methods:
        return None
    return Response(None, 204, headers={"allow": ", ".join(miss.methods)})


def redirect_slash(request: Request, miss: Miss) -> Any:
    """308 to the path with or without its trailing slash, if that one exists."""
    path = request.path
    if miss.methods or len(path) < 2:
        return None
    other = path[:-1] if path.endswith("/") else path + "/"
    # A path that begins with two slashes would be read by browsers as another host.
    if other.startswith(("//", "/\\")) or not miss.finds(other):
        return None
    target = request.root_path + quote_path(other)
    return RedirectResponse(f"{target}?{quote_query(request.query_string)}" if request.query_string else target, 308)
