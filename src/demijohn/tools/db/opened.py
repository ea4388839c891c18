"""The database of an app, as the commands need it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..console import CommandError
from ..sealed import Sealed, seal

MAIN = "database"
"""The name of the database of an app that has one."""


@dataclass(frozen=True)
class Opened:
    """An app, and the one of its databases that is meant."""

    sealed: Sealed
    history: Any
    name: str
    several: bool

    @property
    def engine(self) -> Any:
        """The engine of `DB`."""
        return self.history.engines.sync

    @property
    def models(self) -> list[type]:
        """The classes whose tables are in this database."""
        from ...batteries.database import BareModel

        tables = set(self.history.metadata.tables.values())
        registries = {BareModel.registry} | {each.registry for each in _bases(self.history)}
        found = [
            mapper.class_ for registry in registries for mapper in registry.mappers if mapper.local_table in tables
        ]
        return sorted(found, key=lambda model: str(model.__name__))


def _bases(history: Any) -> list[Any]:
    return list(getattr(history.engines, "bases", ()))


@contextmanager
def opened(target: str, database: str = "") -> Iterator[Opened]:
    """Find, seal and reach; what is wrong with migrations or fixtures ends the command with code 1."""
    found = _find(target, database)
    from ...batteries.database import FixtureError
    from ...batteries.database.migrations import MigrationError

    try:
        found.history.reach()
        yield found
    except (MigrationError, FixtureError) as error:
        raise CommandError(error.what, fix=error.fix, exit_code=1) from error
    finally:
        found.history.engines.close()


def _find(target: str, database: str) -> Opened:
    sealed = seal(target)
    try:
        from ...batteries.database import BareModel, Engines
        from ...batteries.database.migrations import History
    except ImportError as error:
        raise CommandError(f"demijohn db needs {error.name}.", fix="pip install 'demijohn[standard]'") from error
    by_name = {getattr(each, "name", "") or MAIN: each for each in reversed(list(sealed.kernel.offers(Engines)))}
    if not by_name:
        raise CommandError("This app has no database.", fix="app.use(Database())")
    name = database or (MAIN if MAIN in by_name else next(iter(by_name)))
    engines = by_name.get(name)
    if engines is None:
        names = ", ".join(sorted(by_name))
        raise CommandError(
            f"This app has no database {name}.", fix=f"demijohn db ... --database NAME; there are: {names}"
        )
    folder = sealed.kernel.sources.root / "migrations"
    metadata = getattr(engines, "metadata", None)
    history = History(
        engines, BareModel.metadata if metadata is None else metadata, folder if name == MAIN else folder / name
    )
    return Opened(sealed, history, name, len(by_name) > 1)
