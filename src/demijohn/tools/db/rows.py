"""`reset`, `seed`, `dump` and `load`: what is in the tables."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..console import CommandError, count, paint, say, short
from .moving import apply
from .opened import Opened, opened


def reset(target: str, database: str, yes: str) -> int:
    """Drop all tables of the database, make them anew, and seed them."""
    with opened(target, database) as found:
        name = _name(found)
        _require_permission(found, name, yes)
        dropped = _drop_all(found.engine)
        say(f"{paint('✓', 'green')} Dropped {count(dropped, 'table')} of {name}.")
        if found.history.steps():
            apply(found.history)
        else:
            from ...batteries.database.tables import create_tables

            made = create_tables(found.engine, found.history.metadata)
            say(f"{paint('✓', 'green')} Made {count(len(made), 'table')}: there are no migrations yet.")
        if _seeds(found):
            _sow(found)
        return 0


def _name(found: Opened) -> str:
    """What a person calls the database: its name, or the name of its file."""
    return Path(found.history.engines.url.database or "in memory").name


def _require_permission(found: Opened, name: str, yes: str) -> None:
    """In development nobody is asked; else the name of the database is typed, as an option or at the terminal."""
    if found.sealed.kernel.debug and not yes:
        return
    shown = found.history.engines.url.render_as_string(hide_password=True)
    if not yes and sys.stdin.isatty():
        yes = input(f"All rows of {shown} will be lost. Type its name ({name}) to go on: ").strip()
    if not yes:
        raise CommandError(
            f"All rows of {shown} would be lost, and DEMIJOHN_DEBUG does not say that this is development.",
            fix=found.typed(f"If you mean it: demijohn db reset --yes {name}"),
            exit_code=1,
        )
    if yes != name:
        raise CommandError(
            f"{yes} is not the name of this database: nothing was dropped.", fix=f"--yes {name}", exit_code=1
        )


def _drop_all(engine: Any) -> int:
    """Drop every table, with what PostgreSQL made beside them."""
    from ...batteries.database.tables import drop_tables

    return drop_tables(engine)


def seed(target: str, database: str) -> int:
    """Run the functions that put the first rows into the tables."""
    with opened(target, database) as found:
        if not _seeds(found):
            raise CommandError(
                "This app has no seeds.",
                fix="@app.register\n@seed                     # from demijohn.database import DB, seed\n"
                "def sample(db: DB) -> None: ...",
                exit_code=1,
            )
        _sow(found)
        return 0


def _seeds(found: Opened) -> list[Any]:
    from ...batteries.database import Seed

    return list(found.sealed.kernel.offers(Seed))


def _sow(found: Opened) -> None:
    from ...batteries.database import DB

    for each in _seeds(found):
        with DB(found.engine) as db:
            each.function(db)
            db.commit()
        say(f"{paint('✓', 'green')} Seeded: {each.name}")


def dump(target: str, database: str, models: Sequence[str], output: str, natural: bool) -> int:
    """Write rows as records, to a file or to standard output."""
    with opened(target, database) as found, _snapshot(found.engine) as db:
        from ...batteries.database import dump as dump_rows
        from ...batteries.database import write_records

        records = dump_rows(db, _chosen(found, models), natural=natural)
        if not output:
            write_records(records, sys.stdout.buffer)
            return 0
        path = Path(output)
        part = path.with_name(f".{path.name}.part")
        try:
            with part.open("wb") as file:
                total = write_records(records, file, yaml=path.suffix in {".yaml", ".yml"})
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        say(f"{paint('✓', 'green')} Wrote {count(total, 'row')} into {short(path)}.")
        return 0


@contextmanager
def _snapshot(engine: Any) -> Iterator[Any]:
    """A unit that sees the rows of one moment, however long it reads."""
    from ...batteries.database import DB

    level = "SERIALIZABLE" if engine.dialect.name == "sqlite" else "REPEATABLE READ"
    with engine.connect().execution_options(isolation_level=level) as connection, DB(connection) as db:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        yield db


def _chosen(found: Opened, names: Sequence[str]) -> list[Any]:
    tables = found.history.metadata.tables
    if not names:
        return [*found.models, *tables.values()]
    known = {**{table.name: table for table in tables.values()}, **{model.__name__: model for model in found.models}}
    for name in names:
        if name not in known:
            there = ", ".join(model.__name__ for model in found.models)
            raise CommandError(f"There is no model {name}.", fix=f"There are: {there or 'none'}.")
    return [known[name] for name in names]


def load(target: str, database: str, files: Sequence[str]) -> int:
    """Put the records of files into the database: all or nothing."""
    with opened(target, database) as found:
        from ...batteries.database import DB, read_records
        from ...batteries.database import load as load_rows

        totals = []
        with DB(found.engine) as db:
            for file in files:
                if not Path(file).is_file():
                    raise CommandError(f"There is no file {file}.", fix="Check the name.")
                totals.append(load_rows(db, read_records(file), _chosen(found, ())))
            db.commit()
        for file, total in zip(files, totals, strict=True):
            say(f"{paint('✓', 'green')} Loaded {count(total, 'row')} from {short(Path(file))}.")
        return 0
