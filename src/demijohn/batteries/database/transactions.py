"""Transactions asked for by name: `with db.transaction(isolation="SERIALIZABLE"):`, and what follows a commit.

A unit of work begins by itself when something is written, which is right for most. A block is for who wants to
begin at once, to commit before the unit ends, or to be isolated more strictly.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from typing import Any, Final, Literal, Self, TypeAlias, TypeVar, get_args

from sqlalchemy.orm import Session

from .begin import has_begun, start
from .commits import Hooks, is_async, name_of
from .tasks import OneAtATime
from .timed import Timed

F = TypeVar("F", bound=Callable[[], Any])
Isolation: TypeAlias = Literal["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]

_LEVELS: Final = get_args(Isolation)


class Transactions(Timed):
    """What `DB` knows of transactions and of their ends."""

    _hooks: Hooks | None = None

    @contextmanager
    def transaction(self, isolation: Isolation | None = None) -> Iterator[Self]:
        """A block that begins at once, commits at its end, and rolls back if it is left by an error.

        In a unit that has begun already it is a savepoint; with an `isolation` that raises `RuntimeError`, as a
        transaction cannot be isolated afterwards. The level holds for the block alone. A transaction that the
        database gives up for the sake of another is answered 503: the client may come again.
        """
        _check_level(isolation)
        if in_database_transaction(self):
            if isolation is not None:
                raise RuntimeError(
                    f"transaction(isolation={isolation!r}): this unit of work is in a transaction already, as it "
                    "wrote or is in another block. Begin before that, or in a unit of its own: with scope(DB) as db:"
                )
            with self.begin_nested():
                yield self
            return
        start(self.connection(), isolation)
        try:
            yield self
        except BaseException:
            self.rollback()
            raise
        self.commit()

    def on_commit(self, function: F) -> F:
        """Have `function()` called when this unit has committed, before the answer is sent; as a decorator, too.

        It is dropped if the unit, or the savepoint that it was left in, is rolled back. An error in it is logged
        and changes nothing: the commit stands, and so does the answer. Coroutine functions are for `AsyncDB`.
        """
        if is_async(function) and not self.get_bind().dialect.is_async:
            raise TypeError(
                f"on_commit({name_of(function)}): an async function cannot be awaited in a def handler. Leave a plain "
                "function, or write the handler as async def with an AsyncDB."
            )
        if self._hooks is None:
            self._hooks = Hooks(self)
        self._hooks.add(function)
        return function

    def rollback(self) -> None:
        """As `Session.rollback`; what was left to `on_commit` is dropped."""
        if self._hooks:
            self._hooks.drop()
        super().rollback()

    def close(self) -> None:
        """As `Session.close`; what was left to `on_commit` is dropped."""
        if self._hooks:
            self._hooks.drop()
        super().close()

    def pause(self) -> None:
        """Give the connection back to the pool, if nothing was written in this unit; the objects stay."""
        self._release()
        if not self.in_transaction() or self.new or self.dirty or self.deleted or in_database_transaction(self):
            return
        hooks, waiting = self._hooks, self._hooks.take() if self._hooks else []
        self.commit()
        if hooks is not None:
            hooks.put(waiting)

    def finish(self) -> None:
        """Commit what the unit has done, and what is done after its commits."""
        while self.in_transaction() or self._hooks:
            self.commit()


class AsyncTransactions(OneAtATime):
    """As `Transactions`, awaited."""

    @asynccontextmanager
    async def transaction(self, isolation: Isolation | None = None) -> AsyncIterator[Self]:
        """As `DB.transaction`, by `async with`."""
        block = self._sync.transaction(isolation)
        await self.run_sync(_enter, block)
        try:
            yield self
        except BaseException as error:
            if not await self.run_sync(_leave, block, error):
                raise
        else:
            await self.run_sync(_leave, block, None)

    def on_commit(self, function: F) -> F:
        """As `DB.on_commit`; `function` may be a coroutine function. A plain one must not block."""
        return self._sync.on_commit(function)

    def statement_timeout(self, seconds: float | None) -> AbstractContextManager[None]:
        """As `DB.statement_timeout`, by a plain `with`: nothing of it is awaited."""
        return self._sync.statement_timeout(seconds)

    async def finish(self) -> None:
        """As `DB.finish`."""
        if self.in_transaction() or self._sync._hooks:
            await self.run_sync(_finish)

    async def pause(self) -> None:
        """As `DB.pause`."""
        if self.in_transaction() or self._sync._held is not None:
            await self.run_sync(_pause)

    def end(self) -> None:
        """As `DB.end`."""
        self._sync.end()

    @property
    def _sync(self) -> Transactions:
        session: Any = self.sync_session
        return session  # type: ignore[no-any-return]


def in_database_transaction(db: Session) -> bool:
    """Whether a unit of work has begun a transaction in its database; to have read is not to have begun."""
    begun = db.get_transaction()
    return begun is not None and any(has_begun(connection) for connection in begun.connections)


def _check_level(isolation: str | None) -> None:
    if isolation is not None and isolation not in _LEVELS:
        raise ValueError(f"transaction(isolation={isolation!r}): the levels are {', '.join(_LEVELS)}.")


def _enter(_: Session, block: AbstractContextManager[Any]) -> None:
    block.__enter__()


def _leave(_: Session, block: AbstractContextManager[Any], error: BaseException | None) -> bool | None:
    return block.__exit__(None if error is None else type(error), error, getattr(error, "__traceback__", None))


def _pause(db: Any) -> None:
    db.pause()


def _finish(db: Any) -> None:
    db.finish()
