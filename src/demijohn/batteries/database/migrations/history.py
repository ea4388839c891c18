"""The history of an app's database: the migrations in its folder, and which of them the database has."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError as AlembicError
from sqlalchemy import MetaData, inspect
from sqlalchemy.exc import OperationalError

from ..engines import Engines
from ..tables import unreachable
from .asking import Ask, MigrationError
from .running import Applied, run


class History:
    """The migrations in `folder`, the database they are for, and the models they must agree with.

    A migration names the one that it follows, or several. Where two branches of the code each added one, both follow
    the same: they are run one after the other, in the order of their names, and the next one made follows both.
    """

    def __init__(self, engines: Engines, metadata: MetaData, folder: Path) -> None:
        self.engines = engines
        self.metadata = metadata
        self.folder = folder

    def reach(self) -> None:
        """Raise `SetupError` DMJ0525 if the database cannot be used."""
        try:
            self.engines.sync.connect().close()
        except OperationalError as error:
            raise unreachable(self.engines.sync, error) from error

    # Reading --------------------------------------------------------------------------------------

    def scripts(self) -> ScriptDirectory:
        """Alembic's own view of the folder."""
        return ScriptDirectory(str(self.folder), version_locations=[str(self.folder)])

    def steps(self) -> list[Script]:
        """All migrations in the order in which they are applied; raises `MigrationError` if a file cannot be read."""
        if not self.folder.is_dir():
            return []
        try:
            return _ordered(list(self.scripts().walk_revisions()))
        except (AlembicError, LookupError, SyntaxError, ImportError, NameError, AttributeError) as error:
            raise MigrationError(
                f"The migrations in {self.folder} cannot be read: {error}", "Mend down_revision in the file."
            ) from error

    def heads(self) -> list[str]:
        """The migrations that none follows: one, or one for each branch that was merged and has none after it."""
        return sorted(self.scripts().get_heads()) if self.folder.is_dir() else []

    def applied(self) -> list[str]:
        """The migrations that the database has, in the order of the history."""
        with self.engines.sync.connect() as connection:
            heads = set(MigrationContext.configure(connection).get_current_heads())
        steps = {step.revision: step for step in self.steps()}
        unknown = heads - set(steps)
        if unknown:
            raise MigrationError(
                f"The database is at {min(unknown)}, which is not in {self.folder}.",
                "Check out the version of the app that has this file, and take it back there: demijohn db rollback",
            )
        found: set[str] = set()
        waiting = [*heads]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += parents(steps[name])
        return [name for name in steps if name in found]

    def current(self) -> str | None:
        """The last migration that the database has, or `None`."""
        return next(reversed(self.applied()), None)

    def pending(self) -> list[str]:
        """The migrations that the database lacks, the next one first."""
        applied = set(self.applied())
        return [step.revision for step in self.steps() if step.revision not in applied]

    # Running --------------------------------------------------------------------------------------

    def move(self, target: str, tell: Callable[[Applied], None], *, back: bool = False, ask: Ask | None = None) -> None:
        """Apply the migrations up to `target` ("head": all of them), or take back those after it ("base").

        Raises `MigrationError` for one that fails, and for branches whose order may matter and nobody can be asked.
        """
        steps = self.steps()
        names = [step.revision for step in steps]
        if back:
            after = names[names.index(target) + 1 :] if target != "base" else names
            wanted = set(after) & set(self.applied())
            run(
                self.engines.sync, self.scripts(), [s for s in reversed(steps) if s.revision in wanted], tell, back=True
            )
            return
        wanted = set(self.pending()) & set(names if target == "head" else names[: names.index(target) + 1])
        chosen = [step for step in steps if step.revision in wanted]
        self._check_branches(chosen, ask)
        run(self.engines.sync, self.scripts(), chosen, tell)

    def _check_branches(self, chosen: Sequence[Script], ask: Ask | None) -> None:
        for first, second in branches(chosen):
            files = [step for step in (first, second) if _writes_itself(step)]
            if not files:
                continue
            names = f"{first.revision} and {second.revision}"
            told = " and ".join(step.revision for step in files)
            what = f"{names} do not know of each other, and {told} has SQL or a data step of its own."
            if ask is None:
                raise MigrationError(
                    f"{what} Their order may matter.",
                    f'Decide it: in {_file(second)} write down_revision = "{first.revision}" (or the other way round).',
                )
            if not ask(f"{what} Is it right to apply {first.revision} first?"):
                raise MigrationError(
                    "Nothing was applied.",
                    f'To turn their order round, in {_file(first)} write down_revision = "{second.revision}", and let '
                    f"{second.revision} follow what {first.revision} followed.",
                )

    def adopt(self, differs: Callable[[], bool]) -> bool:
        """Whether the tables were there before any migration was noted, and agree with the newest: now noted."""
        steps = self.steps()
        there = set(inspect(self.engines.sync).get_table_names()) & {
            table.name for table in self.metadata.sorted_tables
        }
        if not steps or not there or self.current() is not None:
            return False
        if differs():
            raise MigrationError(
                f"The database has tables ({', '.join(sorted(there))}) that no migration made, and they differ "
                "from the models.",
                "In development begin anew: demijohn db reset. With data to keep: make the tables agree "
                "with the models, then run demijohn db migrate again.",
            )
        with self.engines.sync.connect() as connection:
            MigrationContext.configure(connection).stamp(self.scripts(), "heads")
            connection.commit()
        return True

    def offline_sql(self) -> str:
        """The SQL of all migrations, for whoever applies it by hand."""
        if not self.steps():
            return ""
        buffer = io.StringIO()
        scripts = self.scripts()
        with EnvironmentContext(
            Config(), scripts, as_sql=True, fn=lambda rev, _: scripts._upgrade_revs("heads", rev)
        ) as environment:
            environment.configure(
                dialect_name=self.engines.sync.dialect.name, output_buffer=buffer, dialect_opts={"paramstyle": "named"}
            )
            try:
                with environment.begin_transaction():
                    environment.run_migrations()
            except AlembicError as error:
                raise MigrationError(
                    f"This history cannot be written as SQL: {error}",
                    "SQLite rebuilds tables from what it finds in the database: use demijohn db migrate there.",
                ) from error
        return buffer.getvalue()


def parents(step: Script) -> tuple[str, ...]:
    """The migrations that one follows."""
    return tuple(step._all_down_revisions)


def _ordered(steps: list[Script]) -> list[Script]:
    """Each after those that it follows; of those that could be next, the first by name."""
    left = {step.revision: step for step in sorted(steps, key=lambda step: step.revision)}
    found: dict[str, Script] = {}
    while left:
        name = next(name for name, step in left.items() if all(parent in found for parent in parents(step)))
        found[name] = left.pop(name)
    return list(found.values())


def branches(steps: Sequence[Script]) -> list[tuple[Script, Script]]:
    """The pairs of migrations of which neither follows the other."""
    above: dict[str, set[str]] = {}
    pairs = []
    for position, step in enumerate(steps):
        own = set(parents(step))
        above[step.revision] = own.union(*(above.get(parent, set()) for parent in own))
        pairs += [(other, step) for other in steps[:position] if other.revision not in above[step.revision]]
    return pairs


_OWN: Final = re.compile(r"\bop\.(execute|get_bind|bulk_insert)\(|\bDataStep\(")
_DERIVED: Final = re.compile(
    r"""op\.execute\(["'](ALTER (TABLE|INDEX) \S+ (RENAME|ALTER COLUMN)|(CREATE|DROP|ALTER) TYPE) """
)
"""What `make` writes as SQL itself."""


def _writes_itself(step: Script) -> bool:
    """Whether a migration has SQL or a data step of its own: what these touch cannot be known."""
    code = Path(step.path).read_text(encoding="utf-8")
    return len(_OWN.findall(code)) > len(_DERIVED.findall(code))


def _file(step: Script) -> str:
    return Path(step.path).name
