"""Addresses: which paths there are on which hosts, and what answers them.

What is bound to no host is on every host. For a request, the routes of the host that fits best are asked first, then
those of hosts that fit less well, and at last those of every host; the first that have such a path answer.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from ..foundation.http.host import split_host
from .hosts import HostPattern
from .matcher import Found, Matcher, Methods
from .routes import Route

T = TypeVar("T")

# Clients choose the hosts that they send: what is kept of them is bounded.
_KEPT = 1000


class Addresses(Generic[T]):
    """The addresses of an app: `anywhere` maps the paths on every host, and each host has a map of its own."""

    def __init__(self) -> None:
        self.anywhere: Matcher[T] = Matcher()
        self._hosts: dict[str, tuple[HostPattern, Matcher[T]]] = {}
        self._known: dict[str, tuple[tuple[Matcher[T], tuple[str, ...]], ...]] = {}

    @property
    def has_hosts(self) -> bool:
        """Whether any route is bound to a host."""
        return bool(self._hosts)

    def methods_of(self, route: Route) -> list[Methods[T]]:
        """The methods of a route's address, one for each of its hosts: fill in what answers each."""
        if not route.hosts:
            return [self.anywhere.methods_at(route.pattern)]
        found = []
        for host in route.hosts:
            _, matcher = self._hosts.setdefault(host.shape, (host, Matcher()))
            found.append(matcher.methods_at(route.pattern))
        return found

    def freeze(self) -> None:
        """Called when all routes are in: the hosts that fit best go first from now on."""
        self._hosts = dict(sorted(self._hosts.items(), key=lambda item: item[1][0].rank))
        for matcher in self._matchers():
            matcher.freeze()

    def all_methods(self) -> list[Methods[T]]:
        """Every address's methods."""
        return [methods for matcher in self._matchers() for methods in matcher.all_methods()]

    def find(self, host: str, path: str) -> Found[T] | None:
        """What answers a path on a host (with its port or without), and what the parameters of both matched."""
        for matcher, captured in self._known.get(host) or self._at(host):
            found = matcher.find(path)
            if found is not None:
                return found if not captured else (found[0], captured + found[1])
        return None

    def answers_to(self, name: str) -> bool:
        """Whether a host, without its port, is one that routes are bound to."""
        return any(host.match(name) is not None for host, _ in self._hosts.values())

    def is_misdirected(self, host: str, path: str) -> bool:
        """Whether a path that was not found on a host is there on another, and the host is nobody's."""
        if self.answers_to(split_host(host)[0]):
            return False
        return any(matcher.find(path) is not None for _, matcher in self._hosts.values())

    def _matchers(self) -> list[Matcher[T]]:
        return [*(matcher for _, matcher in self._hosts.values()), self.anywhere]

    def _at(self, host: str) -> tuple[tuple[Matcher[T], tuple[str, ...]], ...]:
        name = split_host(host)[0]
        fits = [(matcher, pattern.match(name)) for pattern, matcher in self._hosts.values()]
        found = (*((matcher, captured) for matcher, captured in fits if captured is not None), (self.anywhere, ()))
        if len(self._known) < _KEPT:
            self._known[host] = found
        return found
