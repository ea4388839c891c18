"""Relations that are read before they were loaded: loaded for all rows at once, or refused in words.

Theory. A relation that is read for one row is mostly read for the next one too. So where SQLAlchemy would load it
for that row, it is loaded for all rows of its class in the session that lack it and came with the same options: the
queries do not grow with the rows. SQLAlchemy asks for everything through `do_orm_execute`, which is heard here and
answered. Async code cannot ask where nothing is awaited, and strict units are not meant to: there it is told what to
write instead.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import Result, event, select
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import (
    ColumnProperty,
    InstanceState,
    ORMExecuteState,
    Query,
    QueryableAttribute,
    RelationshipProperty,
    Session,
    attributes,
    load_only,
)
from sqlalchemy.orm.interfaces import ORMOption
from sqlalchemy.util.concurrency import in_greenlet

from .reading_place import reading_place
from .related import Rows, chunks, fill, related
from .row_values import among

log: Final = logging.getLogger("demijohn.database")


class NotLoaded(RuntimeError):
    """A relation or a deferred column was read before it was loaded: in async code, or in a strict unit."""


class LoadingSession(Session):
    """A session that loads a relation for all its rows at once.

    `strict_loading` has it raise `NotLoaded` instead; `log_loading` names the lines that had it load.
    """

    def __init__(
        self, bind: Any = None, *, strict_loading: bool = False, log_loading: bool = False, **options: Any
    ) -> None:
        super().__init__(bind, **options)
        self.strict_loading = strict_loading
        self.log_loading = log_loading
        self._deletes = False
        self._must_await: bool | None = None

    def delete(self, instance: object) -> None:
        """As `Session.delete`; what is deleted along is loaded for this object alone."""
        self._deletes = True
        try:
            super().delete(instance)
        finally:
            self._deletes = False

    def load(self, rows: Any, *what: Any) -> None:
        """Load relations (or deferred columns) of objects that lack them: `db.load(posts, Post.author, Post.tags)`.

        `rows` is one object, or any number of one class; `None` among them is passed over. Each relation is one
        query for 500 rows. What lies deeper is said by SQLAlchemy's options:
        `db.load(posts, selectinload(Post.comments).joinedload(Comment.author))`. What is loaded already stays as it
        is. Raises `TypeError` for an attribute of another class, and SQLAlchemy's `InvalidRequestError` for objects
        that are not of this unit.
        """
        if self.autoflush:
            self.flush()
        owners = self._owners(rows)
        options: list[ORMOption] = []
        for one in what:
            if isinstance(one, ORMOption):
                options.append(one)
            else:
                _load_attribute(self, owners, one)
        if options and owners:
            _load_again(self, owners, options)

    def _owners(self, rows: Any) -> list[Any]:
        given = [rows] if sqlalchemy_inspect(rows, raiseerr=False) is not None else rows
        owners = {id(row): row for row in given if row is not None}
        for row in owners.values():
            state = sqlalchemy_inspect(row, raiseerr=False)
            if not isinstance(state, InstanceState):
                raise TypeError(f"load() takes objects of models, and {type(row).__name__} is none.")
            if state.session is not self or not state.persistent:
                raise InvalidRequestError(f"load() cannot load for {row!r}: it is not in the database of this unit.")
        return list(owners.values())

    def _awaits(self) -> bool:
        """Whether what is sent must be awaited; asked before every statement, so it is remembered."""
        if self._must_await is None:
            self._must_await = bool(self.get_bind().dialect.is_async)
        return self._must_await

    @property
    def _loads_alone(self) -> bool:
        """Whether SQLAlchemy itself reads relations now, to know what to delete or to change."""
        return self._deletes or self._flushing


def hear_loading(kind: type[LoadingSession]) -> None:
    """Have the sessions of a class load relations for all rows at once, and raise `NotLoaded` where they
    cannot."""
    event.listen(kind, "do_orm_execute", _heard)


def _heard(state: ORMExecuteState) -> Result[Any] | None:
    session: Any = state.session
    if session._awaits() and not in_greenlet():
        raise _refusal(state)
    lazy = state.lazy_loaded_from if state.is_select else None
    if lazy is None or not state.is_relationship_load or session._loads_alone:
        return None
    path = state.loader_strategy_path
    relation = None if path is None else _relation_in(path)
    owner = lazy.obj()
    if relation is None or owner is None:
        return None
    if session.strict_loading:
        raise NotLoaded(_relation_text(relation, type(owner), _IN_STRICT))
    if state.statement.get_execution_options().get("autoflush") is False:
        return None  # SQLAlchemy's own affair, amid a change
    return _load_for_all(session, state, relation, owner)


def _relation_in(path: Any) -> RelationshipProperty[Any] | None:
    return next((step for step in reversed(path.path) if isinstance(step, RelationshipProperty)), None)


# For all rows at once -----------------------------------------------------------------------------


def _load_for_all(
    session: LoadingSession, state: ORMExecuteState, relation: RelationshipProperty[Any], owner: Any
) -> Result[Any] | None:
    """What the owner's relation leads to, having given all others theirs; `None` if there are no others."""
    owners = _alike(session, relation, owner)
    if len(owners) < 2:
        return None
    lazy: Any = state.statement

    def ask(statement: Rows) -> Result[Any]:
        return state.invoke_statement(_with_options_of(statement, lazy))

    own: list[Any] | None = None
    for one, found in related(session, relation, owners, ask):
        if one is owner:
            own = found
        else:
            fill(one, relation, found)
    if session.log_loading:
        _tell_line(relation, type(owner), len(owners))
    if own is None:
        return None
    items = {id(item): item for item in own}
    columns = SimpleResultMetaData([relation.key], _create_unique_filters=lambda _: [id])
    return IteratorResult(columns, iter([(item,) for item in items.values()]))


def _with_options_of(statement: Any, lazy: Any) -> Any:
    """The statement with the options that rows brought along: how to load what lies deeper, and criteria.

    SQLAlchemy gives its own loaders their options in the same way, and has no public one.
    """
    mine = statement._clone()
    mine._with_options, mine._compile_options = lazy._with_options, lazy._compile_options
    return mine


def _alike(session: Session, relation: RelationshipProperty[Any], owner: Any) -> list[Any]:
    """The owner, and all rows that lack the relation and came with the same options."""
    first: Any = attributes.instance_state(owner)
    alike = [owner]
    if first.identity_token is not None:
        return alike
    for state in session.identity_map.all_states():
        if relation.key in state.dict or state.expired or state is first:
            continue
        if state.mapper.attrs.get(relation.key) is relation and state.load_options == first.load_options:
            item = state.obj()
            if item is not None:
                alike.append(item)
    return alike


def _load_attribute(session: LoadingSession, owners: Sequence[Any], attribute: Any) -> None:
    prop = getattr(attribute, "property", None)
    if not isinstance(attribute, QueryableAttribute) or not isinstance(prop, RelationshipProperty | ColumnProperty):
        raise TypeError(f"load() takes attributes of models (Post.author) or SQLAlchemy's options, not {attribute!r}.")
    for owner in owners:
        if not sqlalchemy_inspect(owner).mapper.isa(prop.parent):
            raise TypeError(
                f"load() was given {type(owner).__name__} objects, and {attribute} is not theirs. What lies deeper is "
                f"said by options: selectinload(...).selectinload({attribute})."
            )
    lacking = [owner for owner in owners if prop.key in attributes.instance_state(owner).unloaded]
    if isinstance(prop, ColumnProperty):
        _load_again(session, lacking, [load_only(attribute)])
        return
    for group in _by_options(lacking):
        for owner, found in related(session, prop, group, partial(_ask, session, prop, group[0])):
            fill(owner, prop, found)


def _by_options(owners: Iterable[Any]) -> list[list[Any]]:
    groups: dict[tuple[int, ...], list[Any]] = {}
    for owner in owners:
        options = attributes.instance_state(owner).load_options
        groups.setdefault(tuple(id(option) for option in options), []).append(owner)
    return list(groups.values())


def _ask(session: Session, relation: RelationshipProperty[Any], owner: Any, statement: Any) -> Result[Any]:
    """Run a query with the options that an owner was loaded with, and below its place in their paths."""
    state: Any = attributes.instance_state(owner)
    if state.load_options:
        statement = statement._clone()
        statement._with_options = state.load_options
        statement._compile_options = Query._compile_options + {"_current_path": state.load_path[relation]}
    return session.execute(statement)


def _load_again(session: Session, owners: Sequence[Any], options: Sequence[ORMOption]) -> None:
    """Query rows again for what they lack; what they have is not overwritten."""
    for mapper in {sqlalchemy_inspect(owner).mapper for owner in owners}:
        keys = [state.identity for state in map(sqlalchemy_inspect, owners) if state.mapper is mapper]
        dialect = session.get_bind(mapper).dialect.name
        for some in chunks(keys, len(mapper.primary_key)):
            statement = select(mapper.class_).where(among(mapper.primary_key, some, dialect)).options(*options)
            session.execute(statement).unique().all()


# In words -----------------------------------------------------------------------------------------

_IN_ASYNC: Final = "async code cannot load it when it is read"
_IN_STRICT: Final = "strict units load nothing when it is read"


def _refusal(state: ORMExecuteState) -> NotLoaded:
    if state.is_column_load:
        return NotLoaded(_column_text(state))
    relation = _relation_in(state.loader_strategy_path) if state.is_relationship_load else None
    if relation is not None:
        lazy = state.lazy_loaded_from
        return NotLoaded(_relation_text(relation, relation.parent.class_ if lazy is None else lazy.class_, _IN_ASYNC))
    return NotLoaded(
        "A query was sent where async code cannot wait for it: by a relation with lazy='dynamic', or by a verb of the "
        "sync session. Write: await db.all(statement), or await db.run(function)."
    )


def _relation_text(relation: RelationshipProperty[Any], owner: type, why: str) -> str:
    name = f"{owner.__name__}.{relation.key}"
    load = "await db.load" if in_greenlet() or why is _IN_ASYNC else "db.load"
    return (
        f"{name} is not loaded, and {why}. Load it with the rows: "
        f"select({owner.__name__}).options(selectinload({name})); or afterwards: {load}(rows, {name})."
    )


def _column_text(state: ORMExecuteState) -> str:
    mapper = state.bind_mapper
    owner = "An object" if mapper is None else mapper.class_.__name__
    compiled: Any = getattr(state.statement, "_compile_options", None)
    names = sorted(getattr(compiled, "_only_load_props", None) or ())
    if mapper is None or not names:
        return f"{owner} has expired, and {_IN_ASYNC}. Write before: await db.refresh(item)."
    first = f"{owner}.{names[0]}"
    return (
        f"{first} is not loaded (it is deferred, computed by the database, or has expired), and {_IN_ASYNC}. Load it "
        f"with the rows: select({owner}).options(undefer({first})); or afterwards: await db.load(rows, {first})."
    )


_TOLD: Final[set[tuple[str, int, str]]] = set()


def _tell_line(relation: RelationshipProperty[Any], owner: type, rows: int) -> None:
    """Name the line that reads the relation, once."""
    file, line = reading_place()
    name = f"{owner.__name__}.{relation.key}"
    if (file, line, name) in _TOLD:
        return
    _TOLD.add((file, line, name))
    log.info(
        "%s:%d reads %s of rows that came without it: it was loaded for all %d of them. Say so where they are "
        "selected: select(%s).options(selectinload(%s)).",
        file, line, name, rows, owner.__name__, name,
    )  # fmt: skip
