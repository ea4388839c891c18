"""Lists of origins: whose pages may send what only our own pages may otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from ...foundation.errors import SetupError, Where
from ...foundation.http.host import is_host
from ...foundation.http.origins import is_origin

ANY = "*"


class Origins:
    """A list: `https://shop.example` is that origin alone, `https://*.shop.example` every host below it, `*` all.

    Origins are compared whole: scheme, host and port.

    >>> origins = Origins.of(["https://example.com", "https://*.shop.example"], "origins", Where("app.py", 1))
    >>> [origins.has(each) for each in ("https://example.com", "https://example.com:8443", "https://a.shop.example")]
    [True, False, True]
    """

    def __init__(self, exact: frozenset[str], below: tuple[tuple[str, str], ...], *, everybody: bool = False) -> None:
        self.exact = exact
        self.below = below
        self.everybody = everybody

    @classmethod
    def of(cls, entries: Iterable[str], setting: str, where: Where) -> Origins:
        """The list as it is written in the settings; `SetupError` DMJ0660 for what is no origin."""
        listed = [entries] if isinstance(entries, str) else list(entries)
        names = [_checked(entry, setting, where) for entry in listed]
        below = []
        for name in names:
            scheme, star, rest = name.partition("://*.")
            if star:
                below.append((f"{scheme}://", f".{rest}"))
        return cls(frozenset(names), tuple(below), everybody=ANY in names)

    def has(self, origin: str) -> bool:
        """Whether an origin, as a browser sends it, is on the list."""
        if origin == "null":
            return False
        return (
            self.everybody
            or origin in self.exact
            or any(
                origin.startswith(scheme) and origin.endswith(host) and is_origin(origin) for scheme, host in self.below
            )
        )

    def __bool__(self) -> bool:
        return self.everybody or bool(self.exact)


def _checked(entry: str, setting: str, where: Where) -> str:
    name = str(entry).strip().lower()
    plain = name.replace("://*.", "://", 1)
    if name == ANY or (is_origin(plain) and plain.startswith(("http://", "https://")) and is_host(plain.split("/")[2])):
        return name
    host = plain.partition("://")[2].partition("/")[0] or plain.partition("/")[0].lstrip("*.")
    scheme = "http" if plain.startswith("http://") else "https"
    fix = f'{setting}=["{scheme}://{host}"]: scheme and host, a port if it is not the usual one, nothing behind it.'
    if not is_origin(f"{scheme}://{host}"):
        fix = f'{setting}=["https://shop.example"]: scheme and host, a port if it is not the usual one.'
    raise SetupError("DMJ0660", f"{entry!r} is no origin that Security could compare.", fix=fix, where=where)
