"""What async code has not loaded, told in words: no query can be sent where nothing is awaited."""

from __future__ import annotations

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, RelationshipProperty, Session
from sqlalchemy.util.concurrency import in_greenlet


class NotLoaded(RuntimeError):
    """A relation or a deferred column was read in async code before it was loaded."""


def tell_unloaded(kind: type[Session]) -> None:
    """Have the sessions of a class raise `NotLoaded` where SQLAlchemy would fail for lack of an `await`."""
    event.listen(kind, "do_orm_execute", _refuse_hidden_query)


def _refuse_hidden_query(state: ORMExecuteState) -> None:
    if not (state.is_relationship_load or state.is_column_load) or in_greenlet():
        return
    if state.session.get_bind().dialect.is_async:
        raise _relation_error(state) if state.is_relationship_load else _column_error(state)


def _relation_error(state: ORMExecuteState) -> NotLoaded:
    path = state.loader_strategy_path
    steps = [] if path is None else [step for step in path.path if isinstance(step, RelationshipProperty)]
    if not steps:
        return NotLoaded("A relation is not loaded, and async code cannot load it when it is read.")
    owner, name = steps[-1].parent.class_.__name__, steps[-1].key
    return NotLoaded(
        f"{owner}.{name} is not loaded, and async code cannot load it when it is read. Load it with the query: "
        f"select({owner}).options(selectinload({owner}.{name})); or afterwards: "
        f'await db.refresh(item, ["{name}"]).'
    )


def _column_error(state: ORMExecuteState) -> NotLoaded:
    mapper = state.bind_mapper
    name = "An object" if mapper is None else f"A {mapper.class_.__name__}"
    return NotLoaded(
        f"{name} has columns that are not loaded (deferred, or computed by the database), and async code cannot "
        "load them when they are read. Write before: await db.refresh(item)."
    )
