"""Mixins of models: when a row was made and changed, rows that are deleted in name only, versions against lost updates.

Theory. Soft deletion is three things: `db.delete(item)` becomes an update of `deleted_at` (before the flush), every
select that the unit runs leaves such rows out (`with_loader_criteria`, which reaches relations, joins and subqueries
too), and the fast path is not taken for such tables, as it runs past the session. A version is SQLAlchemy's own
`version_id_col`: an update that finds another number changes nothing, and is an error.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import visitors

from demijohn.foundation.http.errors import Conflict

from .fields import field
from .model import Typed

CHANGED_MEANWHILE: Final = "Somebody else changed it in the meantime. Load it again, and repeat your change."


class Timestamps(Typed):
    """`created_at` and `updated_at`, set when a row is first saved and whenever it is saved.

    Bulk verbs set them, too; SQL written by hand does not.
    """

    created_at: Mapped[dt.datetime] = field(auto_now_add=True)
    updated_at: Mapped[dt.datetime] = field(auto_now=True)


class SoftDelete(Typed):
    """Rows that are deleted in name only: `db.delete(item)` sets `deleted_at`, and no select finds them any more.

    That is so for all that a unit selects, by relations and in subqueries too; statements with the option
    `with_deleted` see all rows: `select(Post).execution_options(with_deleted=True)`. `item.restore()` takes it back. To
    remove a row in earnest, write the SQL: `db.execute(delete(Post).where(Post.id == item.id))`. Unique rules count
    deleted rows, and what refers to a deleted row finds `None`. Sessions other than `DB` and `AsyncDB` see all rows,
    and delete.
    """

    deleted_at: Mapped[dt.datetime | None] = field(default=None, init=False, readonly=True, index=True)

    @property
    def is_deleted(self) -> bool:
        """Whether it was deleted."""
        return self.deleted_at is not None

    def restore(self) -> None:
        """Take the deletion back, when the unit is next flushed."""
        self.deleted_at = None


class Versioned(Typed):
    """A `version` that counts the changes of a row, so that nobody overwrites what they have not seen.

    Of two units that change a row at once, the second is refused: SQLAlchemy raises `StaleDataError`, which is answered
    409. What a visitor saw when they began is held against it with `require_version`. Bulk verbs and SQL do not
    look at it.
    """

    version: Mapped[int] = field(init=False, readonly=True)

    @staticmethod
    def __before_mapping__(model: Any) -> None:
        """Make it SQLAlchemy's version column, beside whatever else the class tells its mapper."""
        if not any("__mapper__" in base.__dict__ for base in model.__mro__[1:]):
            own = getattr(model, "__mapper_args__", {})
            model.__mapper_args__ = {"version_id_col": Versioned.__dict__["version"], **own}

    def require_version(self, seen: int | None) -> None:
        """Raise `Conflict` (409) unless this is the version that somebody has seen: of a form, or an `If-Match`."""
        if seen != self.version:
            raise Conflict(CHANGED_MEANWHILE)


# Soft deletion ------------------------------------------------------------------------------------

_CRITERIA: Final = with_loader_criteria(SoftDelete, lambda model: model.deleted_at.is_(None), include_aliases=True)


def hide_deleted(kind: type[Session]) -> None:
    """Have the sessions of a class delete softly, and leave out what was deleted so."""
    event.listen(kind, "before_flush", _delete_softly)
    # Before those who answer a statement themselves.
    event.listen(kind, "do_orm_execute", _leave_out_deleted, insert=True)


def _delete_softly(session: Session, context: Any, instances: Any) -> None:
    for item in session.deleted:
        if isinstance(item, SoftDelete):
            session.add(item)  # takes it off the list
            item.deleted_at = dt.datetime.now(dt.UTC)


def _leave_out_deleted(state: ORMExecuteState) -> None:
    if not SoftDelete.__subclasses__() or not state.is_select or state.is_column_load:
        return
    # Rows bring the criteria along to what is loaded for them later.
    statement: Any = state.statement
    if not state.execution_options.get("with_deleted") and _CRITERIA not in statement._with_options:
        state.statement = statement.options(_CRITERIA)


def hides_rows(statement: Any) -> bool:
    """Whether a statement asks for a table of which a unit shows a part only."""
    if not SoftDelete.__subclasses__():
        return False
    hidden: set[Any] = {sqlalchemy_inspect(model).local_table for model in _models(SoftDelete)}
    return any(part in hidden for part in visitors.iterate(statement) if part.__visit_name__ == "table")


def _models(kind: type) -> list[type]:
    """The mapped classes below a mixin."""
    found = [kind] if "__mapper__" in kind.__dict__ else []
    children: list[type] = kind.__subclasses__()
    return found + [model for below in children for model in _models(below)]
