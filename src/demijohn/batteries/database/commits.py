"""What is done once a unit of work is committed: mails, messages, tasks, for which a rollback would come too late.

    db.on_commit(send) ── COMMIT ── send() ── the answer is sent
                     └── ROLLBACK: forgotten

What was left inside of a savepoint is forgotten when that is rolled back. Nothing is listened to in a unit that
left nothing to do.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.util.concurrency import await_

log = logging.getLogger("demijohn.database")

Hook = Callable[[], Any]


class Hooks:
    """The functions that one unit of work calls after its commit, in the order in which they were left."""

    def __init__(self, session: Session) -> None:
        self._waiting: list[Hook] = []
        self._marks: dict[SessionTransaction, int] = {}
        self._committed = False
        event.listen(session, "after_transaction_create", self._created)
        event.listen(session, "after_commit", self._commits)
        event.listen(session, "after_soft_rollback", self._rolled_back)
        event.listen(session, "after_transaction_end", self._ended)

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, hook: Hook) -> None:
        """Leave a function to be called."""
        self._waiting.append(hook)

    def drop(self) -> None:
        """Forget all that waits."""
        self._waiting.clear()

    def take(self) -> list[Hook]:
        """All that waits, to be put back later: for a commit that ends nothing."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def put(self, waiting: list[Hook]) -> None:
        """Put back what was taken."""
        self._waiting = waiting

    def _created(self, session: Session, transaction: SessionTransaction) -> None:
        if transaction.nested:
            self._marks[transaction] = len(self._waiting)

    def _commits(self, session: Session) -> None:
        self._committed = session.get_nested_transaction() is None

    def _rolled_back(self, session: Session, transaction: SessionTransaction) -> None:
        if transaction.nested:
            # One that is not known was begun before anything was left.
            del self._waiting[self._marks.get(transaction, 0) :]

    def _ended(self, session: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is None:
            self._marks.clear()
            waiting, self._waiting = self._waiting, []
            committed, self._committed = self._committed, False
            for hook in waiting if committed else ():
                _call(hook)


def _call(hook: Hook) -> None:
    """Call a hook; what it raises is logged, as the commit cannot be undone."""
    try:
        result = hook()
        if inspect.isawaitable(result):
            await_(_awaited(result))
    except Exception:
        log.exception("%s failed, which was left to on_commit(); the commit stands.", name_of(hook))


async def _awaited(result: Any) -> Any:
    return await result


def is_async(hook: Hook) -> bool:
    """Whether calling a hook gives something to await."""
    target = inspect.unwrap(hook)
    return inspect.iscoroutinefunction(target) or inspect.iscoroutinefunction(getattr(target, "func", None))


def name_of(hook: Hook) -> str:
    """What a hook is called in messages."""
    name: str = getattr(hook, "__qualname__", None) or repr(hook)
    return name
