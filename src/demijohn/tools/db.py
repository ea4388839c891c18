"""`demijohn db`: the migrations of an app's database, made, shown, applied and taken back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from .console import CommandError, count, duration, paint, say, short
from .sealed import seal


def run(action: str, target: str = "", **options: Any) -> int:
    """Run one of the actions on the database of an app; the exit code is 1 if `check` finds differences."""
    history = _history(target)
    from ..batteries.database.migrations import MigrationError

    try:
        history.reach()
        return _ACTIONS[action](history, **options)
    except MigrationError as error:
        raise CommandError(error.what, fix=error.fix, exit_code=1) from error
    finally:
        history.engines.close()


def _history(target: str) -> Any:
    sealed = seal(target)
    try:
        from ..batteries.database import BareModel, Engines
        from ..batteries.database.migrations import History
    except ImportError as error:
        raise CommandError(f"demijohn db needs {error.name}.", fix="pip install 'demijohn[standard]'") from error
    engines = next(iter(sealed.kernel.offers(Engines)), None)
    if engines is None:
        raise CommandError("This app has no database.", fix="app.use(Database())")
    return History(engines, BareModel.metadata, sealed.kernel.sources.root / "migrations")


def _make(history: Any, *, title: str, rename: Sequence[str], drop: Sequence[str], allow: Sequence[str]) -> int:
    draft = history.draft(title, _renames(rename, drop))
    if draft is None:
        say("Models and migrations agree: there is nothing to make.")
        return 0
    dangers = [danger for danger in draft.dangers if danger.code not in allow]
    if dangers:
        _warn(dangers)
        codes = " ".join(f"--allow {code}" for code in sorted({danger.code for danger in dangers}))
        raise CommandError(
            f"Nothing was written: {count(len(dangers), 'step')} of this migration can do harm.",
            fix=f"Take the way shown above, or allow it: demijohn db make {codes}",
            exit_code=1,
        )
    say(f"{paint('✓', 'green')} Wrote {short(history.write(draft))}. Read it, then: demijohn db migrate")
    return 0


def _diff(history: Any, *, rename: Sequence[str], drop: Sequence[str]) -> int:
    draft = history.draft("", _renames(rename, drop))
    if draft is None:
        say("Models and migrations agree.")
        return 0
    say("\n\n".join(f"{statement};" for statement in draft.sql))
    _warn(draft.dangers)
    return 0


def _warn(dangers: Sequence[Any]) -> None:
    for danger in dangers:
        say(f"{paint(danger.code, 'yellow')}: {danger.what}", error=True)
        for number, line in enumerate(danger.instead.splitlines()):
            say(f"  {'Instead:' if not number else '        '} {line}", error=True)


def _migrate(history: Any, *, revision: str) -> int:
    goal = _find(history, revision) if revision else "head"
    if not revision and history.adopt():
        say("The tables were there already and agree with the models: all migrations are noted as applied.")
        return 0
    pending = history.pending()
    if goal != "head" and goal not in pending:
        say(f"The database has {goal} already. To take later ones back: demijohn db rollback {goal}")
        return 0
    if not pending:
        say("The database is up to date.")
        return 0
    history.move(goal, lambda done: say(f"  {paint('✓', 'green')} {done.revision}  {duration(done.seconds)}"))
    left = len(history.pending())
    say("The database is up to date." if not left else f"{count(left, 'migration')} later: not applied.")
    return 0


def _rollback(history: Any, *, revision: str) -> int:
    names = [step.revision for step in history.steps()]
    current = history.current()
    if current is None:
        say("No migration is applied: there is nothing to take back.")
        return 0
    at = names.index(current)
    goal = _find(history, revision) if revision else (names[at - 1] if at else "base")
    if goal in names[at:]:
        say(f"The database is at {current}: there is nothing after {goal} to take back.")
        return 0
    history.move(goal, lambda done: say(f"  {done.revision} taken back  {duration(done.seconds)}"), back=True)
    return 0


def _status(history: Any) -> int:
    pending = history.pending()
    say(f"Database:    {history.engines.url.render_as_string(hide_password=True)}")
    say(f"Applied:     {history.current() or 'none'}")
    say(f"To apply:    {', '.join(pending) or 'none'}")
    if pending:
        say("To apply them: demijohn db migrate")
    return 0


def _list(history: Any) -> int:
    pending = set(history.pending())
    steps = history.steps()
    if not steps:
        say("There are no migrations yet. To make the first: demijohn db make")
    for step in steps:
        mark = " " if step.revision in pending else paint("✓", "green")
        say(f"{mark} {step.revision}  {step.doc}")
    return 0


def _check(history: Any) -> int:
    from ..batteries.database.migrations import Renames

    # Here it does not matter what was renamed: any difference is one.
    draft = history.draft("", Renames(ask=lambda _: False))
    if draft is None:
        say(f"{paint('✓', 'green')} Models and migrations agree.")
        return 0
    say("Models and migrations differ. To see how: demijohn db diff; to mend it: demijohn db make", error=True)
    return 1


def _sql(history: Any) -> int:
    say(history.offline_sql().rstrip())
    return 0


def _find(history: Any, name: str) -> str:
    """A migration by its name, or by its number alone."""
    if name in {"0", "base"}:
        return "base"
    names: list[str] = [step.revision for step in history.steps()]
    number = name.zfill(4) if name.isdigit() else name
    found = [each for each in names if each == name or each.partition("_")[0] == number]
    if len(found) != 1:
        raise CommandError(f"There is no migration {name}.", fix=f"There are: {', '.join(names) or 'none yet'}.")
    return found[0]


def _renames(rename: Sequence[str], drop: Sequence[str]) -> Any:
    from ..batteries.database.migrations import Renames

    known = {}
    for pair in rename:
        old, sign, new = pair.partition("=")
        if not (old and sign and new):
            raise CommandError(f"--rename {pair} has no new name.", fix="--rename post.title=post.headline")
        known[old] = new
    return Renames(known, set(drop), _ask if sys.stdin.isatty() else None)


def _ask(question: str) -> bool:
    return input(f"{question} [y/n] ").strip().lower() in {"y", "yes"}


_ACTIONS: dict[str, Callable[..., int]] = {
    "make": _make,
    "diff": _diff,
    "migrate": _migrate,
    "rollback": _rollback,
    "status": _status,
    "history": _list,
    "check": _check,
    "sql": _sql,
}
