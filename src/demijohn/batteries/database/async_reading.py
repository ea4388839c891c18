"""Reading at the driver's speed in `async def`: what `reading` decides is asked here, without a greenlet.

Theory. Sync code is run on a loop in a greenlet, and each of these costs a third of what it costs to ask for a row.
Where a unit has nothing to flush and a connection is at hand, nothing need be awaited but the driver's own answer. What
has to wait for anything else takes the greenlet, and is decided there by the same functions.
"""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy.util.concurrency import greenlet_spawn

from .async_pool import AsyncPool
from .direct import Held
from .plans import Planner
from .reading import Question, fill, question_of, read, read_by_session
from .tasks import alone
from .transactions import AsyncTransactions
from .wire import Rows

T = TypeVar("T")


class AsyncDirect(AsyncTransactions):
    """As `Direct`, awaited."""

    @alone
    async def _read(self, into: type[T], what: Any) -> list[T]:
        """As `reading.read`."""
        unit = self._sync
        question = question_of(unit, into, what) if unit._is_clean() else None
        if question is None or not question.plan.is_awaited:
            return await self.run_sync(read, into, what)  # type: ignore[arg-type]
        rows = await self._ask_driver(question)
        if rows is None:
            return await self.run_sync(read_by_session, into, what)  # type: ignore[arg-type]
        return fill(question.plan, into, rows)

    async def _ask_driver(self, question: Question) -> Rows | None:
        """As `Direct.ask_driver`."""
        unit = self._sync
        held = unit._held
        if held is None:
            held = unit._held = await _take(question.planner)
        try:
            return await question.plan.fetch(held.driver, question.sent)
        except Exception as error:
            unit._held = None
            await greenlet_spawn(held.put_away, error)
            return None
        except BaseException:
            # Cancelled amid an answer, of which the rest is still to come.
            unit._held = None
            await greenlet_spawn(held.connection.invalidate)
            raise

    def _waits_for_nothing(self) -> bool:
        """Whether nothing need be awaited to close this unit, which is in no transaction."""
        held = self._sync._held
        pool = None if held is None else held.planner.engine.pool
        return held is None or (isinstance(pool, AsyncPool) and pool.keeps)


async def _take(planner: Planner) -> Held:
    """A connection of the pool's."""
    pool = planner.engine.pool
    if isinstance(pool, AsyncPool):
        await pool.turn()
        if planner.wire is not None and pool.has_ready(planner.wire.is_quiet):
            return Held(planner)
    return await greenlet_spawn(Held, planner)
