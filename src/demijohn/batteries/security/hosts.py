"""Which hosts an app answers to: exact names and suffixes, never patterns."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from ...foundation.errors import SetupError, Where
from ...foundation.http.errors import BadRequest, HTTPError
from ...foundation.http.host import is_host, split_host

log = logging.getLogger("demijohn.security")

ANY = "*"


class AllowedHosts:
    """An allow list: `example.com` is that host alone, `.example.com` it and all below it, `*` is every host.

    >>> hosts = AllowedHosts.of(["example.com", ".multi.com"], Where("app.py", 1))
    >>> [hosts.allows(name) for name in ("example.com", "evilexample.com", "multi.com", "a.multi.com")]
    [True, False, True, True]
    """

    def __init__(self, exact: frozenset[str], suffixes: tuple[str, ...], *, everything: bool = False) -> None:
        self.exact = exact
        self.suffixes = suffixes
        self.everything = everything

    @classmethod
    def of(cls, entries: Iterable[str], where: Where) -> AllowedHosts:
        """The list as it is written in the settings; `SetupError` DMJ0550 for what is no host."""
        names = [_checked(entry, where) for entry in entries]
        suffixes = tuple(name for name in names if name.startswith("."))
        exact = frozenset([*names, *(suffix[1:] for suffix in suffixes)])
        return cls(exact, suffixes, everything=ANY in names)

    def allows(self, name: str) -> bool:
        """Whether a host, in lower case and without port, is on the list."""
        return self.everything or name in self.exact or (bool(self.suffixes) and name.endswith(self.suffixes))

    def refuse(self, name: str) -> HTTPError:
        """The answer to all others: 400, which tells a stranger nothing of the list."""
        return BadRequest("This site does not answer to the host of the request." if name else "There is no Host.")


class LocalHosts:
    """What is answered in development: this computer's names, and addresses.

    A website that points a name of its own to 127.0.0.1 could read what is developed here; it cannot make a browser
    say an address instead of the name.

    >>> [LocalHosts().allows(name) for name in ("localhost", "shop.localhost", "192.168.1.5", "evil.tld")]
    [True, True, True, False]
    """

    def allows(self, name: str) -> bool:
        """Whether a host is this computer's, or an address."""
        return name in ("", "localhost") or name.endswith(".localhost") or name[:1] == "[" or _is_ipv4(name)

    def refuse(self, name: str) -> HTTPError:
        """400 that says what to do: only developers see it."""
        return BadRequest(
            f"In development only localhost and addresses are answered, not {name}."
            f' To allow it: app.use(Security(hosts=["localhost", "{name}"])).'
        )


class UnlistedHosts:
    """What is answered in production while no hosts are set: all, and the first that is not this computer's is told.

    `demijohn serve` refuses to serve others so; under other servers nobody else would say it. A host is looked at once,
    so that it costs requests nothing.
    """

    def __init__(self) -> None:
        self._local = LocalHosts()
        self._told = False

    def allows(self, name: str) -> bool:
        """Yes; with a warning, once."""
        if not self._told and not self._local.allows(name):
            self._told = True
            log.warning(
                "SEC010: hosts is not set, so that %s is answered as any other name would be: links in mails could be"
                ' made to lead anywhere. app.use(Security(hosts=["example.com"]))   or'
                " DEMIJOHN_SECURITY_HOSTS=example.com",
                name,
            )
        return True

    def refuse(self, name: str) -> HTTPError:
        """Never asked."""
        return BadRequest()


def _is_ipv4(name: str) -> bool:
    parts = name.split(".")
    return len(parts) == 4 and all(part.isascii() and part.isdigit() and int(part) < 256 for part in parts)


def _checked(entry: str, where: Where) -> str:
    name = entry.strip().lower()
    bare = name.removeprefix(".")
    if name == ANY or (is_host(bare) and split_host(bare) == (bare, "")):
        return name
    fix = 'Write "example.com", ".example.com" (with all below it), or "*" for every host.'
    found = name.removeprefix("https://").removeprefix("http://").partition("/")[0].removeprefix("*")
    plain = found.removeprefix(".")
    if is_host(plain):
        fix = f'Without scheme, port, path and star: hosts=["{"." * found.startswith(".")}{split_host(plain)[0]}"]'
    raise SetupError("DMJ0550", f"{entry!r} is no host that Security could compare.", fix=fix, where=where)
