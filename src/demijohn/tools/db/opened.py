"""The database of an app, as the commands need it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..console import CommandError
from ..finder import option_for
from ..sealed import Sealed, seal

_COMMAND: Final = re.compile(r"demijohn db [a-z]+")

MAIN = "database"
"""The name of the database of an app that has one."""


@dataclass(frozen=True)
class Opened:
    """An app, and the one of its databases that is meant."""

    sealed: Sealed
    history: Any
    name: str

    def typed(self, text: str) -> str:
        """A text with each command in it as it is typed for this database of this app."""
        which = f" --database {self.name}" * (self.name != MAIN)
        options = which + option_for(self.sealed.target)
        return _COMMAND.sub(lambda command: command[0] + options, text)

    @property
    def engine(self) -> Any:
        """The engine of `DB`."""
        return self.history.engines.sync

    @property
    def models(self) -> list[type]:
        """The classes whose tables are in this database."""
        from ...batteries.database.own_bases import models_in

        return models_in(self.history.metadata)


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
        raise CommandError(found.typed(error.what), fix=found.typed(error.fix), exit_code=1) from error
    finally:
        found.history.engines.close()


def history_of(engines: Any, root: Path) -> Any:
    """The migrations of a database of an app, and the models that they must agree with."""
    from ...batteries.database import BareModel
    from ...batteries.database.migrations import History
    from ...batteries.database.tables import migrations_folder

    metadata = BareModel.metadata if engines.metadata is None else engines.metadata
    return History(engines, metadata, migrations_folder(root, engines.name))


def _find(target: str, database: str) -> Opened:
    sealed = seal(target)
    try:
        from ...batteries.database import Engines
        from ...batteries.database.migrations import History  # noqa: F401 - Alembic is missing here, if it is
    except ImportError as error:
        raise CommandError(f"demijohn db needs {error.name}.", fix="pip install 'demijohn[standard]'") from error
    by_name = {each.name: each for each in reversed(list(sealed.kernel.offers(Engines)))}
    if not by_name:
        raise CommandError("This app has no database.", fix="app.use(Database())")
    name = database or (MAIN if MAIN in by_name else next(iter(by_name)))
    if name not in by_name:
        raise CommandError(
            f"This app has no database {name}.", fix=f"demijohn db ... --database {' | '.join(sorted(by_name))}"
        )
    by_name[name].be_patient()
    return Opened(sealed, history_of(by_name[name], sealed.kernel.sources.root), name)
