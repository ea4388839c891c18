"""Units of work that are tried again when the database has given them up for the sake of others.

Theory. Two transactions that wait for each other, or whose results would depend on which came first, cannot both go on:
the database rolls one back, and says so. Nothing of that one is kept, and nothing left to `on_commit` was done, so it
may be done again from its beginning; but only from there, and only by who knows where that is. A connection that was
lost is another matter: whether its unit was committed is not known.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
import random
import time
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar, cast

from sqlalchemy.exc import DBAPIError

from .commits import name_of
from .sqlite import DatabaseBusy

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger("demijohn.database")

_STATES: Final = frozenset({"40001", "40P01", "55P03"})
_NUMBERS: Final = frozenset({1020, 1205, 1213})
_FIRST_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 1.0


def is_conflict(error: BaseException) -> bool:
    """Whether a database gave a transaction up for another's sake, so that nothing of it is kept and it may be tried
    again: a deadlock, a serialization failure, a lock that was not to be had."""
    if isinstance(error, DatabaseBusy):
        return True
    if not isinstance(error, DBAPIError) or error.connection_invalidated:
        return False
    driver: Any = error.orig
    state = getattr(driver, "sqlstate", None) or getattr(driver, "pgcode", None)
    arguments: tuple[Any, ...] = getattr(driver, "args", ())
    return state in _STATES or any(type(number) is int and number in _NUMBERS for number in arguments[:1])


def retry_conflicts(times: int = 3) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Have a function called again, up to `times` times in all, when the database has given up what it did for
    another's sake (`is_conflict`); its last error is raised. `def` or `async def`.

    The function opens a unit of its own, `with scope(DB) as db:`, so that each try begins anew.
    """
    if times < 1:
        raise ValueError(f"retry_conflicts(times={times}): once is the least.")

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(
                f"@retry_conflicts on {name_of(function)}: what was yielded cannot be taken back. "
                "Put what is to be tried again into a function that returns."
            )

        @functools.wraps(function)
        def again(*arguments: P.args, **options: P.kwargs) -> R:
            for number in range(1, times):
                try:
                    return function(*arguments, **options)
                except Exception as error:
                    time.sleep(_pause(function, error, number, times))
            return function(*arguments, **options)

        @functools.wraps(function)
        async def again_awaited(*arguments: P.args, **options: P.kwargs) -> Any:
            awaited = cast("Callable[..., Any]", function)
            for number in range(1, times):
                try:
                    return await awaited(*arguments, **options)
                except Exception as error:
                    pause = _pause(function, error, number, times)
                await asyncio.sleep(pause)
            return await awaited(*arguments, **options)

        return cast("Callable[P, R]", again_awaited if inspect.iscoroutinefunction(function) else again)

    return decorate


def _pause(function: Callable[..., Any], error: Exception, number: int, times: int) -> float:
    """How long to wait before the next try; raises what is no conflict."""
    if not is_conflict(error):
        raise error
    log.info("%s: given up by the database, try %d of %d: %s", name_of(function), number, times, error)
    return random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**number))  # noqa: S311 - to come apart, not to hide
