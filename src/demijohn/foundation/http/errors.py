"""Errors for visitors: raised anywhere while a request is answered, they become its answer.

HTTPError
├── BadRequest 400            ├── NotAcceptable 406          ├── UnprocessableContent 422
├── Unauthorized 401          ├── Conflict 409               ├── TooManyRequests 429
├── Forbidden 403             ├── Gone 410                   ├── HeadersTooLarge 431
├── NotFound 404              ├── ContentTooLarge 413        └── ServiceUnavailable 503
└── MethodNotAllowed 405      ├── URITooLong 414
                              └── UnsupportedMediaType 415
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from .status import phrase


class HTTPError(Exception):
    """An answer with a status of 400 or more, raised instead of returned.

    `detail` is shown to the visitor: it must not contain secrets. `headers` are added to the answer. `errors` is a
    list of problems, each a mapping with `where` (a path such as `body.items.0.price`) and `message`; `extra` joins
    the problem details object (RFC 9457) as further members. A subclass that annotates fields takes them by keyword,
    and they are members too:

    >>> class OutOfStock(HTTPError):
    ...     status = 409
    ...     left: int
    >>> OutOfStock(detail="Only two are left.", left=2).problem()["left"]
    2

    >>> error = HTTPError(409, "That name is taken.")
    >>> error.status, error.title, error.detail
    (409, 'Conflict', 'That name is taken.')
    """

    status: int = 500
    default_detail: ClassVar[str] = ""
    members: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = {name: str(kind) for name, kind in vars(cls).get("__annotations__", {}).items()}
        added = [name for name, kind in own.items() if name not in _RESERVED and "ClassVar" not in kind]
        cls.members = tuple(dict.fromkeys([*cls.members, *added]))

    def __init__(
        self,
        status: int | None = None,
        detail: str = "",
        *,
        title: str = "",
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, Any]] = (),
        extra: Mapping[str, Any] | None = None,
        **members: Any,
    ) -> None:
        if members or self.members:
            self._take(members)
        if not isinstance(detail, str):
            raise TypeError(f"The detail of an HTTPError is text, not {detail!r}; other members go into extra={{}}.")
        if status is not None:
            if not isinstance(status, int):
                raise TypeError(f"An HTTPError takes its status first: HTTPError(404, {status!r}).")
            if not 400 <= status <= 599:
                raise ValueError(f"An HTTPError has a status from 400 to 599, not {status}: return a response instead.")
            self.status = status
        self.detail = detail or self.default_detail
        self.title = title or phrase(self.status)
        self.headers = dict(headers or {})
        self.errors: list[Mapping[str, Any]] = list(errors)
        self.extra = dict(extra or {})
        super().__init__(self.status, self.detail)

    def __str__(self) -> str:
        return f"{self.status} {self.title}" + (f": {self.detail}" if self.detail else "")

    def problem(self) -> dict[str, Any]:
        """The problem details object (RFC 9457, section 3)."""
        members: dict[str, Any] = {"type": "about:blank", "title": self.title, "status": self.status}
        if self.detail:
            members["detail"] = self.detail
        if self.errors:
            members["errors"] = self.errors
        members.update((name, getattr(self, name)) for name in self.members)
        return {**members, **self.extra}

    def _take(self, members: Mapping[str, Any]) -> None:
        """The fields that a subclass annotates: each given by its name, or with a default in the class."""
        for name in members:
            if name not in self.members:
                ours = type(self).__module__ == __name__
                fix = "." if ours else ": annotate it in the class."
                raise TypeError(f"{type(self).__name__} has no field {name!r}{fix}")
        for name, value in members.items():
            setattr(self, name, value)
        missing = [name for name in self.members if not hasattr(self, name)]
        if missing:
            raise TypeError(f"{type(self).__name__} needs {missing[0]}=...")


# What every problem has, so that no field of a subclass is called so.
_RESERVED = frozenset({"type", "status", "title", "detail", "headers", "errors", "extra", "default_detail", "members"})


class _Fixed(HTTPError):
    """An error whose class says the status: its first argument is the detail."""

    def __init__(
        self,
        detail: str = "",
        *,
        title: str = "",
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, Any]] = (),
        extra: Mapping[str, Any] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(None, detail, title=title, headers=headers, errors=errors, extra=extra, **members)


class BadRequest(_Fixed):
    """400: the request cannot be understood."""

    status = 400


class Unauthorized(_Fixed):
    """401: signing in is needed, or did not succeed."""

    status = 401


class Forbidden(_Fixed):
    """403: understood, and refused."""

    status = 403


class NotFound(_Fixed):
    """404: there is nothing here."""

    status = 404
    default_detail = "There is nothing at this address."


class MethodNotAllowed(_Fixed):
    """405: the address exists, but not for this method; `Allow` names those it has (RFC 9110, section 15.5.6)."""

    status = 405

    def __init__(self, method: str, allowed: Iterable[str]) -> None:
        self.allowed = tuple(allowed)
        names = ", ".join(self.allowed)
        super().__init__(f"This address answers {names}, not {_printable(method)}.", headers={"allow": names})


class NotAcceptable(_Fixed):
    """406: no representation that the client accepts."""

    status = 406


class RequestTimeout(_Fixed):
    """408: the client took too long to send its request."""

    status = 408


class Conflict(_Fixed):
    """409: the request does not fit the present state."""

    status = 409


class Gone(_Fixed):
    """410: it was here, and will not come back."""

    status = 410


class ContentTooLarge(_Fixed):
    """413: the body, or a part of it, is over a limit."""

    status = 413


class URITooLong(_Fixed):
    """414: the request target is over a limit."""

    status = 414


class UnsupportedMediaType(_Fixed):
    """415: the body is of a type that is not read here."""

    status = 415


class RangeNotSatisfiable(_Fixed):
    """416: the range lies outside of the file."""

    status = 416


class UnprocessableContent(_Fixed):
    """422: well-formed, but its values do not pass; all problems are listed in `errors`."""

    status = 422


class TooManyRequests(_Fixed):
    """429: over a rate limit."""

    status = 429


class HeadersTooLarge(_Fixed):
    """431: too many request headers, or too long ones (RFC 6585, section 5)."""

    status = 431


class ServiceUnavailable(_Fixed):
    """503: not now; `retry_after` is in seconds."""

    status = 503

    def __init__(self, detail: str = "", *, retry_after: int | None = None, title: str = "") -> None:
        headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        super().__init__(detail, title=title, headers=headers)


def _printable(text: str) -> str:
    return text[:20] if text.isascii() and text.isprintable() else "that method"
