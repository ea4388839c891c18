"""Column types: which one an annotation means where `field` says no more, and the two that SQLAlchemy
lacks."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum, Integer, Text, TypeDecorator
from sqlalchemy.dialects.mysql import DATETIME as MYSQL_DATETIME
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeEngine

BIG_KEY: Final = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit key. SQLite counts up only what is spelt INTEGER, and that is 64 bits wide there."""


class NaiveDatetimeError(DontWrapMixin, ValueError):
    """A datetime without a time zone was given to the database: which moment it means cannot be known."""

    def __init__(self, value: dt.datetime) -> None:
        self.value = value
        super().__init__(
            f"{value!r} has no time zone, so the moment it means is unknown. "
            "Write datetime.now(UTC) for the present, or add one: value.replace(tzinfo=UTC)."
        )


class UTCDateTime(TypeDecorator[dt.datetime]):
    """A moment: aware in, aware out, always in UTC, on every database.

    PostgreSQL keeps time zones; SQLite and MariaDB do not, so the moment is stored there in UTC without one.
    A naive datetime raises `NaiveDatetimeError`, also in a comparison.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The database's own type; MariaDB would round to seconds unless asked for microseconds."""
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(MYSQL_DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """To the database: in UTC, and without saying so where there are no time zones."""
        if value is None:
            return None
        if not isinstance(value, dt.datetime):
            raise TypeError(f"A datetime is needed here, not {value!r} ({type(value).__name__}).")
        if value.utcoffset() is None:
            raise NaiveDatetimeError(value)
        moment = value.astimezone(dt.UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """From the database: aware, in UTC, whatever zone the server speaks."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def _enum_values(members: type[enum.Enum]) -> list[str]:
    """What is stored of an enum: its values when all are text (as they are sent as JSON), else its names."""
    values = [member.value for member in members]
    return list(values) if all(isinstance(value, str) for value in values) else [member.name for member in members]


ANNOTATIONS: Final[dict[Any, Any]] = {
    str: Text(),
    dt.datetime: UTCDateTime(),
    # Text, not the server's own ENUM type: a new member must not need a migration that locks the table.
    enum.Enum: Enum(enum.Enum, native_enum=False, values_callable=_enum_values),
    dict[str, Any]: JSON(),
    dict[str, str]: JSON(),
    list[Any]: JSON(),
    list[str]: JSON(),
    list[int]: JSON(),
}
"""What `Mapped[...]` means to the database; all else is as in SQLAlchemy's own table."""
