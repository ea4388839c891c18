"""One unit of work, one task: who asks it for two things at once is told so, whatever the driver would make of it."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

_ASKING: Final = (
    "connection", "commit", "delete", "delete_all", "execute", "flush", "get", "get_one", "invalidate", "merge",
    "merge_all", "refresh", "reset", "rollback", "run_sync", "scalar", "scalars", "stream", "stream_scalars",
)  # fmt: skip
"""The methods of an `AsyncSession` that ask the database; to close it is for whoever made it."""


class UnitInUse(RuntimeError):
    """Two tasks asked one unit of work at the same time: its one connection answers one question at a time."""


class OneAtATime(AsyncSession):
    """A session that raises `UnitInUse` for a second task while another waits for its answer."""

    _user: asyncio.Task[Any] | None = None
    _freed: asyncio.Future[None] | None = None

    async def wait_until_free(self) -> None:
        """Wait for the answer that another task waits for."""
        while self._user is not None and self._user is not asyncio.current_task():
            if self._freed is None:
                self._freed = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._freed)

    def _free(self) -> None:
        self._user = None
        freed, self._freed = self._freed, None
        if freed is not None and not freed.done():
            freed.set_result(None)


def alone(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Have a method raise `UnitInUse` where another task waits for an answer."""

    @functools.wraps(method)
    async def guarded(self: OneAtATime, *arguments: Any, **options: Any) -> Any:
        task, user = asyncio.current_task(), self._user
        if user is not None:
            if user is not task:
                raise _in_use(user)
            return await method(self, *arguments, **options)
        self._user = task
        try:
            return await method(self, *arguments, **options)
        finally:
            self._free()

    return guarded


def _in_use(user: asyncio.Task[Any]) -> UnitInUse:
    return UnitInUse(
        f"This unit of work is in use by another task ({user.get_name()}): its one connection answers one question at "
        "a time, so asyncio.gather() over it gains nothing. Await one after the other, or give each task a unit of its "
        "own: async with scope(AsyncDB) as db: ..."
    )


for _name in _ASKING:
    setattr(OneAtATime, _name, alone(getattr(AsyncSession, _name)))
