"""Reading at the driver's speed: rows from the pool's connection into schemas, and objects by their key.

Theory. Between the driver's row and the object that is sent, the session costs most of the time, and a read that
changes nothing needs none of it. So a plain select is compiled once and run on a driver connection of the unit,
which is the session's own as soon as it needs one. Where anybody could tell the difference (a transaction has
begun, somebody listens to SQL or loading, a statement is not plain), the session is asked instead, and gives the
same. What fails is asked again of the session, which says in its own words why.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Select, bindparam, select
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.orm import ColumnProperty, Mapper, Session, attributes
from sqlalchemy.pool import PoolProxiedConnection

from demijohn.kernel.replies import shaped

from .loading import LoadingSession
from .plans import Plan, Planner, planner_of
from .queries import Asked
from .statement_key import statement_key
from .wire import Rows

T = TypeVar("T")

OWN_LISTENERS: Final = 2
"""What hears a unit's statements anyway: loading for all rows at once, and the hiding of deleted rows. Neither
touches what a plan is made of."""


class Direct(LoadingSession):
    """A session that can also ask its driver: with one connection at a time, the driver's or its own."""

    _held: tuple[Engine, PoolProxiedConnection] | None = None

    def get_bind(self, *args: Any, **options: Any) -> Any:
        """As `Session.get_bind`, which comes before all that the session asks: the connection is given back."""
        if self._held is not None:
            self._release()
        return super().get_bind(*args, **options)

    def close(self) -> None:
        """As `Session.close`."""
        self._release()
        super().close()

    def commit(self) -> None:
        """As `Session.commit`."""
        self._release()
        self.flush()  # what is refused is so before the commit begins, where the unit can still roll back
        super().commit()

    def rollback(self) -> None:
        """As `Session.rollback`."""
        self._release()
        super().rollback()

    def _release(self) -> None:
        """Give the driver's connection back to the pool, if there is one."""
        held, self._held = self._held, None
        if held is not None:
            held[1].close()

    def _planner(self) -> Planner | None:
        """Who makes plans for this unit, or `None` where the session must be asked."""
        if self.autoflush:
            self.flush()
        if self.in_transaction() or len(self.dispatch.do_orm_execute) != OWN_LISTENERS:
            return None
        engine = self._held[0] if self._held is not None else super().get_bind()
        if type(engine) is not Engine:
            return None
        planner = planner_of(engine)
        return planner if planner.is_open else None

    def _run_plan(self, planner: Planner, plan: Plan, values: Sequence[Any]) -> Rows | None:
        """The rows, or `None` if the driver made an error of it: nothing was changed, so it may be asked
        again."""
        if self._held is None:
            self._held = planner.engine, planner.engine.raw_connection()
        connection = self._held[1]
        try:
            return plan.run(connection.dbapi_connection, values)
        except Exception as error:
            self._held = None
            _put_away(planner.engine, connection, error)
            return None
        except BaseException:
            # Cancelled amid an answer, of which the rest is still to come.
            self._held = None
            connection.invalidate()
            raise


def _put_away(engine: Engine, connection: PoolProxiedConnection, error: Exception) -> None:
    """Give a connection back after an error, unless it is the connection that is broken."""
    lost = isinstance(error, engine.dialect.loaded_dbapi.Error) and engine.dialect.is_disconnect(
        error,
        connection,
        None,
    )
    if lost:
        connection.invalidate(error)
    connection.close()


# Into schemas -------------------------------------------------------------------------------------


def read(db: Direct, into: type[T], what: Any) -> list[T]:
    """The rows of a statement or query, each as a value of `into`."""
    planner = db._planner()
    if planner is not None:
        rows = _read_plain(db, planner, into, what)
        if rows is not None:
            names = field_names(into)
            return [into(**dict(zip(names, row, strict=True))) for row in rows]
    return _read_by_session(db, into, what)


def _read_plain(db: Direct, planner: Planner, into: type, what: Any) -> Rows | None:
    if isinstance(what, Asked):
        query = what.query
        plan = planner.plan((into, query), lambda: narrowed(into, query.statement))
        return None if plan is None else db._run_plan(planner, plan, plan.values_named(what.values))
    statement = select(what) if isinstance(what, type) else what
    key = statement_key(statement) if isinstance(statement, Select) else None
    if key is None or any(bind.required for bind in key.binds):
        return None
    plan = planner.plan_of((into, key.shape), key, lambda: narrowed(into, statement))
    return None if plan is None else db._run_plan(planner, plan, plan.values_from(key.binds))


def _read_by_session(db: Direct, into: type[T], what: Any) -> list[T]:
    statement: Any = what.statement if isinstance(what, Asked) else select(what) if isinstance(what, type) else what
    names = field_names(into)
    fitting = narrowed(into, statement)
    if fitting is not None:
        return [into(**dict(zip(names, row, strict=True))) for row in db.execute(fitting)]
    result = db.execute(statement)
    if getattr(result, "_unique_filter_state", None):
        result = result.unique()
    entity = _entity(statement)
    if entity is not None:
        items = result.scalars()
        if any(name in sqlalchemy_inspect(entity).mapper.relationships for name in names):
            return [shaped(item, into, "db.read") for item in items.all()]
        return [into(**{name: getattr(item, name) for name in names}) for item in items]
    return [into(**{name: row._mapping[name] for name in names}) for row in result]


_FIELDS: Final[WeakKeyDictionary[type, tuple[str, ...]]] = WeakKeyDictionary()


def field_names(into: type) -> tuple[str, ...]:
    """The names that a schema is filled by: its fields, in their order."""
    names = _FIELDS.get(into)
    if names is None:
        struct = getattr(into, "__struct_fields__", None)
        if struct is None and not dataclasses.is_dataclass(into):
            raise TypeError(f"read() fills a Schema or a dataclass, and {into.__name__} is neither.")
        names = _FIELDS[into] = tuple(struct or (one.name for one in dataclasses.fields(into) if one.init))
    return names


def _entity(statement: Any) -> Any:
    """The one model (or alias of one) that a statement selects, or `None`."""
    described: Any = getattr(statement, "column_descriptions", ())
    if len(described) != 1 or described[0]["expr"] is not described[0]["entity"]:
        return None
    return described[0]["entity"]


def narrowed(into: type, statement: Any) -> Select[Any] | None:
    """The statement with the columns of a schema and no others, if that gives the same rows; raises
    `TypeError` for fields that nothing fills."""
    names, entity = field_names(into), _entity(statement)
    if entity is None:
        columns = _by_name(into, statement, names)
        same = isinstance(statement, Select) and len(columns) == len(statement.selected_columns)
    else:
        _require_all(
            into,
            [name for name in names if not hasattr(entity, name)],
            [attribute.key for attribute in sqlalchemy_inspect(entity).mapper.attrs],
        )
        columns = [getattr(entity, name) for name in names]
        same = _is_plain_entity(entity, names)
    # Fewer columns than a statement selects may lose a FROM, or make other rows distinct: the session knows.
    if not same or not isinstance(statement, Select) or statement._with_options:
        return None
    if entity is not None and (statement._distinct or statement._group_by_clauses):
        return None
    fitting: Any = statement.with_only_columns(*columns)
    return cast("Select[Any]", fitting)


def _by_name(into: type, statement: Any, names: Sequence[str]) -> list[Any]:
    selected: dict[str, Any] = {}
    for column in statement.selected_columns:
        selected[getattr(column, "key", None) or column.name] = column
    _require_all(into, [name for name in names if name not in selected], list(selected))
    return [selected[name] for name in names]


def _require_all(into: type, missing: Sequence[str], there: Sequence[str]) -> None:
    if missing:
        raise TypeError(
            f"{into.__name__} has fields that the statement does not select: {', '.join(missing)}. "
            f"It selects: {', '.join(there)}. Name a column with .label({missing[0]!r})."
        )


def _is_plain_entity(entity: Any, names: Sequence[str]) -> bool:
    """Whether the columns say all that loading objects would: no inheritance, hooks or joined relations."""
    mapper: Mapper[Any] = sqlalchemy_inspect(entity).mapper
    heard = mapper.class_manager.dispatch
    attributes_ = [mapper.attrs.get(name) for name in names]
    return (
        mapper.inherits is None
        and mapper.polymorphic_on is None
        and not heard.load
        and not heard.refresh
        and all(isinstance(one, ColumnProperty) and len(one.columns) == 1 for one in attributes_)
        and all(relation.lazy not in {"joined", False} for relation in mapper.relationships)
    )


# Objects by their key -----------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class _Loader:
    """How the objects of one model are read by their key."""

    mapper: Mapper[Any]
    names: tuple[str, ...]
    key_at: int
    statement: Select[Any]


_LAZY: Final = frozenset({"select", True, "raise", "raise_on_sql", "dynamic", "write_only"})
"""Ways of a relation to be loaded that do nothing when its owner is."""

_LOADERS: Final[WeakKeyDictionary[type, _Loader | None]] = WeakKeyDictionary()


def find_by_key(db: Direct, model: type[T], key: Any, otherwise: Callable[[], T | None]) -> T | None:
    """The object with that key (of one column); of a plain model without the session's help."""
    try:
        loader = _LOADERS[model]
    except KeyError:
        loader = _LOADERS[model] = _make_loader(model)
    if loader is None or db.dispatch.loaded_as_persistent or loader.mapper.class_manager.dispatch.load:
        return otherwise()
    identity = loader.mapper.identity_key_from_primary_key((key,))
    planner = None if identity in db.identity_map else db._planner()
    plan = None if planner is None else planner.plan(loader.mapper, lambda: loader.statement)
    if planner is None or plan is None:
        return otherwise()
    rows = db._run_plan(planner, plan, (key,))
    if rows is None:
        return otherwise()
    return cast("T", _adopt(db, loader, rows[0])) if rows else None


def _make_loader(model: type) -> _Loader | None:
    mapper: Mapper[Any] = sqlalchemy_inspect(model)
    attributes_ = list(mapper.column_attrs)
    names = tuple(one.key for one in attributes_)
    plain = (
        len(mapper.primary_key) == 1
        and _is_plain_entity(model, names)
        and not any(one.deferred or not mapper.local_table.c.contains_column(one.columns[0]) for one in attributes_)
        and all(relation.lazy in _LAZY for relation in mapper.relationships)
    )
    if not plain:
        return None
    columns = [one.columns[0] for one in attributes_]
    (key,) = mapper.primary_key
    key_at = names.index(mapper.get_property_by_column(key).key)
    return _Loader(mapper, names, key_at, select(*columns).where(key == bindparam("key", type_=key.type)))


def _adopt(db: Session, loader: _Loader, row: Sequence[Any]) -> Any:
    """An object of the session's own, as if it had loaded it."""
    item = loader.mapper.class_manager.new_instance()
    state = attributes.instance_state(item)
    state.dict.update(zip(loader.names, row, strict=True))
    # The key as the database has it, which may find text in another case.
    state.key = loader.mapper.identity_key_from_primary_key((row[loader.key_at],))
    known = db.identity_map.get(state.key)
    if known is not None:
        return known
    state.session_id = db.hash_key
    db.identity_map.add(state)
    return item
