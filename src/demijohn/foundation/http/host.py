"""The Host field: its grammar (RFC 9110, section 7.2; RFC 3986, section 3.2.2), and its two parts."""

from __future__ import annotations

import re

# A name or an IPv4 address, or a bracketed IPv6 address, and a port. A name may end in the dot of the root.
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}\.?(?::[0-9]{{1,5}})?", re.IGNORECASE | re.ASCII).fullmatch
_BRACKETED = re.compile(r"\[[0-9a-f:.]{2,45}\](?::[0-9]{1,5})?", re.IGNORECASE | re.ASCII).fullmatch
_LONGEST = 259  # a name of 253 and a port


def is_host(text: str) -> bool:
    """Whether a text is a host name or address with an optional port, and nothing else.

    >>> is_host("example.com:8000"), is_host("[::1]"), is_host("example.com@evil.tld"), is_host("a, b")
    (True, True, False, False)
    """
    if len(text) > _LONGEST:
        return False
    if _BRACKETED(text) is not None:
        import socket  # here, because most hosts are names

        try:
            socket.inet_pton(socket.AF_INET6, text[1 : text.index("]")])
        except OSError:
            return False
    elif _NAME(text) is None:
        return False
    port = split_host(text)[1]
    return not port or int(port) < 65_536


def split_host(text: str) -> tuple[str, str]:
    """Name and port of a well-formed host, the name in lower case and without the dot of the root.

    >>> split_host("EXAMPLE.com.:80"), split_host("[::1]")
    (('example.com', '80'), ('[::1]', ''))
    """
    name, port = text.lower(), ""
    if name.rfind(":") > name.rfind("]"):
        name, _, port = name.rpartition(":")
    return name.removesuffix("."), port
