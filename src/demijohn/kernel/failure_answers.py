"""What a plan answers when something in it has failed: by the handlers of errors, the innermost first."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ..foundation.http.errors import HTTPError
from ..foundation.http.request import Request
from ..foundation.http.response import Answer, Response
from .error_handlers import ErrorHandler, ErrorTable
from .failures import default_response, shown_path
from .habits import remind
from .replies import Replies

log = logging.getLogger("demijohn")


class FailureAnswers:
    """The answers to the errors of one route, whose tables of error handlers are asked in their order.

    One that gives None, or raises the error again, leaves it to the next. One that fails itself is not asked about
    that: its error gets the plain answer, of the batteries (whose table is the last) or of the kernel.
    """

    def __init__(self, tables: Sequence[ErrorTable], replies: Replies) -> None:
        self._tables = tables
        self._replies = replies

    def response(self, request: Request, error: Exception) -> Response:
        """What the first handler that has something to say makes of an error, or what is said of itself."""
        remind(error)
        for handler in self._handlers(error):
            try:
                response = handler.answer(request, error)
            except Exception as second:
                if second is error:
                    continue
                return self._of_second(handler, request, error, second)
            if response is not None:
                return response
        return default_response(request, error)

    async def response_async(self, request: Request, error: Exception) -> Response:
        """As `response`, in an async plan."""
        remind(error)
        for handler in self._handlers(error):
            try:
                response = await handler.answer_async(request, error)
            except Exception as second:
                if second is error:
                    continue
                return await self._of_second_async(handler, request, error, second)
            if response is not None:
                return response
        return default_response(request, error)

    def _handlers(self, error: Exception) -> list[ErrorHandler]:
        found = [table.find(error) for table in self._tables]
        return [handler for handler in found if handler is not None]

    # Where a handler fails --------------------------------------------------------------------------------

    def _of_second(self, failed: ErrorHandler, request: Request, error: Exception, second: Exception) -> Response:
        told = _told(failed, request, error, second)
        handler = self._tables[-1].find(told)
        if told is second and handler is not None and handler is not failed:
            try:
                response = handler.answer(request, second)
            except Exception as third:
                return default_response(request, third)
            if response is not None:
                return response
        return default_response(request, told)

    async def _of_second_async(
        self, failed: ErrorHandler, request: Request, error: Exception, second: Exception
    ) -> Response:
        told = _told(failed, request, error, second)
        handler = self._tables[-1].find(told)
        if told is second and handler is not None and handler is not failed:
            try:
                response = await handler.answer_async(request, second)
            except Exception as third:
                return default_response(request, third)
            if response is not None:
                return response
        return default_response(request, told)

    def answer(self, request: Request, error: Exception) -> Answer:
        """The answer to an error; if that cannot be sent, the plain 500."""
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


def _told(failed: ErrorHandler, request: Request, error: Exception, second: Exception) -> Exception:
    """Which of two errors is answered: what a handler raised for visitors, or what was wrong with it.

    If it was not even called, as a service of it refuses this visitor, the first error is answered as if there were no
    handler.
    """
    if isinstance(second, HTTPError):
        if failed.was_told(request):
            return second
        log.warning("%s %s: the error handler %s() was not called (%s)", request.method, shown_path(request),
                    failed.name, second)  # fmt: skip
        return error
    if not isinstance(error, HTTPError):
        log.error("%s %s failed (id %s), and so does its error handler %s()", request.method, shown_path(request),
                  request.id, failed.name, exc_info=error)  # fmt: skip
    if second.__context__ is None and second is not error:
        second.__context__ = error  # Raised in another thread, it does not know.
    remind(second)
    return second
