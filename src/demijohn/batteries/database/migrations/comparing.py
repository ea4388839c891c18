"""What leads from the tables of the migrations to those of the models.

Theory. Alembic compares tables, columns, indexes and keys. What it does not compare (CHECK constraints, members of
enums, expressions of computed columns) databases keep in a spelling of their own, so models are made into tables too,
in a second scratch database: what the same server spells differently is different.
"""

from __future__ import annotations

import re
import warnings
from typing import Any, Final

from alembic.autogenerate import produce_migrations
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.util import sqla_compat
from sqlalchemy import CheckConstraint, Computed, Connection, Engine, Enum, Inspector, MetaData, Table, inspect
from sqlalchemy.sql.naming import conv

from .enums import EnumChange, enum_changes
from .journal import TABLE as JOURNAL

_BIND: Final = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")
_OURS: Final = frozenset({"alembic_version", JOURNAL.name})


def compare(engine: Engine, metadata: MetaData, wanted: Connection | None = None, *, others: bool = True) -> Any:
    """Alembic's script from a database to the models; `others` are tables that no model has.

    `wanted` sees the models' tables in a database like it: without it, only what Alembic compares is.
    """

    def counts(thing: Any, name: Any, kind: str, reflected: bool, model: Any) -> bool:
        if kind != "table":
            return True
        return thing.schema is None and name not in _OURS and (others or not reflected or model is not None)

    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_object": counts,
        "autogenerate_plugins": ["alembic.autogenerate.*", "~alembic.ext.checkconstraint_byname"],
    }
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Computed default on")  # compared below
        script: Any = produce_migrations(MigrationContext.configure(connection, opts=options), metadata)
    if wanted is not None:
        with engine.connect() as here:
            _add_rest(script, _Both(here, wanted, metadata))
    return script


def needs_tables(engine: Engine, metadata: MetaData) -> bool:
    """Whether there is anything that only a database with the models' tables can tell."""
    for table in metadata.tables.values():
        if any(isinstance(one, CheckConstraint) for one in table.constraints):
            return True
        if any(column.computed is not None or isinstance(column.type, Enum) for column in table.columns):
            return True
    inspector: Any = inspect(engine)
    if engine.dialect.name == "postgresql" and inspector.get_enums():
        return True
    for name in inspector.get_table_names():
        if inspector.get_check_constraints(name) or any("computed" in column for column in inspector.get_columns(name)):
            return True
    return False


class _Both:
    """A database, what it should be, and the models' tables that are in both."""

    def __init__(self, here: Connection, there: Connection, metadata: MetaData) -> None:
        self.here: Inspector = inspect(here)
        self.there: Inspector = inspect(there)
        names = set(self.here.get_table_names())
        self.dialect = here.dialect
        self.metadata = metadata
        self.tables = [table for table in metadata.sorted_tables if table.schema is None and table.name in names]

    def columns(self, table: Table) -> tuple[dict[str, Any], dict[str, Any]]:
        here, there = (inspector.get_columns(table.name) for inspector in (self.here, self.there))
        return {one["name"]: one for one in here}, {one["name"]: one for one in there}

    def checks(self, table: Table) -> tuple[dict[str, str], dict[str, str]]:
        """By name; those that a type brings with its column, as MariaDB's JSON, go with the column."""
        found = []
        for inspector in (self.here, self.there):
            columns = {column["name"] for column in inspector.get_columns(table.name)}
            rows = inspector.get_check_constraints(table.name)
            found.append({row["name"]: row["sqltext"] for row in rows if row["name"] and row["name"] not in columns})
        return found[0], found[1]


def _add_rest(script: Any, both: _Both) -> None:
    for operation in script.upgrade_ops.ops:
        if isinstance(operation, ops.CreateTableOp):
            operation.columns = [*operation.columns, *_brought_checks(operation, both)]
    for table in both.tables:
        before, after = _check_changes(both, table)
        operations = [*_computed_changes(both, table, script)]
        _merge(script.upgrade_ops, table.name, before, [*operations, *after])
        back = [operation.reverse() for operation in reversed([*operations, *after])]
        _merge(script.downgrade_ops, table.name, back, [operation.reverse() for operation in reversed(before)])


def _brought_checks(operation: Any, both: _Both) -> list[CheckConstraint]:
    """The checks that types bring to a new table, by their names: the file has the types without them."""
    table = both.metadata.tables[operation.table_name]
    named = _named_checks(table, both)
    return [
        CheckConstraint(_spelt(named[row["name"]], both), name=conv(row["name"]))
        for row in both.there.get_check_constraints(table.name)
        if row["name"] in named and named[row["name"]]._type_bound
    ]


def _merge(container: Any, table: str, first: list[Any], last: list[Any]) -> None:
    """Put operations around those that change a table already, so that SQLite rebuilds it once."""
    if not first and not last:
        return
    for operation in container.ops:
        if isinstance(operation, ops.ModifyTableOps) and operation.table_name == table:
            operation.ops = [*first, *operation.ops, *last]
            return
    container.ops.append(ops.ModifyTableOps(table, [*first, *last]))


def _check_changes(both: _Both, table: Table) -> tuple[list[Any], list[Any]]:
    """The checks to drop, before all else, and those to make, after it."""
    here, there = both.checks(table)
    dropped = [name for name in here if here[name] != there.get(name)]
    made = [name for name in there if there[name] != here.get(name)]
    named = _named_checks(table, both)
    new = [
        ops.CreateCheckConstraintOp(name, table.name, _spelt(named[name], both) if name in named else there[name])
        for name in made
    ]
    old = [ops.CreateCheckConstraintOp(name, table.name, here[name]) for name in dropped]
    return [_dropping(one) for one in old], new


def _named_checks(table: Table, both: _Both) -> dict[str, CheckConstraint]:
    """The checks of a model; `Boolean` and `Enum` bring theirs for all databases, and make it on some."""
    return {
        str(sqla_compat._get_constraint_final_name(constraint, both.dialect)): constraint
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }


def _dropping(made: Any) -> Any:
    return ops.DropConstraintOp(made.constraint_name, made.table_name, type_="check", _reverse=made)


def _spelt(constraint: CheckConstraint, both: _Both) -> str:
    """The expression as the model says it, with the marks of parameters that it does not have made plain."""
    options = {"literal_binds": True, "include_table": False}
    spelt = str(constraint.sqltext.compile(dialect=both.dialect, compile_kwargs=options))
    if both.dialect.identifier_preparer._double_percents:
        spelt = spelt.replace("%%", "%")
    return _BIND.sub(r"\\:\1", spelt)


def _computed_changes(both: _Both, table: Table, script: Any) -> list[Any]:
    """A computed column whose expression changed is made anew: its values are computed again."""
    here, there = both.columns(table)
    found: list[Any] = []
    for column in table.columns:
        if not isinstance(column.computed, Computed) or column.name not in here:
            continue
        old = here[column.name].get("computed")
        if (old or {}).get("sqltext") == (there[column.name].get("computed") or {}).get("sqltext"):
            continue
        before = column._copy()
        before.server_default = before.computed = None
        if old is not None:
            Computed(old["sqltext"], persisted=old.get("persisted"))._set_parent(before)
        found.append(ops.DropColumnOp.from_column_and_tablename(None, table.name, before))
        found.append(ops.AddColumnOp.from_column_and_tablename(None, table.name, column._copy()))
    return found


def compare_enums(engine: Engine, wanted: Connection | None) -> list[EnumChange]:
    """The types of PostgreSQL whose members differ, are new or gone."""
    if wanted is None or engine.dialect.name != "postgresql":
        return []
    with engine.connect() as here:
        return enum_changes(here, wanted)
