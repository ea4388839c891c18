"""The request that is being answered, for the deep helper that truly cannot be handed it.

Handlers ask for `Request` by annotation; nothing in Demijohn needs this but `url()`, which may be called anywhere.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from .http.request import Request

request_context: ContextVar[Request] = ContextVar("demijohn.request")


class _Current:
    """`current.request`: the request of this context; LookupError where none is being answered."""

    __slots__ = ()

    @property
    def request(self) -> Request:
        """The request of this context, in sync and async code and in the threads it was handed to."""
        try:
            return request_context.get()
        except LookupError:
            raise LookupError(
                "No request is being answered here. In a handler, ask for it: def show(request: Request)."
            ) from None

    @property
    def request_id(self) -> str | None:
        """The id of the request, for whatever is written about it; None outside of one."""
        request = request_context.get(None)
        return None if request is None else request.id

    def get(self) -> Request | None:
        """The request, or None outside of one."""
        return request_context.get(None)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"current has only `request` and `request_id`, not {name!r}.")


current = _Current()
