"""Flask's hooks after a request, as arounds."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def after(hook: Callable[..., Any]) -> Callable[..., Any]:
    """An around that calls a function with each response; what it returns, if not None, replaces it."""

    async def after_request_async() -> Any:
        response = yield
        replacement = await hook(response)
        if replacement is not None:
            yield replacement

    def after_request() -> Any:
        response = yield
        return hook(response)

    if inspect.iscoroutinefunction(hook):
        after_request = after_request_async
    after_request.__qualname__ = getattr(hook, "__qualname__", "after_request")
    return after_request


def teardown(hook: Callable[..., Any]) -> Callable[..., Any]:
    """An around that calls a function after each exchange, with the exception that ended it or None."""

    async def teardown_request_async() -> Any:
        try:
            yield
        except BaseException as error:
            await hook(error)
            raise
        await hook(None)

    def teardown_request() -> Any:
        try:
            yield
        except BaseException as error:
            hook(error)
            raise
        hook(None)

    if inspect.iscoroutinefunction(hook):
        teardown_request = teardown_request_async
    teardown_request.__qualname__ = getattr(hook, "__qualname__", "teardown_request")
    return teardown_request
