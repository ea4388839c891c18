"""From async plans into the views' own code, which is plain, and from there to what is awaited.

That code runs in a greenlet on the loop, which waits where a method of the class or of the store is awaited: there is
no thread, and no second connection. The greenlets are SQLAlchemy's, so that what a page reads of a row is loaded there.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.util.concurrency import await_, greenlet_spawn

T = TypeVar("T")


async def bridged(work: Callable[[], T]) -> T:
    """What plain code gives, which waits by `waited`."""
    return await greenlet_spawn(work)


def waited(value: Any) -> Any:
    """What comes of something that is to be awaited; anything else is itself."""
    return await_(value) if inspect.isawaitable(value) else value


class Awaited:
    """A store as plain code asks it, whose methods may have to be awaited."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        return partial(_called, found) if callable(found) else found


def _called(method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    return waited(method(*arguments, **options))
