"""Column types: which one an annotation means where `field` says no more, and those that SQLAlchemy lacks.

A type of ours is built on one of SQLAlchemy's (its `impl`, with variants for databases that differ), so that a
migration names that one and needs none of this code.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import ipaddress
import typing
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Enum,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Text,
    Time,
    TypeDecorator,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.orm import TypeResolve
from sqlalchemy.types import TypeEngine

from demijohn.foundation.errors import SetupError, Where

from .passwords import PasswordHash, PasswordType

IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
"""What `Mapped[IPAddress]` holds, in either version."""

_MYSQL: Final = ("mysql", "mariadb")

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
        if dialect.name in _MYSQL:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
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


class Duration(TypeDecorator[dt.timedelta]):
    """A length of time: INTERVAL on PostgreSQL, whole microseconds elsewhere, so that it compares and adds up."""

    impl = BigInteger().with_variant(postgresql.INTERVAL(), "postgresql")
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The database's own type."""
        is_native = dialect.name == "postgresql"
        return dialect.type_descriptor(postgresql.INTERVAL() if is_native else BigInteger())

    def process_bind_param(self, value: dt.timedelta | None, dialect: Dialect) -> Any:
        """To the database."""
        if value is None or dialect.name == "postgresql":
            return value
        if not isinstance(value, dt.timedelta):
            raise TypeError(f"A timedelta is needed here, not {value!r} ({type(value).__name__}).")
        return value // dt.timedelta(microseconds=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.timedelta | None:
        """From the database; sums come as decimals from MariaDB."""
        if value is None or isinstance(value, dt.timedelta):
            return value
        return dt.timedelta(microseconds=int(value))

    @property
    def python_type(self) -> type[dt.timedelta]:
        """What a value is."""
        return dt.timedelta


class _SqliteDecimal(sqlite.NUMERIC[decimal.Decimal]):
    """SQLite has no decimals: SQLAlchemy's own type warns of that with each query, and pads with zeros."""

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        scale = self.scale

        def process(value: Any) -> decimal.Decimal | None:
            if value is None:
                return None
            return decimal.Decimal(repr(value) if scale is None else f"{value:.{scale}f}")

        return process


class DecimalType(TypeDecorator[decimal.Decimal]):
    """A decimal number: `DecimalType(digits, decimal_places)`, exact on PostgreSQL and MariaDB.

    Without bounds it holds what the database can; MariaDB, which would round to whole numbers, 38 digits with 12
    places. SQLite computes with floats: fifteen digits are kept, whatever was declared.
    """

    impl: Any = Numeric
    cache_ok = True

    def __init__(self, digits: int | None = None, decimal_places: int | None = None) -> None:
        super().__init__(digits, decimal_places)
        self.digits, self.decimal_places = digits, decimal_places
        if digits is None:
            self.impl = Numeric().with_variant(mysql.DECIMAL(38, 12), *_MYSQL)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The database's own type."""
        if dialect.name == "sqlite":
            return _SqliteDecimal(self.digits, self.decimal_places)
        if self.digits is None and dialect.name in _MYSQL:
            return dialect.type_descriptor(mysql.DECIMAL(38, 12))
        return dialect.type_descriptor(Numeric(self.digits, self.decimal_places))

    @property
    def python_type(self) -> type[decimal.Decimal]:
        """What a value is."""
        return decimal.Decimal


class IPAddressType(TypeDecorator[IPAddress]):
    """An IP address: INET on PostgreSQL, text elsewhere. Text that is one is taken, too."""

    impl = String(45).with_variant(postgresql.INET(), "postgresql")
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The database's own type."""
        return dialect.type_descriptor(postgresql.INET() if dialect.name == "postgresql" else String(45))

    def process_bind_param(self, value: IPAddress | str | None, dialect: Dialect) -> str | None:
        """To the database, in the one spelling of each address."""
        return None if value is None else str(ipaddress.ip_address(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> IPAddress | None:
        """From the database; drivers of PostgreSQL may add the mask."""
        return None if value is None else ipaddress.ip_address(str(value).partition("/")[0])

    @property
    def python_type(self) -> type[str]:
        """What a value is to JSON and to forms."""
        return str


def _enum_values(members: type[enum.Enum]) -> list[str]:
    """What is stored of an enum: its values when all are text (as they are sent as JSON), else its names."""
    for member in members:
        pair = member.value
        if isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(part, str) for part in pair):
            raise SetupError(
                "DMJ0519", f"The value of {members.__name__}.{member.name} is a pair: forms and JSON would have both.",
                fix=f'{member.name} = "{pair[0]}"\nand its label at the field:'
                f' field(choices={{{members.__name__}.{member.name}: "{pair[1]}"}})',
                where=Where.of(members),
            )  # fmt: skip
    values = [member.value for member in members]
    return list(values) if all(isinstance(value, str) for value in values) else [member.name for member in members]


_JSON: Final = JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
"""JSON; binary on PostgreSQL, where the other kind knows no equality. `None` is NULL."""

ANNOTATIONS: Final[dict[Any, Any]] = {
    str: Text(),
    bytes: LargeBinary().with_variant(mysql.LONGBLOB(), *_MYSQL),
    dt.datetime: UTCDateTime(),
    dt.time: Time().with_variant(mysql.TIME(fsp=6), *_MYSQL),
    dt.timedelta: Duration(),
    decimal.Decimal: DecimalType(),
    ipaddress.IPv4Address: IPAddressType(),
    ipaddress.IPv6Address: IPAddressType(),
    IPAddress: IPAddressType(),
    PasswordHash: PasswordType(),
    # Text, not the server's own ENUM type: a new member must not need a migration that locks the table.
    enum.Enum: Enum(enum.Enum, native_enum=False, values_callable=_enum_values),
    dict: _JSON,
    list: _JSON,
}
"""What `Mapped[...]` means to the database; all else is as in SQLAlchemy's own table."""


def resolve_type(asked: TypeResolve) -> TypeEngine[Any] | None:
    """JSON for every `dict[...]` and `list[...]` that the base's own table does not name."""
    kind: Any = asked.resolved_type
    if typing.get_origin(kind) in {dict, list} and kind not in asked.registry.type_annotation_map:
        return _JSON
    return None
