"""What proxies tell of the client's side: the X-Forwarded fields that nobody standardised, and RFC 7239's `Forwarded`.

This only reads. Whether it may be believed is decided elsewhere.
"""

from __future__ import annotations

import re

import msgspec

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]"  # noqa: S105 - RFC 9110's word
_PAIR = re.compile(rf'[ \t]*({_TOKEN}+)=(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}+))[ \t]*')
_WITH_PORT = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::[0-9]{1,5})?").fullmatch
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~@:+-]+)*/?").fullmatch


class Outer(msgspec.Struct, frozen=True):
    """A request as its client sent it, where a proxy that is trusted says so."""

    scheme: str
    client: str | None
    root_path: str


def listed(values: list[str]) -> list[str]:
    """The members of a comma-separated field, which may have come in several lines (RFC 9110, section 5.3).

    >>> listed(["6.6.6.6, 1.2.3.4", "10.0.0.1"])
    ['6.6.6.6', '1.2.3.4', '10.0.0.1']
    """
    return [member.strip() for value in values for member in value.split(",") if member.strip()]


def parse_forwarded(values: list[str]) -> list[dict[str, str]]:
    """The elements of `Forwarded`, the nearest proxy's last; ValueError where the field is malformed.

    >>> parse_forwarded(['for="[2001:db8::1]:4711";proto=https, for=10.0.0.1'])
    [{'for': '[2001:db8::1]:4711', 'proto': 'https'}, {'for': '10.0.0.1'}]
    """
    text, position = ",".join(values), 0
    elements: list[dict[str, str]] = [{}]
    while position < len(text):
        if text[position] in " \t":
            position += 1
        elif text[position] == ",":
            position += 1
            elements.append({})
        elif text[position] == ";":
            position += 1
        else:
            found = _PAIR.match(text, position)
            if found is None or found[1].lower() in elements[-1]:
                raise ValueError("The Forwarded header is malformed.")
            quoted = found[2]
            elements[-1][found[1].lower()] = found[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            position = found.end()
            if position < len(text) and text[position] not in ",;":
                raise ValueError("The Forwarded header is malformed.")
    return [element for element in elements if element]


def address_of(node: str) -> str | None:
    """The address of a node as it is usually written, without port and zone; None if it is none (`unknown`, `_hidden`).

    >>> address_of("192.0.2.1:4711"), address_of("[2001:DB8::0:1]:80"), address_of("::ffff:10.0.0.1"), address_of("x")
    ('192.0.2.1', '2001:db8::1', '10.0.0.1', None)
    """
    import ipaddress  # here, because only those behind a proxy need it

    found = _WITH_PORT(node)
    try:
        address = ipaddress.ip_address((found[1] or found[2]) if found else node)
    except ValueError:
        return None
    # Without its zone, which is of the proxy's machine, and may be any text.
    return str(getattr(address, "ipv4_mapped", None) or address).partition("%")[0]


def clean_prefix(text: str) -> str:
    """A path prefix without its last slash; ValueError for what is none, or could lead elsewhere.

    >>> clean_prefix("/shop/"), clean_prefix("/")
    ('/shop', '')
    """
    segments = text.split("/")
    if not _PREFIX(text) or "." in segments or ".." in segments:
        raise ValueError("The X-Forwarded-Prefix header is no path.")
    return text.rstrip("/")
