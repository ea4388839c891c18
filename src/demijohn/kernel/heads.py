"""What is looked at of a request's head before its route is sought: how long its address is, and which host it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from ..foundation.http.errors import BadRequest, HTTPError, URITooLong
from ..foundation.http.host import is_host, split_host
from ..foundation.http.request import Request
from .passages import HostRule, Probe

_MOST_KNOWN: Final = 1000


class Heads:
    """Why a request is refused for its head; hosts that were found to be good are `known`, and not looked at again.

    `most` is how long an address may be, in bytes; `is_own` tells the hosts that routes are bound to, to which the app
    answers whatever the rules say.
    """

    def __init__(
        self, most: int, is_own: Callable[[str], bool], rules: Iterable[HostRule], probes: Iterable[Probe]
    ) -> None:
        self.known: set[str] = set()
        self._most = most
        self._is_own = is_own
        self._rules = tuple(rules)
        self._probes = frozenset(probe.path for probe in probes)

    def error(self, request: Request) -> HTTPError | None:
        """What a request is refused with; None for one whose route may be sought."""
        if len(request.path) + len(request.query_string) > self._most:
            return URITooLong(f"The address is over {self._most} bytes.")
        host = request.host
        if not host:
            return self._hostless_error(request)
        if not is_host(host):
            return BadRequest("The Host header is not a host name with an optional port.")
        name = split_host(host)[0]
        if not self.answers_to(name):
            return self._refused_host(request, name)
        if len(self.known) < _MOST_KNOWN:  # A bound, as clients choose them.
            self.known.add(host)
        return None

    def _hostless_error(self, request: Request) -> HTTPError | None:
        """Only HTTP/1.0 may leave the host out (RFC 9112, section 3.2); servers that do not say are believed."""
        if request.read_version() == "1.1":
            return BadRequest("The request has no Host header.")
        return None if self.answers_to("") else self._refused_host(request, "")

    def answers_to(self, name: str) -> bool:
        """Whether the app answers to a host, in lower case and without port."""
        return self._is_own(name) or all(rule.allows(name) for rule in self._rules)

    def _refused_host(self, request: Request, name: str) -> HTTPError | None:
        if request.path in self._probes:
            return None
        return next(rule.refuse(name) for rule in self._rules if not rule.allows(name))


def is_odd(path: str) -> bool:
    """Whether a path has control characters, or came in bytes that were no UTF-8 (servers put U+FFFD there)."""
    return "\ufffd" in path or any(char < " " or "\x7f" <= char < "\xa0" for char in path)
