"""Signed URLs: links that nobody else can make or change, for a time if they say so.

What is signed is the host (if the route is bound to one), the path and the query, in which `expires` is the second
since 1970 at which the link ends. Only the signature of the exact address passes, by the key of the app or by one that
it had before (`SECRET_KEY_FALLBACKS`).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from ..foundation.config import Sources
from ..foundation.current import current
from ..foundation.errors import SetupError, Where
from ..foundation.http.errors import Forbidden, Gone
from ..foundation.http.host import split_host
from ..foundation.http.query import Pairs, parse_query_list, urlencode
from ..foundation.http.request import Request
from ..foundation.signing import NEW_KEY_COMMAND, Signer
from ..foundation.urls import quote_path
from .links import Link, LinkError, Target, link_text, link_within
from .spelling import around_only

_PURPOSE = "demijohn.url"
_SIGNATURE = "signature"
_EXPIRES = "expires"


class Seals:
    """Signs the URLs of one app, and verifies them; `keys` are read when the first is."""

    def __init__(self, sources: Sources, *, debug: bool, clock: Callable[[], float] = time.time) -> None:
        self._sources = sources
        self._debug = debug
        self._clock = clock
        self._made: Signer | None = None

    def signer(self, where: Where | None = None) -> Signer:
        """The signer; in development without SECRET_KEY it has a key for the life of the process."""
        if self._made is None:
            keys = self._sources.secret_keys()
            if not keys and not self._debug:
                raise SetupError(
                    "DMJ0214", "URLs are signed with SECRET_KEY, which is not set.",
                    fix=f"Make one and set it as SECRET_KEY:\n{NEW_KEY_COMMAND}", where=where or (),
                )  # fmt: skip
            self._made = Signer(keys or secrets.token_urlsafe(32), _PURPOSE)
        return self._made

    def sign(self, link: Link, expires: timedelta | datetime | None) -> Link:
        """The link with its signature at the end."""
        path, _, query = link.path.partition("?")
        pairs = parse_query_list(query)
        if any(name in (_SIGNATURE, _EXPIRES) for name, _ in pairs):
            raise LinkError(
                f"{link.path} has a parameter called {_SIGNATURE} or {_EXPIRES}: signing needs these names."
            )
        if expires is not None:
            pairs.append((_EXPIRES, str(self._second(expires))))
        pairs.append((_SIGNATURE, self.signer().signature(_signed(link.host, path, pairs))))
        return Link(f"{path}?{urlencode(pairs)}", link.host)

    def check(self, request: Request) -> None:
        """Forbidden unless the address of a request is signed; Gone if its time is over."""
        pairs = parse_query_list(request.query_string, request.limits.query)
        given = [value for name, value in pairs if name == _SIGNATURE]
        if not given:
            raise Forbidden("This address is only answered with its signature: the link is not whole.")
        rest = [(name, value) for name, value in pairs if name != _SIGNATURE]
        host = split_host(request.host)[0] if request.route.hosts else ""
        if len(given) > 1 or not self.signer().matches(_signed(host, quote_path(request.path), rest), given[0]):
            raise Forbidden("The signature does not fit this address: the link was changed, or is not from here.")
        ends = [value for name, value in rest if name == _EXPIRES]
        # Only digits: whoever could sign anything else would be us.
        if ends and not self._clock() < int(ends[0]):
            raise Gone("This link has expired. Ask for a new one.")

    def _second(self, expires: timedelta | datetime) -> int:
        if isinstance(expires, timedelta):
            end = self._clock() + expires.total_seconds()
        elif isinstance(expires, datetime) and expires.tzinfo is not None:
            end = expires.timestamp()
        else:
            raise TypeError(
                f"expires={expires!r}: say how long, timedelta(hours=1), or until when, a datetime with its timezone."
            )
        if end <= self._clock():
            raise ValueError(f"expires={expires!r} is over already.")
        return int(end)


def signed_url(target: Target, /, *, expires: timedelta | datetime | None = None, **values: Any) -> str:
    """As `url`, with a signature: only a route with `around=[signed]` tells whether it is the right one.

    `expires` is how long the link is good for, or until when; without it, it is for ever.
    """
    request = current.get()
    if request is None:
        raise LinkError("signed_url() was called where no request is being answered: use app.signed_url(...).")
    link = link_within(request, target, values)
    return link_text(request, request.plan.kernel.seals.sign(link, expires))


def check_signature(request: Request) -> None:
    """Answer nobody without the right signature: 403 without it or with another, 410 when its time is over."""
    request.plan.kernel.seals.check(request)


signed = around_only(check_signature, "signed", Where.of(check_signature))


def is_guarded(arounds: tuple[Callable[..., Any], ...]) -> bool:
    """Whether `signed` is among a route's arounds."""
    return any(getattr(around, "dependency", around) is signed for around in arounds)


def _signed(host: str, path: str, pairs: Pairs) -> str:
    return f"{host}\n{path}\n{urlencode(pairs)}"
