"""Steps that change rows, with the tables as they are at their point of the history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, MetaData, Row, Table, bindparam, insert, select, text, update
from sqlalchemy.exc import NoSuchTableError

from .migration_error import MigrationError
from .row_values import beyond


class DataStep:
    """Changes rows in a migration: `DataStep(op.get_bind()).update("post", lambda row: {"slug": slug(row.title)})`.

    The tables are read from the database, so they have the columns of this point of the history, whatever the models
    say today: a migration never imports a model. Rows are read and written in batches, by their keys. Inside of
    `with op.get_context().autocommit_block():` each batch is committed by itself, and locks its rows no longer.
    """

    def __init__(self, connection: Connection | None, *, size: int = 500) -> None:
        if connection is None or not hasattr(connection, "in_transaction"):
            raise MigrationError(
                "A migration with a data step cannot be written as SQL: what it does depends on the rows.",
                "Apply it with: demijohn db migrate",
            )
        self.connection = connection
        self.size = size
        self._metadata = MetaData()

    def table(self, name: str) -> Table:
        """A table as it is now; raises `MigrationError` if there is none."""
        try:
            return Table(name, self._metadata, autoload_with=self.connection)
        except NoSuchTableError:
            raise MigrationError(
                f"A data step asks for the table {name}, which is not there at this point of the history.",
                "Name it as it was called then, or move the step into a later migration.",
            ) from None

    def batches(self, name: str, where: str | ColumnElement[bool] | None = None) -> Iterator[list[Row[Any]]]:
        """The rows of a table that meet a condition (SQL, or an expression of `table(name)`), some at a time."""
        table = self.table(name)
        keys = self._keys(table)
        condition = text(where) if isinstance(where, str) else where
        after: tuple[Any, ...] | None = None
        while True:
            statement = select(table).order_by(*keys).limit(self.size)
            if condition is not None:
                statement = statement.where(condition)
            if after is not None:
                statement = statement.where(beyond(keys, after, self.connection.dialect.name))
            rows = list(self.connection.execute(statement))
            if rows:
                yield rows
            if len(rows) < self.size:
                return
            after = tuple(rows[-1]._mapping[key] for key in keys)

    def update(
        self,
        name: str,
        change: Callable[[Any], Mapping[str, Any] | None],
        where: str | ColumnElement[bool] | None = None,
    ) -> int:
        """Change rows, and tell how many: `change` is handed a row, and gives the new values (`None`: leave it)."""
        table = self.table(name)
        keys = self._keys(table)
        condition = [key == bindparam(f"_key_{key.name}") for key in keys]
        total = 0
        for rows in self.batches(name, where):
            alike: dict[frozenset[str], list[dict[str, Any]]] = {}
            for row in rows:
                values = change(row)
                if values:
                    found = {f"_key_{key.name}": row._mapping[key] for key in keys}
                    alike.setdefault(frozenset(values), []).append({**values, **found})
            for names, some in alike.items():
                statement = update(table).where(*condition).values({one: bindparam(one) for one in names})
                self.connection.execute(statement, some)
                total += len(some)
        return total

    def insert(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows."""
        found = [dict(row) for row in rows]
        if found:
            self.connection.execute(insert(self.table(name)), found)

    @staticmethod
    def _keys(table: Table) -> list[Any]:
        keys = list(table.primary_key.columns)
        if not keys:
            raise MigrationError(
                f"The table {table.name} has no primary key: its rows cannot be told apart.",
                "Write the step as one statement: op.execute(...).",
            )
        return keys
