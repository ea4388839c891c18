"""Many rows into PostgreSQL by COPY, where it does what INSERT would.

Theory. COPY parses values by the columns, where INSERT casts them. So it is taken for values of the columns' own
types only, and for defaults that are made here; all else is left to INSERT, and the rows are the same.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ARRAY, JSON, Column, Connection, Table, types
from sqlalchemy.dialects.postgresql import INTERVAL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.util.concurrency import await_

from .begin import has_begun, start
from .budget import note_statement
from .deadlines import tell_overdue

WORTHWHILE: Final = 50
"""Fewer rows are as quick by INSERT."""

Row = Mapping[str, Any]
Fits = Callable[[Any], bool]


def copy_rows(db: Session, table: Table, rows: Sequence[Row]) -> bool:
    """Copy rows that give the same columns; `False`, and nothing done, if they are better inserted."""
    bind: Any = db.get_bind(clause=table)
    send = _SENDERS.get(bind.dialect.driver) if bind.dialect.name == "postgresql" else None
    if send is None or len(rows) < WORTHWHILE or bind.get_execution_options().get("schema_translate_map"):
        return False
    columns = _columns(table, rows[0])
    records = None if columns is None else _records(columns, rows, bind.dialect)
    if columns is None or records is None:
        return False
    connection = db.connection(bind_arguments={"clause": table})
    _begin(connection)
    _send(connection, table, columns, records, send)
    return True


def _begin(connection: Connection) -> None:
    if not has_begun(connection):
        start(connection, None)
    elif "isolation_level" in connection.get_execution_options():
        connection.exec_driver_sql("SELECT 1")  # asyncpg's adapter begins with a statement


# What is sent -------------------------------------------------------------------------------------


class _Context:
    """What a default is called with, as far as one of a single row needs it."""

    def __init__(self, row: Row) -> None:
        self.current_parameters = row

    def get_current_parameters(self, isolate_multiinsert_groups: bool = True) -> Row:
        """The row as it was given."""
        return self.current_parameters


def _columns(table: Table, row: Row) -> list[Column[Any]] | None:
    """The columns that are given or have a default here; `None` if the database must compute any."""
    columns: list[Column[Any]] = []
    for column in table.columns:
        if column.name in row:
            if column.identity is not None and column.identity.always:
                return None  # INSERT refuses this, and COPY does not
            columns.append(column)
        elif column.default is not None:
            if not (column.default.is_scalar or column.default.is_callable):
                return None
            columns.append(column)
    return columns


def _records(columns: Sequence[Column[Any]], rows: Sequence[Row], dialect: Any) -> list[tuple[Any, ...]] | None:
    """The values as the driver takes them; `None` if any is not of its column's own type."""
    fitting = []
    for column in columns:
        impl = column.type.dialect_impl(dialect)
        check = _check(impl)
        if check is None:
            return None
        fitting.append((_giver(column), impl.bind_processor(dialect), check))
    records = []
    for row in rows:
        record = []
        for give, process, fits in fitting:
            value = give(row)
            sent = value if process is None else process(value)
            if sent is not None and not fits(sent):
                return None
            record.append(sent)
        records.append(tuple(record))
    return records


def _giver(column: Column[Any]) -> Callable[[Row], Any]:
    name, default = column.name, column.default
    if default is None:
        return lambda row: row[name]
    argument: Any = default.arg  # type: ignore[attr-defined]
    if default.is_scalar:
        return lambda row: row.get(name, argument)
    return lambda row: row[name] if name in row else argument(_Context(row))


def _check(impl: Any) -> Fits | None:
    """Whether a value is of the column's own type; `None` for types that are left to INSERT."""
    while isinstance(impl, types.TypeDecorator):
        impl = impl.impl_instance
    if type(impl).__name__ in _LEFT:
        return None
    if isinstance(impl, ARRAY):
        inner = _check(impl.item_type)
        return None if inner is None else _is_list_of(inner)
    if isinstance(impl, types.DateTime):
        return lambda value: type(value) is dt.datetime and (value.tzinfo is not None) == bool(impl.timezone)
    if isinstance(impl, types.Time):
        return lambda value: type(value) is dt.time and value.tzinfo is None and not impl.timezone
    if isinstance(impl, JSON):
        return lambda value: True
    if isinstance(impl, types.LargeBinary):
        return lambda value: type(getattr(value, "obj", value)) is bytes  # psycopg's is wrapped
    kinds = next((kinds for kind, kinds in _KINDS if isinstance(impl, kind)), None)
    return None if kinds is None else lambda value: type(value) in kinds


def _is_list_of(inner: Fits) -> Fits:
    def fits(value: Any) -> bool:
        return type(value) is list and all(
            fits(one) if type(one) is list else one is None or inner(one) for one in value
        )

    return fits


_LEFT: Final = frozenset({"CITEXT", "JSONPATH", "JSONPathType"})
_KINDS: Final[tuple[tuple[type, tuple[type, ...]], ...]] = (
    (types.Boolean, (bool,)),
    (types.Integer, (int,)),
    (types.Float, (float, int)),
    (types.Numeric, (Decimal, int)),
    (types.String, (str,)),  # and Enum
    (types.Date, (dt.date,)),
    (INTERVAL, (dt.timedelta,)),
    (types.Uuid, (uuid.UUID, str)),
)


# How it is sent -----------------------------------------------------------------------------------

Send = Callable[[Any, str, Table, Sequence[str], Sequence[tuple[Any, ...]]], None]


def _send(
    connection: Connection, table: Table, columns: Sequence[Column[Any]], records: Sequence[tuple[Any, ...]], send: Send
) -> None:
    """Copy; raises what SQLAlchemy would raise for an INSERT."""
    prepare, pooled, dialect = connection.dialect.identifier_preparer, connection.connection, connection.dialect
    names = [column.name for column in columns]
    sql = f"COPY {prepare.format_table(table)} ({', '.join(map(prepare.quote, names))}) FROM STDIN"
    note_statement(sql)
    try:
        try:
            send(pooled.driver_connection, sql, table, names, records)
        except Exception as error:
            tell_overdue(connection, error, sql)
            translate = getattr(pooled.dbapi_connection, "_handle_exception", None)  # asyncpg's, which raises
            if translate is None:
                raise
            translate(error)
    except dialect.loaded_dbapi.Error as error:
        lost = dialect.is_disconnect(error, pooled.dbapi_connection, None)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            sql, None, error, dialect.loaded_dbapi.Error, connection_invalidated=lost, dialect=dialect
        ) from error


def _send_psycopg(driver: Any, sql: str, table: Table, names: Sequence[str], records: Any) -> None:
    if hasattr(driver, "__aenter__"):
        _send_psycopg_async(driver, sql, records)
        return
    with driver.cursor() as cursor, cursor.copy(sql) as copy:
        for record in records:
            copy.write_row(record)


def _send_psycopg_async(driver: Any, sql: str, records: Any) -> None:
    async def send() -> None:
        async with driver.cursor() as cursor, cursor.copy(sql) as copy:
            for record in records:
                await copy.write_row(record)

    await_(send())


def _send_asyncpg(driver: Any, sql: str, table: Table, names: Sequence[str], records: Any) -> None:
    await_(driver.copy_records_to_table(table.name, records=records, columns=list(names), schema_name=table.schema))


_SENDERS: Final[dict[str, Send]] = {"psycopg": _send_psycopg, "asyncpg": _send_asyncpg}
"""By the name that SQLAlchemy gives the driver; psycopg's is the same in both modes."""
