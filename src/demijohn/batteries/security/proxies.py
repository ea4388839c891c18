"""Trusted proxies: whose word about the client is taken, and for what.

Every field can be sent by anybody. It is believed only where the connection comes from a proxy that is named in the
settings, and then from its right end: each proxy adds what it sees itself to the right of what it was told.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TypeAlias

from ...foundation.errors import SetupError, Where
from ...foundation.http.errors import BadRequest, HTTPError
from ...foundation.http.forwarded import Outer, address_of, clean_prefix, listed, parse_forwarded
from ...foundation.http.headers import Headers
from ...foundation.http.request import Request

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

X_FORWARDED = tuple(f"x-forwarded-{name}" for name in ("for", "proto", "host", "port", "prefix"))
FORWARDED = "forwarded"
_NAMES = {
    "loopback": ("127.0.0.0/8", "::1"),
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "169.254.0.0/16", "fe80::/10"),
}
_UNIX = "unix"
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_DEFAULT_PORTS = {"http": "80", "https": "443"}


class Proxies:
    """The proxies that are trusted, by their networks or by how many there are, and the headers they set."""

    def __init__(self, networks: Iterable[Network], headers: Iterable[str], *, hops: int = 0, unix: bool) -> None:
        self._networks = tuple(networks)
        self._hops = hops
        self._unix = unix
        self._headers = frozenset(headers)
        self._known: dict[str, bool] = {}

    @classmethod
    def of(cls, trusted: int | Iterable[str], headers: Iterable[str], where: Where) -> Proxies:
        """The proxies as the settings name them; `SetupError` DMJ0551 or DMJ0552 for what cannot be read."""
        names = _checked_headers(headers, where)
        if isinstance(trusted, int):
            if trusted < 1:
                raise _no_proxy(trusted, where)
            return cls((), names, hops=trusted, unix=True)
        networks: list[Network] = []
        entries = [entry.strip().lower() for entry in trusted]
        for entry in entries:
            for network in _NAMES.get(entry, (entry,)) if entry != _UNIX else ():
                try:
                    networks.append(ipaddress.ip_network(network))
                except ValueError:
                    raise _no_proxy(entry, where) from None
        return cls(networks, names, unix=_UNIX in entries)

    def enter(self, request: Request) -> HTTPError | None:
        """Set what the client sees of a request that came through a trusted proxy."""
        peer = request.read_client()
        if not self._hops and not self._trusts_peer(peer):
            return None
        try:
            self._correct(request, peer, request.headers)
        except ValueError as error:
            return BadRequest(str(error))
        return None

    def _correct(self, request: Request, peer: str | None, headers: Headers) -> None:
        told = self._told(headers)
        client, passed = self._client(peer, told["for"])
        root, scheme, host = request.read_root_path(), request.read_scheme(), request.host
        said = _from_right(told["proto"], passed).lower()
        if said:
            if said not in _SCHEMES:
                raise ValueError("The proxy's scheme is neither http nor https.")
            scheme = _SCHEMES[said]
        host = _from_right(told["host"], passed) or host
        port = _from_right(told["port"], passed)
        if port:
            if not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
                raise ValueError("The X-Forwarded-Port header is no port.")
            if port != _DEFAULT_PORTS[scheme] and ":" not in host.rpartition("]")[2]:
                host = f"{host}:{port}"
        request.host = host  # Its grammar, and whether it is allowed, is for the kernel to see.
        prefix = clean_prefix(_from_right(told["prefix"], passed))
        request.outer = Outer(scheme, client, prefix + root)

    def _told(self, headers: Headers) -> dict[str, list[str]]:
        if FORWARDED in self._headers:
            elements = parse_forwarded(headers.getlist(FORWARDED))
            names = ("for", "proto", "host", "port", "prefix")
            return {name: [element[name] for element in elements if name in element] for name in names}
        return {
            name.rpartition("-")[2]: listed(headers.getlist(name)) if name in self._headers else []
            for name in X_FORWARDED
        }

    def _client(self, peer: str | None, nodes: list[str]) -> tuple[str | None, int]:
        """The right-most address that is no trusted proxy, and how many trusted proxies there are behind it."""
        if self._hops:
            passed = min(self._hops, len(nodes))
            return (address_of(nodes[-passed]) if passed else peer), self._hops
        client, passed = peer, 1
        for node in reversed(nodes):
            address = address_of(node)
            if address is None:  # `unknown`, or what no proxy writes: nothing left of it is any proxy's word.
                return None, passed
            client = address
            if not self._trusts(address):
                break
            passed += 1
        return client, passed

    def _trusts_peer(self, peer: str | None) -> bool:
        address = None if peer is None else address_of(peer)
        return self._unix if address is None else self._trusts(address)

    def _trusts(self, address: str) -> bool:
        known = self._known.get(address)
        if known is None:
            parsed = ipaddress.ip_address(address)
            known = any(parsed in network for network in self._networks)
            if len(self._known) < 1000:  # A bound, as clients are among them.
                self._known[address] = known
        return known


def _from_right(values: list[str], position: int) -> str:
    """What the outermost of the trusted proxies said, where each added its own; where one alone did, that."""
    return values[-min(position, len(values))] if values else ""


def _checked_headers(headers: Iterable[str], where: Where) -> list[str]:
    names = [name.strip().lower() for name in headers]
    odd = [name for name in names if name not in (*X_FORWARDED, FORWARDED)]
    if odd:
        raise SetupError(
            "DMJ0552", f"Security cannot trust the header {odd[0]}: it says nothing of a client.",
            fix=f"trusted_headers=[...] takes {', '.join(X_FORWARDED)}, or {FORWARDED} alone.", where=where,
        )  # fmt: skip
    if FORWARDED in names and len(names) > 1:
        raise SetupError(
            "DMJ0552", "Security is to trust Forwarded and X-Forwarded headers at once.",
            fix="Leave out those that the proxy does not set: it would pass on what a client writes there.",
            where=where,
        )  # fmt: skip
    return names


def _no_proxy(entry: object, where: Where) -> SetupError:
    return SetupError(
        "DMJ0551", f"{entry!r} names no proxy that Security could trust.",
        fix='trusted_proxies=["loopback", "10.0.0.0/8"]: addresses, networks, "loopback", "private", "unix"\n'
        "trusted_proxies=1: as many proxies as stand in front, wherever they are",
        where=where,
    )  # fmt: skip
