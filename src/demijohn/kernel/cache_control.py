"""`Cache-Control` (RFC 9111, section 5.2.2; RFC 8246; RFC 5861) as arounds of a route, a blueprint or an app."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Any

from ..foundation.errors import SetupError, Where
from ..foundation.http.response import Response
from .spelling import around_only


def cache_control(
    *,
    max_age: int | timedelta | None = None,
    s_maxage: int | timedelta | None = None,
    public: bool = False,
    private: bool = False,
    no_cache: bool = False,
    no_store: bool = False,
    no_transform: bool = False,
    must_revalidate: bool = False,
    proxy_revalidate: bool = False,
    must_understand: bool = False,
    immutable: bool = False,
    stale_while_revalidate: int | timedelta | None = None,
    stale_if_error: int | timedelta | None = None,
) -> Callable[..., Any]:
    """An around that says how long an answer may be kept: `around=[cache_control(max_age=60, public=True)]`.

    Ages are in seconds. Answers with a status of 400 or more, or with a `Cache-Control` of their own, are left alone,
    and those that set a cookie are never `public`.
    """
    where = Where.caller()
    if (public and (private or no_store)) or (private and s_maxage is not None):
        raise SetupError(
            "DMJ0332", "cache_control() is told to keep an answer for all and for one visitor alone.",
            fix="public=True for what is the same for everybody, private=True for what is not.", where=where,
        )  # fmt: skip
    flags = {
        "public": public, "private": private, "no-cache": no_cache, "no-store": no_store,
        "no-transform": no_transform, "must-revalidate": must_revalidate, "proxy-revalidate": proxy_revalidate,
        "must-understand": must_understand, "immutable": immutable,
    }  # fmt: skip
    ages = {
        "max-age": max_age, "s-maxage": s_maxage, "stale-while-revalidate": stale_while_revalidate,
        "stale-if-error": stale_if_error,
    }  # fmt: skip
    directives = [name for name, given in flags.items() if given]
    directives += [f"{name}={_seconds(age)}" for name, age in ages.items() if age is not None]
    if not directives:
        raise SetupError(
            "DMJ0333", "cache_control() says nothing.", fix="cache_control(max_age=60, public=True), or never_cache",
            where=where,
        )  # fmt: skip
    text = ", ".join(directives)
    shared = public or s_maxage is not None
    own = f"private, max-age={_seconds(max_age or 0)}"

    def add_cache_control() -> Generator[None, Response, None]:
        response = yield
        if response.status < 400 and "cache-control" not in response.headers:
            response.headers["cache-control"] = own if shared and "set-cookie" in response.headers else text

    return around_only(add_cache_control, "cache_control(...)", where)


def _never_cache() -> Generator[None, Response, None]:
    """An around: nobody keeps these answers, not even the browser's history (`no-store`)."""
    response = yield
    response.headers["cache-control"] = "no-store"


never_cache = around_only(_never_cache, "never_cache", Where.of(_never_cache))


def _seconds(age: int | timedelta) -> int:
    return int(age.total_seconds()) if isinstance(age, timedelta) else int(age)
