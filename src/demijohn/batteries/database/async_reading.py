"""Reading at the driver's speed in `async def`: what `reading` decides is asked here, without a greenlet.

Theory. Sync code is run on a loop in a greenlet, and each of these costs a third of what it costs to ask for a row.
Where a unit has nothing to flush and a connection is at hand, nothing need be awaited but the driver's own answer. What
has to wait for anything else takes the greenlet, and is decided there by the same functions.
"""

from __future__ import annotations

from collections.abc import Generator
from types import coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.util.concurrency import greenlet_spawn

from .async_pool import AsyncPool, LoopPool
from .by_key import adopt, is_one_key, seek
from .direct import Held
from .glance import GlancingPool
from .plans import Plan, Planner
from .reading import fill, question_of, read, read_by_session
from .tasks import alone
from .transactions import AsyncTransactions
from .wire import Rows

T = TypeVar("T")


class AsyncDirect(AsyncTransactions):
    """As `Direct`, awaited."""

    if not TYPE_CHECKING:  # where it is SQLAlchemy's, with all its types

        @alone
        async def get(self, entity: Any, ident: Any, **options: Any) -> Any:
            """As `AsyncSession.get`; a plain object that is not there yet comes past the session."""
            unit = self._sync
            if is_one_key(entity, ident, options) and unit._is_clean():
                sought = seek(unit, entity, ident)
                rows = None if sought is None else await self._ask(*sought[1:])
                if rows is not None:
                    return adopt(unit, sought[0], rows)
            return await super().get(entity, ident, **options)

    @alone
    async def _read(self, into: type[T], what: Any) -> list[T]:
        """As `reading.read`."""
        unit = self._sync
        question = question_of(unit, into, what) if unit._is_clean() else None
        if question is None:
            return await self.run_sync(read, into, what)  # type: ignore[arg-type]
        rows = await self._ask(question.planner, question.plan, question.sent)
        if rows is not None:
            return fill(question.plan, into, rows)
        otherwise = read_by_session if question.plan.is_awaited else read
        return await self.run_sync(otherwise, into, what)  # type: ignore[arg-type]

    async def _ask(self, planner: Planner, plan: Plan, sent: Any) -> Rows | None:
        """The rows, or `None` where the unit must be asked in a greenlet."""
        pool = planner.engine.pool
        if isinstance(pool, GlancingPool):
            rows = pool.look(plan, sent)
            if rows is not None:
                # Others come next, as where there is something to wait for; a task that asks this unit too is told.
                await _others()
                return rows
            if pool.glance is None:
                await pool.open_glance()
        return await self._ask_driver(planner, plan, sent) if plan.is_awaited else None

    async def _ask_driver(self, planner: Planner, plan: Plan, sent: Any) -> Rows | None:
        """As `Direct.ask_driver`."""
        unit = self._sync
        held = unit._held
        if held is None:
            held = unit._held = await _take(planner)
        try:
            return await plan.fetch(held.driver, sent)
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
        pool: Any = None if held is None else held.connection._pool
        return held is None or (isinstance(pool, LoopPool) and pool.keeps)


@coroutine
def _others() -> Generator[None, None, None]:
    """What `asyncio.sleep(0)` comes to."""
    yield


async def _take(planner: Planner) -> Held:
    """A connection of the pool's."""
    pool = planner.engine.pool
    if isinstance(pool, AsyncPool):
        place = pool.here()
        await place.turn()
        if planner.wire is not None and place.has_ready(planner.wire.is_quiet):
            return Held(planner, place)
    return await greenlet_spawn(Held, planner)
