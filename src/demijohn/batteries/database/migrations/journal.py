"""What a migration has done so far, on databases that cannot take changes of tables back.

Theory. MariaDB and MySQL commit with every change of a table, so a migration that dies in the middle, be it by an error
or with its process, leaves a part of itself. Each statement is noted in a table, before and after it is executed, over
a connection of its own, as the migration's would be rolled back. When the migration is run again, the statements that
are known to be done are not executed, as long as they are the same ones; the first that differs stops it. What was
written to rows after the last change of a table was rolled back, and is executed again.
"""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    event,
    insert,
    select,
    update,
)

from .asking import MigrationError

TABLE: Final = Table(
    "demijohn_migration_journal",
    MetaData(),
    Column("revision", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("statement", Text, nullable=False),
    Column("done", Integer, nullable=False),
)
_CHANGES: Final = re.compile(r"\s*(ALTER|CREATE|DROP|RENAME|TRUNCATE)\b", re.IGNORECASE)
_UNNOTED: Final = re.compile(
    r"\s*(SELECT|SHOW|DESCRIBE|SET|SAVEPOINT|RELEASE|WITH)\b|.*\balembic_version\b", re.I | re.S
)
_EXECUTIONS: Final = ("do_execute", "do_execute_no_params", "do_executemany")


class Journal:
    """The journal of one connection: `open` at each migration, `close` when it is applied, `stop` at the end."""

    def __init__(self, engine: Engine, connection: Connection) -> None:
        self._engine = engine
        self._connection = connection
        self._revision = ""
        self._number = 0
        self._before: list[Any] = []
        self._skipped = 0
        TABLE.create(engine, checkfirst=True)
        for name in _EXECUTIONS:
            event.listen(engine, name, self._skip)
        event.listen(connection, "before_cursor_execute", self._begin)
        event.listen(connection, "after_cursor_execute", self._end)

    def stop(self) -> None:
        """Listen no more, and leave no empty table behind."""
        for name in _EXECUTIONS:
            event.remove(self._engine, name, self._skip)
        event.remove(self._connection, "before_cursor_execute", self._begin)
        event.remove(self._connection, "after_cursor_execute", self._end)
        with self._engine.connect() as own:
            if own.execute(select(TABLE.c.number).limit(1)).first() is None:
                TABLE.drop(own)
                own.commit()

    def open(self, revision: str, *, back: bool) -> None:
        """Begin a migration, or go on with one that was left in the middle."""
        self._revision = f"-{revision}" if back else revision
        self._number = 0
        with self._engine.connect() as own:
            rows = list(own.execute(select(TABLE).order_by(TABLE.c.revision, TABLE.c.number)))
        others = {row.revision for row in rows} - {self._revision}
        if others:
            raise self._left(min(others), [row for row in rows if row.revision == min(others)])
        last = max((at for at, row in enumerate(rows) if row.done and _CHANGES.match(row.statement)), default=-1)
        self._before = rows
        self._skipped = last + 1

    def close(self) -> None:
        """Forget a migration that is applied, together with the note that it is."""
        self._connection.execute(delete(TABLE).where(TABLE.c.revision == self._revision))
        self._revision = ""

    def kept(self) -> list[str]:
        """The statements of the migration that were done, and cannot be taken back."""
        query = select(TABLE).where(TABLE.c.revision == self._revision).order_by(TABLE.c.number)
        with self._engine.connect() as own:
            rows = list(own.execute(query))
        last = max((at for at, row in enumerate(rows) if row.done and _CHANGES.match(row.statement)), default=-1)
        return [row.statement for row in rows[: last + 1]]

    # Events ---------------------------------------------------------------------------------------

    def _is_noted(self, statement: str) -> bool:
        return bool(self._revision) and not _UNNOTED.match(statement) and TABLE.name not in statement

    def _begin(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not self._is_noted(statement):
            return
        statement = statement.strip()
        if self._number < self._skipped:
            if self._before[self._number].statement != statement:
                raise self._changed(statement)
            return
        with self._engine.connect() as own:
            here = (TABLE.c.revision == self._revision) & (TABLE.c.number >= self._number)
            own.execute(delete(TABLE).where(here))
            row = {"revision": self._revision, "number": self._number, "statement": statement, "done": 0}
            own.execute(insert(TABLE).values(row))
            own.commit()

    def _end(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not self._is_noted(statement):
            return
        if self._number >= self._skipped:
            with self._engine.connect() as own:
                here = (TABLE.c.revision == self._revision) & (TABLE.c.number == self._number)
                own.execute(update(TABLE).where(here).values(done=1))
                own.commit()
        self._number += 1

    def _skip(self, cursor: Any, statement: str, *rest: Any) -> bool:
        """Whether a statement was done before; the dialect then does nothing."""
        context = rest[-1]
        mine = context is not None and context.root_connection is self._connection
        return mine and self._is_noted(statement) and self._number < self._skipped

    # Errors ---------------------------------------------------------------------------------------

    def _changed(self, statement: str) -> MigrationError:
        done = self._before[self._number].statement
        return MigrationError(
            f"{self._revision} was interrupted, and its file has changed since in what was done already.\n"
            f"  Statement {self._number + 1} was:  {' '.join(done.split())};\n"
            f"  and is now:       {' '.join(statement.split())};",
            f"Put the file back as it was up to statement {self._skipped}, and change what follows. Or undo these\n"
            f"{self._skipped} statements by hand, drop the table {TABLE.name}, and migrate anew.",
        )

    def _left(self, revision: str, rows: list[Any]) -> MigrationError:
        lines = "\n".join(
            f"  {row.number + 1}. {' '.join(row.statement.split())};{'' if row.done else '   (perhaps)'}"
            for row in rows
        )
        action = "demijohn db rollback" if revision.startswith("-") else "demijohn db migrate"
        return MigrationError(
            f"{revision.lstrip('-')} was interrupted{' while it was taken back' if revision.startswith('-') else ''}. "
            f"Applied, and kept, were:\n{lines}",
            f"Go on with it first: {action}",
        )
