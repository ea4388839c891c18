"""Which database a table lives in: `class Sale(Model, database="reports")`.

Theory. A database of an app has a name; the one without is the app's own. Models of another stand in a metadata of
their own, which is all that tells them apart: a unit of work looks at the tables of a statement, and sends it where
they are. Models that name no database follow the unit that they are used in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, MetaData, Table
from sqlalchemy.sql import visitors

from demijohn.foundation.errors import SetupError, Where

from .naming import NAMING_CONVENTION

KEY: Final = "demijohn.database"
"""Under which a metadata's `info` has the name of its database."""

_METADATA: Final[dict[str, MetaData]] = {}
_NAMES: Final[WeakKeyDictionary[Engine, str]] = WeakKeyDictionary()


def metadata_of(name: str) -> MetaData:
    """The tables of the models that were bound to a database by its name."""
    if name not in _METADATA:
        _METADATA[name] = MetaData(naming_convention=NAMING_CONVENTION, info={KEY: name})
    return _METADATA[name]


def bound_metadata() -> Mapping[str, MetaData]:
    """All of them, by the names of their databases."""
    return _METADATA


def home_of(table: Any) -> str | None:
    """The name of the database that a table's model was bound to, or `None`."""
    return table.metadata.info.get(KEY) if isinstance(table, Table) else None


def name_engine(engine: Engine, name: str) -> None:
    """Note which database an engine leads to."""
    _NAMES[engine] = name


def is_at_home(engine: Engine, statement: Any) -> bool:
    """Whether no table of a statement lives in another database than an engine's."""
    name = _NAMES.get(engine)
    homes = {home_of(part) for part in visitors.iterate(statement)} if name is not None else set()
    return homes <= {None, name}


def homeless(models: Iterable[Any], names: Iterable[str]) -> list[SetupError]:
    """The mistakes (DMJ0526) of models that are bound to a database which the app does not use."""
    known, found = sorted(names), []
    for mapper in models:
        home = home_of(mapper.local_table)
        if home is None or home in known:
            continue
        found.append(
            SetupError(
                "DMJ0526",
                f"{mapper.class_.__name__} is bound to the database {home!r}, and this app uses none of that name.",
                fix=f'app.use(Database("postgresql://...", name="{home}"))\nIn use: {", ".join(known) or "none"}.',
                where=Where.of(mapper.class_),
            )
        )
    return found
