"""What a plan answers when something in it has failed: by the handlers of errors, the innermost first."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any

from ..foundation.http.errors import HTTPError
from ..foundation.http.request import Request
from ..foundation.http.response import Answer, Response
from .failures import ErrorHandlers, default_response
from .habits import remind
from .replies import Replies


class FailureAnswers:
    """The answers to the errors of one route, whose tables of error handlers are asked in their order."""

    def __init__(self, handlers: Sequence[ErrorHandlers], replies: Replies) -> None:
        self._handlers = handlers
        self._replies = replies

    def response(self, request: Request, error: Exception) -> Response:
        """What the first handler that has something to say makes of an error, or what is said of itself."""
        remind(error)
        for handlers in self._handlers:
            handle = handlers.find(error)
            if handle is not None:
                value = handle(request, error)
                if value is not None:
                    return self._error_response(value, request, error)
        return default_response(request, error)

    async def response_async(self, request: Request, error: Exception) -> Response:
        """As `response`, in an async plan."""
        remind(error)
        for handlers in self._handlers:
            handle = handlers.find(error)
            if handle is not None:
                value = handle(request, error)
                if isinstance(value, Awaitable):
                    value = await value
                if value is not None:
                    return self._error_response(value, request, error)
        return default_response(request, error)

    def _error_response(self, value: Any, request: Request, error: Exception) -> Response:
        status = error.status if isinstance(error, HTTPError) else 500
        response = self._replies.compile(None, status, "error handler").response(value)
        if isinstance(error, HTTPError) and response is not value:
            for name, text in error.headers.items():
                response.headers.setdefault(name, text)
        return self._replies.complete(response, request)

    def answer(self, request: Request, error: Exception) -> Answer:
        """The answer to an error; if a handler of errors fails itself, the plain 500."""
        finish = self._replies.finish
        try:
            return finish(self.response(request, error), request)
        except Exception as second:
            return finish(default_response(request, second), request)

    async def answer_async(self, request: Request, error: Exception) -> Answer:
        """As `answer`, in an async plan."""
        finish = self._replies.finish
        try:
            return finish(await self.response_async(request, error), request)
        except Exception as second:
            return finish(default_response(request, second), request)
